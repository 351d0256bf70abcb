"""Clusters as people read them: a line each, or all that is known of one."""

import shlex
from collections.abc import Sequence
from typing import Final

from crystalmath.cli import quantities
from crystalmath.cli.output import Output
from crystalmath.cli.plans import queue_text
from crystalmath.cli.tables import columns, facts
from crystalmath.durations import duration
from crystalmath_protocol.clusters import (
    ClusterDetails,
    ClusterFacts,
    ClusterSettings,
    ClusterSummary,
    CodeProfile,
    HostBudget,
    Partition,
)

STATES: Final = {
    "never": "not asked yet",
    "closed": "answers",
    "open": "does not answer",
    "half_open": "is being tried",
    "auth_required": "waits for you",
    "paused": "paused",
}
ENDS: Final = ("completed", "failed", "cancelled", "lost")
HEADER: Final = ("NAME", "HOST", "SCHEDULER", "STATE", "JOBS", "LOOKED OVER")
_MIB_PER_GIB: Final = 1024


def clusters_text(clusters: Sequence[ClusterSummary], output: Output) -> str:
    """Return a line for each cluster; JOBS are those that have not ended."""
    rows = [
        (
            one.name,
            one.host or "this machine",
            one.scheduler,
            _state(one),
            _going(one.jobs_by_state),
            quantities.moment(one.checked_ms) or "never",
        )
        for one in clusters
    ]
    return columns(("",) * len(HEADER) if output.is_silent else HEADER, rows)


def cluster_text(found: ClusterDetails, output: Output) -> str:
    """Return all that is known about a cluster."""
    settings = found.settings
    pairs = [
        ("cluster", f"{found.name}, {found.scheduler} by {found.transport}"),
        *_way(settings),
        ("state", _state(found)),
        *_budget(found.budget),
        ("jobs", _all_jobs(found.jobs_by_state)),
        ("files of jobs", settings.root),
        ("scratch", settings.scratch_base),
        *_for_jobs(settings),
        ("looks", _looks(settings)),
        ("fetches", f"files up to {settings.fetch_limit_mb} MiB by themselves"),
    ]
    if found.facts is None:
        pairs.append(("found", f"nothing yet: crystalmath clusters test {found.name}"))
    else:
        pairs += _found(found.facts, is_verbose=output.is_verbose)
    return facts(pairs)


def _state(one: ClusterSummary) -> str:
    budget = one.budget
    said = "paused" if one.is_paused else STATES.get(budget.state, budget.state)
    return f"{said} ({budget.reason})" if budget.reason and not one.is_paused else said


def _going(jobs: dict[str, int]) -> str:
    return ", ".join(f"{n} {s}" for s, n in jobs.items() if n and s not in ENDS)


def _all_jobs(jobs: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in jobs.items() if n) or "none"


def _way(settings: ClusterSettings) -> list[tuple[str, str]]:
    named = (
        ("host", settings.host),
        ("user", settings.user),
        ("port", None if settings.port is None else str(settings.port)),
        ("key", settings.identity_file),
        ("by way of", settings.proxy_jump),
    )
    return [(name, value) for name, value in named if value is not None]


def _budget(budget: HostBudget) -> list[tuple[str, str]]:
    if not (budget.n_logins or budget.n_commands or budget.since_ms):
        return []
    pairs = []
    if budget.since_ms is not None:
        pairs.append(("since", quantities.moment(budget.since_ms)))
    if budget.last_answer_ms is not None:
        pairs.append(("last answer", quantities.moment(budget.last_answer_ms)))
    if budget.next_try_ms is not None:
        pairs.append(("next try", quantities.moment(budget.next_try_ms)))
    sent = quantities.size(budget.bytes_sent)
    received = quantities.size(budget.bytes_received)
    used = f"{budget.n_logins} logins, {budget.n_commands} commands"
    pairs.append(("used", f"{used}, {sent} there, {received} back"))
    return pairs


def _for_jobs(settings: ClusterSettings) -> list[tuple[str, str]]:
    """Return what every job there gets, and what one code gets."""
    limits = [
        f"{number} {what}"
        for number, what in (
            (settings.max_jobs, "jobs in the queue"),
            (settings.max_cores, "cores"),
        )
        if number is not None
    ]
    environment = [f"{n}={value}" for n, value in settings.environment.items()]
    named = (
        ("queue", queue_text(settings.queue)),
        ("at most", ", ".join(limits)),
        ("commands in", "\n".join(settings.path)),
        ("modules", " ".join(settings.modules)),
        ("set-up", "\n".join(settings.setup)),
        ("environment", "\n".join(environment)),
        ("template", "" if settings.template is None else _lines(settings.template)),
    )
    pairs = [(name, value) for name, value in named if value]
    return pairs + [
        (f"{one.code}/{one.program}", _profile(one)) for one in settings.profiles
    ]


def _lines(text: str) -> str:
    return f"of your own, {len(text.splitlines())} lines"


def _profile(one: CodeProfile) -> str:
    lines = []
    if one.executable is not None:
        lines.append(f"executable {one.executable}")
    if one.launcher is not None:
        lines.append(f"launcher {shlex.join(one.launcher) or 'none'}")
    if one.modules:
        lines.append(f"modules {' '.join(one.modules)}")
    lines += one.setup
    lines += [f"{name}={value}" for name, value in one.environment.items()]
    return "\n".join(lines)


def _looks(settings: ClusterSettings) -> str:
    often, seldom = settings.poll_interval_s, settings.max_poll_interval_s
    return f"every {duration(often)}, up to {duration(seldom)} while nothing changes"


def _found(found: ClusterFacts, *, is_verbose: bool) -> list[tuple[str, str]]:
    pairs = [("looked over", quantities.moment(found.checked_ms))]
    pairs.append(("reached", f"{found.user} on {found.host}, home {found.home}"))
    if found.scheduler_version is not None:
        sacct = "with" if found.has_accounting else "without"
        pairs.append(("version", f"{found.scheduler_version}, {sacct} accounting"))
    if found.partitions:
        rows = [_partition(one) for one in found.partitions]
        header = ("name", "state", "nodes", "cores", "memory", "wall time")
        pairs.append(("partitions", columns(header, rows, right={2, 3, 4})))
    programs = sorted(found.executables.items())
    if is_verbose:
        lines = "\n".join(path for _, path in programs)
    else:
        lines = " ".join(name for name, _ in programs)
    return [*pairs, ("programs", lines or "none was found")]


def _partition(one: Partition) -> tuple[str, ...]:
    return (
        one.name + ("*" if one.is_default else ""),
        one.state,
        str(one.nodes),
        str(one.cores_per_node),
        f"{one.memory_per_node_mb / _MIB_PER_GIB:.0f} GiB",
        duration(one.walltime_s) if one.walltime_s else "no limit",
    )
