"""What squeue and sacct print, row by row."""

import calendar
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.queues import QueuedJob

SQUEUE_FORMAT: Final = "%i|%j|%T|%V|%S|%e|%N|%r"
SACCT_FORMAT: Final = "JobID,JobName,State,Submit,Start,End,NodeList,ExitCode"
QUEUE_FORMAT: Final = "%i|%u|%P|%T|%D|%C|%M|%l|%V|%S|%r|%j"
FIELDS: Final = 8
_DURATION: Final = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d\d)")
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


def queued_jobs(stdout: bytes) -> Iterator[QueuedJob]:
    """Read the table that QUEUE_FORMAT asks for; a waiting array is one line."""
    for line in stdout.decode("utf-8", "replace").splitlines():
        fields = line.split("|", 11)
        if len(fields) != 12 or not fields[0][:1].isdigit():  # noqa: PLR2004
            continue
        start = seconds(fields[9])
        is_waiting = fields[3] == "PENDING"
        yield QueuedJob(
            scheduler_id=fields[0],
            user=fields[1],
            partition=fields[2],
            state=fields[3],
            nodes=_count(fields[4]),
            cores=_count(fields[5]),
            elapsed_s=None if is_waiting else duration_s(fields[6]),
            walltime_s=duration_s(fields[7]),
            estimated_start_ms=start * 1000 if start and is_waiting else None,
            reason=fields[10] if is_waiting else None,
            name=fields[11],
            n_tasks=_n_tasks(fields[0]),
        )


def _n_tasks(job: str) -> int:
    """Count the tasks of `4711_[1-9:2,12%4]`; one for what is no waiting array."""
    if not job.endswith("]"):
        return 1
    tasks = job.partition("[")[2].rstrip("]").partition("%")[0]
    number = 0
    for part in tasks.split(","):
        span, _, step = part.partition(":")
        first, _, last = span.partition("-")
        if first.isdecimal() and last.isdecimal() and (step or "1").isdecimal():
            number += (int(last) - int(first)) // max(int(step or 1), 1) + 1
        else:
            number += 1  # one task, or `...` where the list was cut
    return number


def duration_s(text: str) -> int | None:
    """Return `1-00:00:00` in seconds; None for infinite and for what is no time."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, left = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + left


def _count(text: str) -> int:
    """Read a number of cores; squeue shortens large ones: `2K`."""
    digits = text.rstrip("KM")
    factor = {"K": 1000, "M": 1000_000}.get(text[len(digits) :], 1)
    return int(digits) * factor if digits.isdecimal() else 0
