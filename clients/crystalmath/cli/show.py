"""`show`: all that is known about one job."""

import os

import click

from crystalmath.cli import quantities
from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.cli.outcomes import cause_of, needs_evidence
from crystalmath.cli.output import Output
from crystalmath.cli.plans import plan_text
from crystalmath.cli.result_text import (
    energy_facts,
    quantity_facts,
    said_facts,
)
from crystalmath.cli.tables import columns, facts
from crystalmath.connection import TERMINAL_STATES
from crystalmath.durations import duration
from crystalmath.exits import Exit
from crystalmath_protocol.calculations import CalculationResult
from crystalmath_protocol.jobs import Attempt, GeneratedFrom, JobDetails, StepExit

LAST_EVIDENCE = 3


@command("show")
@job_argument
@click.option("--plan", "shows_plan", is_flag=True, help="Print the plan as well.")
def show_command(invocation: Invocation, *, job_id: str, shows_plan: bool) -> Exit:
    """Print all about one job.

    State with evidence, energy with its source, files, and what to type next.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        job = daemon.get_job_details(job_id)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    output.answer(details_text(job, output))
    if shows_plan:
        output.answer("\n" + plan_text(job.plan, is_verbose=output.is_verbose))
    output.hint(f"next: {next_step(job)}")
    return Exit.OK


def details_text(job: JobDetails, output: Output) -> str:
    """Return the job for people; verbose shows every piece of evidence."""
    pairs = [("job", f"{job.job_id}  {job.name}"), ("state", _state(job, output))]
    pairs += _evidence(job, is_verbose=output.is_verbose)
    pairs.append(("code", f"{job.code} on {job.cluster}, cores {job.cores}"))
    if job.grade:
        pairs.append(("grade", output.style(job.grade)))
    for result in job.results:
        pairs += _result(result, output, is_named=len(job.results) > 1)
        pairs += _own_grade(result, job)
    pairs += [(f"from ({one.file})", _made(one)) for one in job.generated]
    pairs += _times(job)
    for attempt in job.attempts:
        pairs += _attempt(attempt, is_only=len(job.attempts) == 1)
    labels = {
        "project": job.project,
        "tags": ", ".join(job.tags),
        "collection": job.collection,
    }
    pairs += [(name, value) for name, value in labels.items() if value]
    pairs.append(("directory", job.directory))
    if job.files:
        rows = [
            (
                f.name,
                quantities.size(f.size),
                f.role or "",
                (f.sha256 or "")[:12] if f.is_here else f"on {job.cluster}",
            )
            for f in job.files
        ]
        pairs.append(("files", columns(("name", "size", "role", ""), rows, right={1})))
        if not all(f.is_here for f in job.files):
            pairs.append(("", f"`crystalmath fetch {job.job_id} NAME` brings one here"))
    return facts(pairs)


def _state(job: JobDetails, output: Output) -> str:
    lines = [output.style(job.state) + cause_of(job.state, job.cause)]
    if job.doubt:
        lines.append(f"not certain: {job.doubt}")
    if job.stale_since_ms is not None:
        lines.append(f"not seen since {quantities.moment(job.stale_since_ms)}")
    return "\n".join(lines)


def _evidence(job: JobDetails, *, is_verbose: bool) -> list[tuple[str, str]]:
    is_of_interest = is_verbose or job.doubt or needs_evidence(job)
    if not job.evidence or not is_of_interest:
        return []
    seen = job.evidence if is_verbose else job.evidence[-LAST_EVIDENCE:]
    lines = [f"{quantities.moment(e.seen_ms)}  {e.source}: {e.text}" for e in seen]
    return [("evidence", "\n".join(lines))]


def _result(
    result: CalculationResult, output: Output, *, is_named: bool
) -> list[tuple[str, str]]:
    pairs = []
    if is_named:
        pairs.append(("step", f"{result.program} {result.code_version or ''}".rstrip()))
    pairs += energy_facts(result, output)
    counts = [
        ("SCF cycles", result.n_scf_cycles),
        ("geometry steps", result.n_geometry_steps),
        ("atoms", result.n_atoms),
    ]
    numbers = ", ".join(f"{name} {number}" for name, number in counts if number)
    if numbers:
        pairs.append(("counts", numbers))
    return [*pairs, *quantity_facts(result), *said_facts(result)]


def _own_grade(result: CalculationResult, job: JobDetails) -> list[tuple[str, str]]:
    """Return what a step's output says of itself, if it is not what the job is given.

    A step that says nothing of its convergence is passed over.
    """
    if result.grade in {job.grade, "unknown"}:
        return []
    words = result.grade.replace("_", " ")
    if result.is_normal_end is False:
        reason = "was broken off before its end, so this does not grade the job"
        return [("so far", f"{words}; {result.program} {reason}")]
    reason = "the job has the grade of its weakest step"
    if job.state == "lost":
        reason = "nobody saw how the job ended, so this does not grade it"
    return [("this step", f"{words}; {reason}")]


def _made(one: GeneratedFrom) -> str:
    """Return in words where a generated input comes from."""
    made, origin = one.provenance, one.provenance.origin
    source = " ".join(filter(None, (origin.source, origin.database_version)))
    lines = [f"{origin.kind} {origin.name}" + (f", {source}" if source else "")]
    lines += [origin.licence] if origin.licence else []
    lines += [f"then {', '.join(origin.steps)}"] if origin.steps else []
    by = f"{made.method} of crystalmath {made.crystalmath}"
    lines.append(f"{by}, template {made.template}" if made.template else by)
    return "\n".join(lines)


def _times(job: JobDetails) -> list[tuple[str, str]]:
    pairs = [("created", quantities.moment(job.created_ms))]
    if job.started_ms is not None:
        pairs.append(("started", quantities.moment(job.started_ms)))
        word = "ran" if job.ended_ms is not None else "runs for"
        pairs.append((word, quantities.between(job.started_ms, job.ended_ms)))
    return pairs


def _attempt(attempt: Attempt, *, is_only: bool) -> list[tuple[str, str]]:
    lines = [] if is_only else [f"{attempt.state}, {attempt.directory}"]
    lines += [_exit(step) for step in attempt.exits]
    if not lines:
        return []
    return [("ended" if is_only else f"attempt {attempt.number}", "\n".join(lines))]


def _exit(step: StepExit) -> str:
    how = f"signal {step.signal}" if step.code is None else f"exit code {step.code}"
    took = quantities.between(step.started_ms, step.ended_ms)
    used = ""
    if step.cpu_s is not None:
        used += f", {duration(step.cpu_s) or '0s'} of CPU"
    if step.max_memory_mb is not None:
        used += f", {step.max_memory_mb:.0f} MiB"
    return f"{step.program}: {how} after {took}{used}"


def next_step(job: JobDetails) -> str:
    """Return what a person most likely types now."""
    if job.state not in TERMINAL_STATES:
        return f"crystalmath watch {job.job_id}"
    if job.state == "completed":
        return f"ls {os.path.join(job.directory, '')}"  # noqa: PTH118 - the slash counts
    return f"crystalmath log {job.job_id} -n 40"
