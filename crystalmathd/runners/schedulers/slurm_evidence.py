"""What follows from one look at an attempt in Slurm. No end follows from silence."""

from typing import Final

from crystalmathd.models.jobs import Cause
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Terminated,
    Unknown,
)
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.direct import exit_record
from crystalmathd.runners.schedulers.slurm_answer import Answer, Files
from crystalmathd.runners.schedulers.slurm_states import (
    ACTIVE,
    ENDS,
    RUNNING,
    WAITING,
    reason_in_words,
    word_of,
)
from crystalmathd.runners.schedulers.slurm_tables import Row, seconds

CLOCKS_DIFFER_S: Final = 3600
"""A job's submit time is of the cluster's clock, its intent of ours."""


def observe(  # noqa: PLR0911  # a table
    place: Place, name: str, answer: Answer, patience_s: int
) -> Observation:
    """Conclude about one attempt from the table, its directory and the accounting."""
    rows = [one for one in answer.rows.get(name, ()) if _is_recent(place, one)]
    files = answer.files.get(place.token)
    active = [
        one for one in rows if one.source == "squeue" and word_of(one.state) in ACTIVE
    ]
    if active and not _has_left_its_marker(active, rows, files, place):
        return _alive(active, files)
    if files is None and (answer.squeue != "0" or not rows):
        return Unknown(source="squeue", reason=_squeue_words(answer))
    if files is not None and files.token not in {None, place.token}:
        reason = "its run/ is of another attempt"
        return Unknown(source="run/token", reason=reason)
    ends = _own_ends(rows, files, place)
    if files is not None and files.exit is not None:
        return _ended(place, files, rows, ends, answer)
    strange = [one for one in rows if word_of(one.state) not in {*ACTIVE, *ENDS}]
    if strange:
        one = strange[0]
        reason = f"{one.source} says {one.state} of job {one.job}: an unknown word"
        return Unknown(source=one.source, reason=reason)
    if any(word_of(one.state) in ACTIVE for one in rows):
        reason = "Slurm says that it is not over, but squeue does not tell of it"
        return Unknown(source="squeue", reason=reason)
    if ends:
        code = _exit_code(ends, ends[0].job)
        return _terminated(ends[0], code, files, answer, patience_s)
    return _unseen(place, files, answer)


def _is_recent(place: Place, one: Row) -> bool:
    """Tell a job of ours from an old one: names come again only in restored stores."""
    submitted = seconds(one.submitted)
    return submitted is None or submitted >= place.since_ms / 1000 - CLOCKS_DIFFER_S


def _own_ends(rows: list[Row], files: Files | None, place: Place) -> list[Row]:
    """Return the rows of an end: squeue's before sacct's, no copy that did nothing."""
    ends = [one for one in rows if word_of(one.state) in ENDS]
    owner = files.owner if files is not None else None
    known = owner or (place.scheduler_id or "").partition(";")[0]
    own = [one for one in ends if one.job == known]
    if owner is not None:
        ends = own
    ends = own or ends
    return sorted(ends, key=lambda one: (one.source != "squeue", _number(one.job)))


def _number(job: str) -> int:
    digits = job.partition("_")[0]
    return int(digits) if digits.isdecimal() else 0


def _has_left_its_marker(
    active: list[Row], rows: list[Row], files: Files | None, place: Place
) -> bool:
    """Tell whether a job that is coming to its end has nothing more to say.

    A node that hangs can keep it there for hours. But a program that was killed may
    have been killed for its memory, which only Slurm's last word tells.
    """
    end = files.exit if files is not None else None
    if end is None or end.get("token") != place.token:
        return False
    if any(word_of(one.state) != "COMPLETING" for one in active):
        return False
    was_killed = any(step.get("signal") for step in end.get("steps", ()))
    return not was_killed or any(word_of(one.state) in ENDS for one in rows)


def _alive(active: list[Row], files: Files | None) -> Observation:
    active = sorted(
        active, key=lambda one: (word_of(one.state) in WAITING, _number(one.job))
    )
    one, others = active[0], active[1:]
    word = word_of(one.state)
    is_pending = word in WAITING
    notes = [WAITING[word] if is_pending else RUNNING[word]]
    if word == "PENDING":
        notes.append(reason_in_words(one.last))
    if others:
        jobs = ", ".join(other.job for other in others)
        notes.append(f"it is in the queue more than once (also {jobs}); one computes")
    start_ms = _milliseconds(one.started)
    pid = files.pid if files is not None else None
    return Alive(
        source="squeue",
        scheduler_id=one.job,
        scratch=pid.get("scratch") if pid else None,
        started_ms=None if is_pending else start_ms,
        is_pending=is_pending,
        note="; ".join(note for note in notes if note) or None,
        estimated_start_ms=start_ms if is_pending else None,
    )


