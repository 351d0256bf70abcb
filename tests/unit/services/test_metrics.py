"""What is counted, as OpenMetrics text."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from crystalmathd.models.clusters import Budget, HostState
from crystalmathd.services.metrics import BUCKETS_S, Durations, Metrics, openmetrics


def samples(metrics: Metrics, **facts: object) -> dict[tuple[str, ...], float]:
    """Return (name, values of the labels in alphabetic order) → value."""
    text = openmetrics(
        metrics,
        facts.get("commits", Durations()),  # type: ignore[arg-type]
        facts.get("jobs", {}),  # type: ignore[arg-type]
        facts.get("gauges", {}),  # type: ignore[arg-type]
        {"version": '1.0 "x"\n'},
        facts.get("hosts"),  # type: ignore[arg-type]
    )
    assert text.endswith("# EOF\n")
    return {
        (sample.name, *(v for _, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_durations_are_counted_up_to_each_bound() -> None:
    durations = Durations()
    for seconds in (0.0, BUCKETS_S[0], BUCKETS_S[0] * 1.01, BUCKETS_S[-1] * 2):
        durations.add(seconds)
    counts = [count for _, count in durations.buckets()]
    assert counts == [2, *[3] * (len(BUCKETS_S) - 1), 4]
    assert [bound for bound, _ in durations.buckets()][-1] == "+Inf"
    assert durations.sum_s == pytest.approx(2.01 * BUCKETS_S[0] + 2 * BUCKETS_S[-1])


def test_calls_are_counted_by_method_and_by_the_number_of_their_error() -> None:
    metrics = Metrics()
    for code in (0, 0, -32020):
        metrics.count_call("ping", code, 0.002)
    found = samples(metrics)
    name = "crystalmathd_rpc_requests_total"
    assert found[name, "0", "ping"] == 2
    assert found[name, "-32020", "ping"] == 1
    assert found["crystalmathd_rpc_duration_seconds_count", "ping"] == 3
    assert found["crystalmathd_rpc_duration_seconds_bucket", "0.001", "ping"] == 0
    assert found["crystalmathd_rpc_duration_seconds_bucket", "0.005", "ping"] == 3
    total = found["crystalmathd_rpc_duration_seconds_sum", "ping"]
    assert total == pytest.approx(0.006)


def test_jobs_commits_gauges_and_versions_have_their_families() -> None:
    commits = Durations()
    commits.add(0.01)
    found = samples(
        Metrics(),
        commits=commits,
        jobs={"running": 2, "lost": 0},
        gauges={"clients": ("Open connections.", 3.0)},
    )
    assert found["crystalmathd_jobs", "running"] == 2
    assert found["crystalmathd_jobs", "lost"] == 0
    assert found["crystalmathd_clients",] == 3
    assert found["crystalmathd_db_commit_seconds_count",] == 1
    assert found["crystalmathd_info", '1.0 "x"\n'] == 1


def test_figures_of_a_daemon_that_has_done_nothing_can_be_read() -> None:
    found = samples(Metrics())
    assert found["crystalmathd_db_commit_seconds_count",] == 0


def test_each_host_has_its_counters_and_its_state() -> None:
    budget = Budget(state=HostState.OPEN, n_logins=3, n_commands=7, bytes_sent=100)
    found = samples(Metrics(), hosts={"hpc": budget})
    assert found["crystalmathd_ssh_logins_total", "hpc"] == 3
    assert found["crystalmathd_ssh_commands_total", "hpc"] == 7
    assert found["crystalmathd_ssh_sent_bytes_total", "hpc"] == 100
    assert found["crystalmathd_ssh_received_bytes_total", "hpc"] == 0
    states = {s: found["crystalmathd_ssh_host_state", "hpc", s] for s in HostState}
    assert [state for state, value in states.items() if value] == [HostState.OPEN]
