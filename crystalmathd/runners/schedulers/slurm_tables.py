"""What squeue and sacct print, row by row."""

import calendar
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SQUEUE_FORMAT: Final = "%i|%j|%T|%V|%S|%e|%N|%r"
SACCT_FORMAT: Final = "JobID,JobName,State,Submit,Start,End,NodeList,ExitCode"
QUEUE_FORMAT: Final = "%i|%u|%P|%T|%D|%C|%M|%l|%V|%S|%r|%j"
FIELDS: Final = 8
NO_NODES: Final = frozenset({"", "None assigned", "(null)", "None"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One job in a table; times are text in UTC as it is printed.

    `last` is the reason in squeue's table, the exit code in the others.
    """

    source: str
    job: str
    name: str
    state: str
    submitted: str
    started: str
    ended: str
    nodes: str
    last: str

    @property
    def has_nodes(self) -> bool:
        return self.nodes not in NO_NODES


def row(source: str, line: str) -> Row | None:
    """Read one line; None for what is no row: a warning, or a line that was cut."""
    fields = line.split("|", FIELDS - 1)
    if len(fields) != FIELDS or not fields[0][:1].isdigit():
        return None
    return Row(
        source=source,
        job=fields[0],
        name=fields[1],
        state=fields[2],
        submitted=fields[3],
        started=fields[4],
        ended=fields[5],
        nodes=fields[6],
        last=fields[7],
    )


def shown_job(line: str) -> Row | None:
    """Read one line of `scontrol -o show job`: NAME=VALUE, separated by blanks."""
    fields = dict(word.partition("=")[::2] for word in line.split(" "))
    try:
        return Row(
            source="scontrol",
            job=fields["JobId"],
            name=fields["JobName"],
            state=fields["JobState"],
            submitted=fields["SubmitTime"],
            started=fields["StartTime"],
            ended=fields["EndTime"],
            nodes=fields.get("NodeList", ""),
            last=fields["ExitCode"],
        )
    except KeyError:
        return None  # cut off on its way


def seconds(text: str) -> int | None:
    """Return `2026-11-27T15:12:17` in UTC as seconds; None for Unknown and N/A."""
    try:
        return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueEntry:
    """A job in the queue, whoever submitted it; `123_[4-9%2]` is an array, folded."""

    job: str
    user: str
    name: str
    partition: str
    state: str
    nodes: int
    cores: int
    elapsed: str
    walltime: str
    submitted_ms: int | None
    start_ms: int | None
    reason: str


def queue_entries(stdout: bytes) -> Iterator[QueueEntry]:
    """Read the table that QUEUE_FORMAT asks for."""
    for line in stdout.decode("utf-8", "replace").splitlines():
        fields = line.split("|", 11)
        if len(fields) != 12 or not fields[0][:1].isdigit():  # noqa: PLR2004
            continue
        submitted, start = seconds(fields[8]), seconds(fields[9])
        yield QueueEntry(
            job=fields[0],
            user=fields[1],
            partition=fields[2],
            state=fields[3],
            nodes=_count(fields[4]),
            cores=_count(fields[5]),
            elapsed=fields[6],
            walltime=fields[7],
            submitted_ms=None if submitted is None else submitted * 1000,
            start_ms=None if start is None else start * 1000,
            reason=fields[10],
            name=fields[11],
        )


def _count(text: str) -> int:
    """Read a number of cores; squeue shortens large ones: `2K`."""
    digits = text.rstrip("KM")
    factor = {"K": 1000, "M": 1000_000}.get(text[len(digits) :], 1)
    return int(digits) * factor if digits.isdecimal() else 0