def _ended(
    place: Place, files: Files, rows: list[Row], ends: list[Row], answer: Answer
) -> Observation:
    record = files.exit or {}
    if record.get("token") != place.token:
        reason = "run/exit.json is of another attempt"
        return Unknown(source="run/exit.json", reason=reason)
    may_start_again = (
        record.get("may_requeue")
        and record.get("cause") == Cause.CANCELLED
        and not record.get("is_asked")
    )
    is_over = answer.squeue == "0" and all(word_of(r.state) in ENDS for r in rows)
    if may_start_again and not is_over:
        reason = "Slurm ended it and may start it again; squeue does not tell"
        return Unknown(source="run/exit.json", reason=reason)
    return Ended(
        source="run/exit.json",
        record=exit_record(record),
        scheduler_state=word_of(ends[0].state) if ends else None,
        scheduler_id=files.owner or files.jobid,
    )


def _exit_code(ends: list[Row], job: str) -> str:
    """Return `code:signal` of the script; squeue does not tell it."""
    of_job = [one for one in ends if one.job == job and one.source != "squeue"]
    return of_job[0].last if of_job else "0:0"


def _terminated(
    one: Row, code: str, files: Files | None, answer: Answer, patience_s: int
) -> Observation:
    """Take the scheduler's word, once a marker can no longer be on its way."""
    word = word_of(one.state)
    flags = files.flags if files is not None else frozenset()
    cause, text = ENDS[word]
    if word == "CANCELLED" and "asked" in flags:
        cause, text = Cause.CANCELLED, "it was cancelled on request"
    number = code.partition(":")[2]
    if word == "FAILED" and number.isdecimal() and number != "0":
        cause, text = Cause.SIGNAL, f"its script was ended by signal {number}"
    never_ran = "guard" not in flags and "run" in flags and not one.has_nodes
    if word == "FAILED" and never_ran:
        # Slurm 22.05 keeps a record of what it refused (BadConstraints).
        cause, text = Cause.REFUSED, "it was refused"
    ended = seconds(one.ended)
    if not never_ran and (
        ended is None or answer.now_s is None or answer.now_s - ended < patience_s
    ):
        return Alive(
            source=one.source,
            scheduler_id=one.job,
            scratch=None,
            started_ms=None,
            is_ending=True,
            note=f"Slurm says {one.state}; its exit marker is awaited",
        )
    text += ", before it began" if never_ran else ""
    return Terminated(
        source=one.source,
        cause=cause,
        text=f"Slurm says {one.state} of job {one.job}: {text}",
        raw=one.state,
        scheduler_id=one.job,
        started_ms=None if never_ran else _milliseconds(one.started),
        ended_ms=_milliseconds(one.ended),
    )


def _milliseconds(time: str) -> int | None:
    found = seconds(time)
    return None if found is None else found * 1000


def _unseen(place: Place, files: Files | None, answer: Answer) -> Observation:
    """Nobody tells of a job: never handed over, or not to be seen now."""
    if answer.squeue != "0":
        return Unknown(source="squeue", reason=_squeue_words(answer))
    if files is None or "run" not in files.flags:
        reason = "its directory cannot be read, and squeue does not know it"
        return Unknown(source="squeue", reason=reason)
    if "abandoned" in files.flags:
        return NeverStarted(source="start guard", is_spent=True, is_given_up=True)
    if "guard" in files.flags or files.pid is not None:
        job = files.owner or files.jobid or "?"
        reason = f"job {job} began, and neither Slurm nor its files tell of its end"
        return Unknown(source="squeue", reason=reason)
    if "submit" not in files.flags and place.scheduler_id is None:
        return NeverStarted(source="no run/.submit", is_spent=False)
    asked = ["squeue", "its directory"]
    if answer.accounting.get(place.token) == "0":
        asked.append("sacct")
    return Absent(source="squeue", asked=tuple(asked))


def _squeue_words(answer: Answer) -> str:
    if answer.squeue is None:
        return "the answer is not whole"
    words = "; ".join(answer.squeue_words) or "no reason given"
    return f"squeue ended with {answer.squeue}: {words[:500]}"
