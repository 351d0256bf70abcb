"""Code lenses: what is known of a deck's last run, and what can be done with it."""

import hashlib
import re
import time
from contextlib import suppress
from typing import Final

from crystalmath import calls
from crystalmath.lsp.answers import Object
from crystalmath.lsp.commands import EXPLAIN, SHOW, SUBMIT, is_submitted
from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.documents import Document, code_of
from crystalmath_protocol.jobs import JobDetails

MOST_LOOKED_AT: Final = 5
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.+-]+")
_UNITS: Final = {"hartree": "Ha"}
_GRADES: Final = {
    "converged": "converged",
    "loose": "loosely converged",
    "not_converged": "not converged",
}
_STEPS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))


async def lenses(document: Document, daemon: Daemon) -> list[Object]:
    """Return the lenses above the first line; none of what is not submitted.

    Raises
    ------
    CrystalmathError
    """
    if not is_submitted(document):
        return []
    shown = []
    last = await _last_run(document, daemon)
    if last is not None:
        job, is_same = last
        shown.append((run_text(job, is_same=is_same), SHOW, job.job_id))
    shown += [("Submit", SUBMIT, document.uri), ("Explain", EXPLAIN, document.uri)]
    start = {"line": 0, "character": 0}
    return [
        {
            "range": {"start": start, "end": start},
            "command": {"title": title, "command": name, "arguments": [argument]},
        }
        for title, name, argument in shown
    ]


async def _last_run(
    document: Document, daemon: Daemon
) -> tuple[JobDetails, bool] | None:
    """Return the last job that read this very text, else the last of its name."""
    name = job_name(document)
    call = calls.fetch_jobs(name=name, code=code_of(document), limit=MOST_LOOKED_AT)
    digests = _digests(document.text)
    newest: JobDetails | None = None
    for summary in (await daemon.ask(call)).jobs:
        job: JobDetails = await daemon.follow(calls.get_job_details(summary.job_id))
        if digests & {staged.sha256 for staged in job.plan.stage_in}:
            return job, True
        newest = newest or job
    return None if newest is None else (newest, False)


def _digests(text: str) -> set[str]:
    """Return those of the files that an editor shows as this text."""
    found = set()
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        with suppress(UnicodeEncodeError):
            found.add(hashlib.sha256(text.encode(encoding)).hexdigest())
    return found


def job_name(document: Document) -> str:
    """Return the name that a job of this document has unless another was asked for."""
    assert document.path is not None  # noqa: S101 - looked at by the caller
    path = document.path
    stem = path.parent.name if document.language == "incar" else path.stem
    name = _NOT_IN_NAMES.sub("_", stem).strip("_.")[:100]
    return name if name[:1].isalnum() else f"job{name}"[:100]


def run_text(job: JobDetails, *, is_same: bool, now_ms: int | None = None) -> str:
    """Return what is known about a run: `last run: −275.32 Ha, converged, 12 cycles`.

    `is_same`: the job read the text as it stands here.
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    if job.ended_ms is None:
        # How long it has run would stand still: nothing tells the editor to ask again.
        is_begun = job.state == "running" and job.started_ms is not None
        since = f" since {_clock(job.started_ms or 0, now_ms)}" if is_begun else ""
        words = [f"{job.state}{since}"]
        head = f"job {job.job_id}"
    else:
        words = [*_outcome(job), f"{_span(now_ms - job.ended_ms)} ago"]
        head = "last run"
    if not is_same:
        head += " (of another text)"
    return f"{head}: {', '.join(words)}"


def _outcome(job: JobDetails) -> list[str]:
    words = []
    printed = [r for r in job.results if r.energy_as_printed is not None]
    if printed:
        last = printed[-1]
        unit = last.energy_unit or ""
        number = f"{last.energy_as_printed:.2f}".replace("-", "−")
        words.append(f"{number} {_UNITS.get(unit, unit)}".rstrip())
    if job.state != "completed":
        words.append(job.state + (f" ({job.cause})" if job.cause else ""))
    if job.grade in _GRADES:
        words.append(_GRADES[job.grade])
    cycles = [r.n_scf_cycles for r in job.results if r.n_scf_cycles]
    if cycles:
        words.append("1 cycle" if cycles[-1] == 1 else f"{cycles[-1]} cycles")
    return words or [job.state]


def _clock(time_ms: int, now_ms: int) -> str:
    """Return a time on the clock of this place, with its day if that is another."""
    then, now = (time.localtime(ms / 1000) for ms in (time_ms, now_ms))
    is_today = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", then)


def _span(milliseconds: int) -> str:
    """Return a time in its largest unit: `3 h`."""
    seconds = max(milliseconds // 1000, 0)
    for length_s, unit in _STEPS:
        if seconds >= length_s:
            return f"{seconds // length_s} {unit}"
    return f"{seconds} s"
