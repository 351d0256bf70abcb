"""Reading what an ended attempt left, and writing its `results.json`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import msgspec

from crystalmathd.codes import CODES
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import Attempt, Evidence, Job, JobState, SavedFile
from crystalmathd.models.observations import Ended, Vanished
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Grade, Result
from crystalmathd.runners.runner import Runner, place_of
from crystalmathd.runners.transports.base import RemoteFileError, Transport
from crystalmathd.services.lifecycle import (
    Conclusion,
    conclude,
    headline,
    overall_grade,
)

log = logging.getLogger(__name__)

RESULTS_VERSION: Final = 1
MAX_OUTPUT_BYTES: Final = 512 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """All that is known at the end of an attempt."""

    conclusion: Conclusion
    results: tuple[Result, ...]
    files: tuple[SavedFile, ...]
    errors: tuple[str, ...]


async def collect(
    runner: Runner,
    directory: Path,
    job: Job,
    attempt: Attempt,
    plan: Plan,
    end: Ended | Vanished,
    now_ms: Callable[[], int],
) -> Collected:
    """Bring the files home, read them, conclude, and write `results.json`.

    Everything here can be done again after a crash.
    """
    if isinstance(end, Ended):
        files, errors = end.record.files, end.record.errors
    else:
        files, errors = await _rescue(runner, directory, attempt)
    failpoint("collect.rescued")
    results = await read_results(runner.transport, directory, plan)
    conclusion = conclude(
        end, plan, results, is_cancel_asked=job.cancel_asked_ms is not None
    )
    collected = Collected(
        conclusion=conclusion, results=results, files=files, errors=errors
    )
    record = results_record(job, attempt, plan, end, collected, now_ms())
    data = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    await runner.transport.make_directory(str(directory))  # somebody may remove it
    await runner.transport.write_file(str(directory / "results.json"), data)
    failpoint("collect.written")
    return collected


async def _rescue(
    runner: Runner, directory: Path, attempt: Attempt
) -> tuple[tuple[SavedFile, ...], tuple[str, ...]]:
    answer = await runner.rescue(place_of(directory, attempt.token))
    try:
        record = msgspec.json.decode(answer, type=dict[str, Any])
        files = tuple(SavedFile(**file) for file in record["files"])
        return files, tuple(record["errors"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        return (), (f"the files could not be rescued: {error}",)


async def read_results(
    transport: Transport, directory: Path, plan: Plan
) -> tuple[Result, ...]:
    """Read the outputs of every step that was started."""
    code = CODES[plan.code]
    results = []
    for step in plan.steps:
        files = {}
        for name in code.result_files(step.program, step.stdout):
            path = str(directory / "outputs" / name)
            try:
                files[name] = await transport.read_file(path, 0, MAX_OUTPUT_BYTES)
            except RemoteFileError:
                continue  # a code names files that only some runs leave
        if step.stdout not in files:
            break
        read = partial(code.read_result, step.program, step.stdout, files)
        results.append(await anyio.to_thread.run_sync(read))
    return tuple(results)


def results_record(
    job: Job,
    attempt: Attempt,
    plan: Plan,
    end: Ended | Vanished,
    collected: Collected,
    now_ms: int,
) -> dict[str, Any]:
    """Return `results.json`: units stand in the names, times are ms since 1970."""
    best = headline(collected.results)
    steps = end.record.steps if isinstance(end, Ended) else ()
    return {
        "results_version": RESULTS_VERSION,
        "job_id": str(job.job_id),
        "name": job.name,
        "attempt": attempt.number,
        "token": attempt.token,
        "code": plan.code,
        "code_version": best.code_version if best else None,
        "state": collected.conclusion.state,
        "cause": collected.conclusion.cause,
        "evidence": collected.conclusion.text,
        "energy_ev": best.energy_ev if best else None,
        "energy_kind": best.headline_energy_kind if best else None,
        "energy_as_printed": best.energy_as_printed if best else None,
        "energy_unit_as_printed": best.energy_unit if best else None,
        "grade": overall_grade(collected.results),
        "steps": [msgspec.to_builtins(step) for step in steps],
        "results": [msgspec.to_builtins(result) for result in collected.results],
        "inputs_sha256": {
            staged.name: staged.sha256 for staged in plan.stage_in if staged.sha256
        },
        "files": [msgspec.to_builtins(file) for file in collected.files],
        "errors": list(collected.errors),
        "submitted_ms": job.created_ms,
        "started_ms": attempt.started_ms,
        "ended_ms": end.record.ended_ms if isinstance(end, Ended) else None,
        "collected_ms": now_ms,
    }


def job_columns(collected: Collected) -> dict[str, Any]:
    """Return what the list of jobs shows of the results."""
    best = headline(collected.results)
    grade = overall_grade(collected.results)
    is_lost = collected.conclusion.state is JobState.LOST
    return {
        "energy_ev": best.energy_ev if best else None,
        "energy_kind": best.headline_energy_kind if best else None,
        "grade": Grade.UNKNOWN if is_lost else grade,
    }


def evidence_of(collected: Collected, source: str, now_ms: int) -> Evidence:
    text = "; ".join((collected.conclusion.text, *collected.errors))
    return Evidence(seen_ms=now_ms, source=source, text=text)
