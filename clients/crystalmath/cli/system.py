"""`status`, `doctor`, `config`, `metrics`, `socket`: how the daemon is."""

import click

from crystalmath.cli import quantities
from crystalmath.cli.checks import checks_text, outcome
from crystalmath.cli.cluster_text import STATES
from crystalmath.cli.invocation import Invocation, command
from crystalmath.cli.tables import columns, facts
from crystalmath.durations import duration
from crystalmath.exits import Exit
from crystalmath.place import find_socket
from crystalmath_protocol.system import HostStatus, StatusResult


@command("status")
def status_command(invocation: Invocation) -> Exit:
    """Say how the daemon is. Fails if none runs; starts none."""
    return print_status(invocation)


def print_status(invocation: Invocation) -> Exit:
    """Print the status of the daemon that runs."""
    is_verbose = invocation.output.is_verbose
    return invocation.tell(
        lambda daemon: daemon.status(),
        lambda status: status_text(status, is_verbose=is_verbose),
        start=False,
        is_quick=True,
    )


def status_text(status: StatusResult, *, is_verbose: bool = False) -> str:
    """Return the status for people."""
    jobs = ", ".join(f"{n} {state}" for state, n in status.jobs_by_state.items() if n)
    store = status.store
    pairs = [
        ("daemon", f"{status.server}, protocol {status.protocol}, pid {status.pid}"),
        ("up for", duration(status.uptime_s)),
        ("socket", status.socket),
        ("jobs", jobs or "none"),
        ("cores", f"{status.cores_busy} of {status.cores_total} busy"),
        ("store", f"{store.path} ({quantities.size(store.size_bytes)})"),
    ]
    if is_verbose:
        lag = status.loop_lag
        pairs += [
            ("clients", str(status.n_clients)),
            ("loop lag", f"median {lag.p50_ms:.1f} ms, at most {lag.max_ms:.1f} ms"),
            ("store id", f"{store.store_id}, schema {store.schema_version}"),
            (
                "SQLite",
                f"{store.sqlite_version}, WAL {quantities.size(store.wal_bytes)}",
            ),
        ]
    pairs += [(one.cluster, host_text(one)) for one in status.hosts]
    pairs += [("degraded", text) for text in status.degraded]
    return facts(pairs)


def host_text(host: HostStatus) -> str:
    """Return how it stands with a cluster, in a line."""
    state = STATES.get(host.state, host.state)
    said = f"paused, {state}" if host.is_paused else state
    if host.next_try_ms is not None:
        said += f", next try {quantities.moment(host.next_try_ms)}"
    return f"{said}: {host.reason}" if host.reason else said


@command("doctor")
@click.option("--deep", "is_deep", is_flag=True, help="Look through the whole store.")
def doctor_command(invocation: Invocation, *, is_deep: bool) -> Exit:
    """Check what the daemon depends on. Fails if a check fails."""
    from crystalmath.environment import environment_values  # noqa: PLC0415 - only here

    output = invocation.output
    values = {item.name: item.value for item in environment_values()}
    with invocation.connect() as daemon:
        result = daemon.doctor(values, deep=is_deep)
        if output.is_json:
            output.reply(daemon.last_result)
        else:
            output.answer(checks_text(result.checks, output))
    return outcome(result.checks, output)


@command("config")
def config_command(invocation: Invocation) -> Exit:
    """Print every setting in force, with what it was taken from."""
    header = ("",) * 3 if invocation.output.is_silent else ("SETTING", "VALUE", "FROM")
    return invocation.tell(
        lambda daemon: daemon.doctor().settings,
        lambda found: columns(header, [(s.name, s.value, s.origin) for s in found]),
    )


@command("metrics")
def metrics_command(invocation: Invocation) -> Exit:
    """Print the daemon's figures as OpenMetrics. Fails if none runs; starts none."""
    return invocation.tell(
        lambda daemon: daemon.metrics().text,
        lambda text: text.removesuffix("\n"),
        start=False,
    )


@command("socket")
def socket_command(invocation: Invocation) -> Exit:
    """Print the path of the socket; with -v what decided it. Starts nothing."""
    output = invocation.output
    found = find_socket(invocation.socket)
    if output.is_json:
        output.record({"path": str(found.path), "origin": found.origin})
        return Exit.OK
    output.answer(str(found.path))
    if output.is_verbose:
        output.hint(f"from {found.origin}")
    return Exit.OK
