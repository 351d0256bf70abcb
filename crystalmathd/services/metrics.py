"""What the daemon counts about itself, as OpenMetrics text."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from crystalmathd.models.clusters import Budget, HostState

BUCKETS_S: Final = (0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0)
_PREFIX: Final = "crystalmathd"
_OF_HOSTS: Final[Sequence[tuple[str, str, Callable[[Budget], int]]]] = (
    ("ssh_logins", "Logins that were tried.", lambda one: one.n_logins),
    ("ssh_commands", "Commands that were sent.", lambda one: one.n_commands),
    ("ssh_sent_bytes", "Bytes sent there.", lambda one: one.bytes_sent),
    ("ssh_received_bytes", "Bytes that came back.", lambda one: one.bytes_received),
)


class Durations:
    """A histogram of seconds."""

    def __init__(self) -> None:
        self.counts = [0] * len(BUCKETS_S)
        self.n = 0
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        self.n += 1
        self.sum_s += seconds
        for index, bound in enumerate(BUCKETS_S):
            self.counts[index] += seconds <= bound

    def buckets(self) -> list[tuple[str, float]]:
        """Return (upper bound in seconds, how many are not above it)."""
        found = [
            (str(b), float(c)) for b, c in zip(BUCKETS_S, self.counts, strict=True)
        ]
        return [*found, ("+Inf", float(self.n))]


class Metrics:
    """Counted as it happens; the rest is asked when somebody wants to know."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.call_seconds: defaultdict[str, Durations] = defaultdict(Durations)
        self.started = time.time()

    def count_call(self, method: str, code: int, seconds: float) -> None:
        """Count a call; `code` is 0, or the number of its error."""
        self.calls[method, str(code)] += 1
        self.call_seconds[method].add(seconds)


def openmetrics(
    metrics: Metrics,
    commit_seconds: Durations,
    jobs_by_state: Mapping[str, int],
    gauges: Mapping[str, tuple[str, float]],
    info: Mapping[str, str],
    hosts: Mapping[str, Budget] | None = None,
) -> str:
    """Return everything as OpenMetrics text; `gauges` is name → (help, value).

    `hosts`: how it stands with each cluster that is reached by a network.
    """
    # About 30 ms to import, and only who measures needs it.
    from prometheus_client.core import (  # noqa: PLC0415
        CollectorRegistry,
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )
    from prometheus_client.metrics_core import Metric  # noqa: PLC0415
    from prometheus_client.openmetrics.exposition import (  # noqa: PLC0415
        generate_latest,
    )
    from prometheus_client.registry import Collector  # noqa: PLC0415

    calls = CounterMetricFamily(
        f"{_PREFIX}_rpc_requests",
        "Calls answered, by method and error code (0: none).",
        labels=("method", "code"),
    )
    for labels, count in sorted(metrics.calls.items()):
        calls.add_metric(labels, count)
    durations = HistogramMetricFamily(
        f"{_PREFIX}_rpc_duration_seconds",
        "Time from a call to its reply, waits included.",
        labels=("method",),
    )
    for method, one in sorted(metrics.call_seconds.items()):
        durations.add_metric((method,), one.buckets(), one.sum_s)
    commits = HistogramMetricFamily(
        f"{_PREFIX}_db_commit_seconds", "Time of one transaction, with its fsync."
    )
    commits.add_metric((), commit_seconds.buckets(), commit_seconds.sum_s)
    states = GaugeMetricFamily(
        f"{_PREFIX}_jobs", "Jobs in the store, by state.", labels=("state",)
    )
    for state, count in sorted(jobs_by_state.items()):
        states.add_metric((state,), count)
    families: list[Metric] = [calls, durations, commits, states]
    families += [
        GaugeMetricFamily(f"{_PREFIX}_{name}", text, value=value)
        for name, (text, value) in gauges.items()
    ]
    for name, what, value in _OF_HOSTS:
        family = CounterMetricFamily(f"{_PREFIX}_{name}", what, labels=("host",))
        for host, budget in sorted((hosts or {}).items()):
            family.add_metric((host,), value(budget))
        families.append(family)
    answers = GaugeMetricFamily(
        f"{_PREFIX}_ssh_host_state",
        "1 for the state that a host is in.",
        labels=("host", "state"),
    )
    for host, budget in sorted((hosts or {}).items()):
        for state in HostState:
            answers.add_metric((host, state), float(state is budget.state))
    families.append(answers)
    families.append(InfoMetricFamily(_PREFIX, "Versions.", value=dict(info)))

    class Snapshot(Collector):
        def collect(self) -> list[Metric]:
            return families

    registry = CollectorRegistry()
    registry.register(Snapshot())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()
