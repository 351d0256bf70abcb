"""`events`: what happened, one line each."""

from typing import TYPE_CHECKING

import click

from crystalmath.cli import quantities
from crystalmath.cli.invocation import Invocation, command, job_number, parsed
from crystalmath.cli.values import completing, one_of, whole
from crystalmath.errors import RpcError
from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import Event, EventType

if TYPE_CHECKING:
    from crystalmath.connection import Connection

FOLLOW_MS = 30_000
TYPES = tuple(one.value for one in EventType)


@command("events")
@click.option("-f", "--follow", "follows", is_flag=True, help="Wait for more.")
@click.option("--since", "cursor", metavar="CURSOR", help="Only those after it.")
@click.option(
    "-n",
    "--last",
    callback=parsed(whole(0)),
    metavar="N",
    default="20",
    show_default=True,
)
@click.option(
    "-t",
    "--type",
    "types",
    callback=parsed(one_of("event type", TYPES)),
    shell_complete=completing(TYPES),
    multiple=True,
    help="May be repeated.",
)
@click.option(
    "--job",
    "job_ids",
    callback=parsed(job_number),
    multiple=True,
    help="May be repeated.",
)
def events_command(
    invocation: Invocation,
    *,
    follows: bool,
    cursor: str | None,
    last: int,
    types: tuple[str, ...],
    job_ids: tuple[str, ...],
) -> Exit:
    """Print events: the last ones, or all after a cursor."""
    output = invocation.output
    with invocation.connect() as daemon:
        if cursor is None:
            cursor = _start(daemon, last)
        while True:
            wait_ms = FOLLOW_MS if follows else 0
            result = daemon.fetch_events(
                cursor=cursor, wait_ms=wait_ms, types=types, job_ids=job_ids
            )
            if output.is_json and (result.events or not follows):
                output.reply(daemon.last_result)
            elif result.events:
                output.answer("\n".join(map(event_line, result.events)))
            is_last = not result.events or result.cursor == cursor
            cursor = result.cursor
            if is_last and not follows:
                break
    output.hint(f"next: crystalmath events --since {cursor}")
    return Exit.OK


def _start(daemon: "Connection", last: int) -> str:
    """Return the cursor before the last events that are still kept."""
    cursor = before(daemon.fetch_events(limit=1).cursor, last)
    try:
        daemon.fetch_events(cursor=cursor, limit=1)
    except RpcError as error:
        if error.kind != ErrorCode.CURSOR_TOO_OLD.kind:
            raise
        return str(error.data["facts"]["oldest"])
    return cursor


def before(cursor: str, count: int) -> str:
    """Return the cursor `count` events earlier; it ends in the last event's number."""
    store, _, number = cursor.rpartition(":")
    return f"{store}:{max(int(number) - count, 0)}" if number.isdigit() else cursor


def event_line(event: Event) -> str:
    """Return an event as a line; what it carries stands as name=value."""
    job = f"job {event.job_id}" if event.job_id else "-"
    carried = " ".join(f"{name}={value}" for name, value in event.payload.items())
    line = f"{quantities.moment(event.time_ms)}  {event.type:<18}  {job:<9}  {carried}"
    return line.rstrip()
