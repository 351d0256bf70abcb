"""How a job ended: one sentence, and the exit code of those who waited for it."""

from collections.abc import Iterable
from typing import Final

from crystalmath.exits import Exit
from crystalmath_protocol.jobs import JobDetails, JobSummary

UNCONVERGED: Final = "not_converged"
"""A grade, and the cause of a job that came to its end without converging."""
_BY_STATE: Final = {
    "failed": Exit.JOB_FAILED,
    "cancelled": Exit.JOB_CANCELLED,
    "lost": Exit.JOB_LOST,
}


def exit_of(job: JobSummary) -> Exit:
    """Return the exit code for a job that has ended."""
    has_ended_itself = job.state == "completed" or job.cause == UNCONVERGED
    if has_ended_itself and job.grade == UNCONVERGED:
        return Exit.NOT_CONVERGED
    return _BY_STATE.get(job.state, Exit.OK)


def first_bad(exits: Iterable[Exit]) -> Exit:
    """Return the first exit that is not OK, in the order the jobs were named."""
    return next((code for code in exits if code is not Exit.OK), Exit.OK)


def cause_of(state: str, cause: str | None, form: str = ": {}") -> str:
    """Return what to add to a state, if its cause says more than the state."""
    return form.format(cause) if cause and cause != state else ""


def needs_evidence(job: JobSummary) -> bool:
    """Tell whether a person wants to know why the job ended as it did.

    A completed job has a cause if something went wrong after its program.
    """
    return job.state in {"failed", "lost"} or bool(
        job.state == "completed" and job.cause
    )


def sentence(job: JobDetails) -> str:
    """Return how the job is: state, cause with its evidence, energy and grade."""
    words = [f"Job {job.job_id} ({job.name}) {_verb(job.state)}"]
    words.append(cause_of(job.state, job.cause))
    if needs_evidence(job) and job.evidence:
        words.append(f" ({' '.join(job.evidence[-1].text.split())})")
    if job.energy_ev is not None:
        kind = f" ({job.energy_kind.replace('_', ' ')})" if job.energy_kind else ""
        words.append(f"; energy {job.energy_ev:.6f} eV per cell{kind}")
    if job.grade:
        is_known = job.grade != "unknown"
        words.append(f"; {'' if is_known else 'grade '}{job.grade.replace('_', ' ')}")
    return "".join(words) + "."


def _verb(state: str) -> str:
    return state if state in {"completed", "failed"} else f"is {state}"
