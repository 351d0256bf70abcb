"""Reading what an ended attempt left, and writing its `results.json`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import msgspec

from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import (
    Attempt,
    AttemptState,
    Cause,
    Evidence,
    Job,
    JobState,
    SavedFile,
)
from crystalmathd.models.observations import Ended, Vanished
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Grade, Result
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.transports.local import LocalTransport
from crystalmathd.services.homecoming import bring_results
from crystalmathd.services.layout import Layout
from crystalmathd.services.lifecycle import (
    Conclusion,
    conclude,
    headline,
    overall_grade,
)
from crystalmathd.services.machines import Machine
from crystalmathd.services.methods import fingerprints_of
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.readings import Read, read_results
from crystalmathd.services.rivals import beside_rivals, rivals
from crystalmathd.store import attempts, jobs
from crystalmathd.store.copies import RESTORED
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import append_event

log = logging.getLogger(__name__)

RESULTS_VERSION: Final = 1
MOST_INDENTED_BYTES: Final = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What came home of an attempt's scratch directory."""

    files: tuple[SavedFile, ...]
    errors: tuple[str, ...]
    scratch: str | None
    left_there: frozenset[str] = frozenset()
    """Names of files that are still on the machine where the job ran."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """All that is known at the end of an attempt."""

    conclusion: Conclusion
    readings: tuple[Read, ...]
    fingerprints: tuple[str | None, ...]
    saved: Saved

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(one.result for one in self.readings)


async def collect(
    database: Database,
    parsing: Parsing,
    machine: Machine,
    layout: Layout,
    job: Job,
    attempt: Attempt,
    end: Ended | Vanished,
    now_ms: Callable[[], int],
) -> None:
    """Bring the files home, read them, conclude, and store all of it.

    Everything here can be done again, after a crash or when somebody asks for it.
    `layout`: where attempts are on this machine.
    """
    plan, inputs = await database.read(
        lambda db: (
            jobs.find_plan(db, job.job_id),
            jobs.find_inputs(db, job.job_id),
        )
    )
    directory, here = layout.attempt(job.job_id, attempt.number), LocalTransport()
    saved = await _saved(machine, machine.place(job, attempt), attempt, end)
    failpoint("collect.rescued")
    if not machine.is_here:
        there = machine.directory(attempt)
        left, problems = await bring_results(
            machine, there, directory, plan, saved.files
        )
        errors = (*saved.errors, *problems)
        saved = replace(saved, errors=errors, left_there=left)
        failpoint("collect.fetched")
    end = _with(end, saved, machine.directory(attempt), job)
    readings = await read_results(parsing, directory, plan)
    results = [one.result for one in readings]
    fingerprints = await anyio.to_thread.run_sync(
        fingerprints_of, results, plan, inputs
    )
    lower = await database.read(
        lambda db: rivals(db, job.job_id, results, fingerprints)
    )
    readings = await anyio.to_thread.run_sync(beside_rivals, readings, lower)
    conclusion = conclude(
        end,
        plan,
        [one.result for one in readings],
        is_cancel_asked=job.cancel_asked_ms is not None,
    )
    collected = Collected(
        conclusion=conclusion,
        readings=readings,
        fingerprints=tuple(fingerprints),
        saved=saved,
    )
    record = results_record(job, attempt, plan, end, collected, now_ms())
    data = record_text(record)
    await here.make_directory(str(directory))  # somebody may remove it
    await here.write_file(str(directory / "results.json"), data)
    failpoint("collect.written")
    await database.transact(
        lambda db: _store(db, now_ms(), job, attempt, end, collected)
    )
    failpoint("collect.stored")


async def _saved(
    machine: Machine, place: Place, attempt: Attempt, end: Ended | Vanished
) -> Saved:
    """Return what the runner has saved, and save what it could not."""
    if isinstance(end, Vanished) and end.cause == Cause.FILES_GONE:
        return Saved(files=(), errors=(), scratch=attempt.scratch)
    if isinstance(end, Vanished):
        return await _rescue(machine, place, attempt)
    record = end.record
    if record.unsaved:  # there may be room again
        again = await _rescue(machine, place, attempt)
        return replace(again, files=again.files or record.files)
    return Saved(files=record.files, errors=record.errors, scratch=record.scratch)


async def _rescue(machine: Machine, place: Place, attempt: Attempt) -> Saved:
    answer = await machine.runner.rescue(place)
    try:
        record = msgspec.json.decode(answer, type=dict[str, Any])
        return Saved(
            files=tuple(SavedFile(**file) for file in record["files"]),
            errors=tuple(record["errors"]),
            scratch=record["scratch"] or attempt.scratch,
        )
    except (msgspec.DecodeError, KeyError, TypeError):
        log.warning("the runner's list of saved files: %r", answer[:500])
        error = (
            f"its files could not be saved: no list of them came for {place.directory}"
        )
        return Saved(files=(), errors=(error,), scratch=attempt.scratch)


def _with(
    end: Ended | Vanished, saved: Saved, directory: Path, job: Job
) -> Ended | Vanished:
    """Return the end as it is known now that the files were looked at."""
    if isinstance(end, Ended):
        record = replace(end.record, files=saved.files, errors=saved.errors)
        return replace(end, record=record)
    if end.cause != Cause.FILES_GONE:
        return end
    who = "somebody has removed it"
    if any(seen.source == RESTORED for seen in job.evidence):
        who = "it was deleted after this copy of the store was made"
    text = f"its directory {directory} is gone: {who}; no process of it is left"
    return replace(end, text=text)


def _store(
    db: Connection,
    now_ms: int,
    job: Job,
    attempt: Attempt,
    end: Ended | Vanished,
    collected: Collected,
) -> None:
    saved = collected.saved
    times: dict[str, Any] = {"ended_ms": attempt.ended_ms or now_ms}
    if isinstance(end, Ended):
        times["ended_ms"] = end.record.ended_ms
        attempts.store_exits(db, attempt, end.record.steps)
        if attempt.started_ms is None and end.record.steps:
            times["started_ms"] = end.record.steps[0].started_ms
    attempts.change_attempt(
        db,
        attempt,
        AttemptState.COLLECTED,
        scratch=attempt.scratch or saved.scratch,
        **times,
    )
    attempts.store_results(
        *(db, attempt, collected.results, saved.files, saved.left_there),
        collected.fingerprints,
    )
    columns = job_columns(collected)
    jobs.change_job(
        db,
        now_ms,
        job,
        state=collected.conclusion.state,
        cause=collected.conclusion.cause,
        evidence=evidence_of(collected, end.source, now_ms),
        cancel_asked_ms=job.cancel_asked_ms,
        **times,
        **columns,
    )
    if collected.results:
        append_event(db, now_ms, "job_result_stored", job.job_id, columns)


def record_text(record: dict[str, Any]) -> bytes:
    """Return the JSON of a record: indented, unless it is very long."""
    data = msgspec.json.encode(record)
    if len(data) <= MOST_INDENTED_BYTES:
        data = msgspec.json.format(data, indent=1)
    return data + b"\n"


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
        "results": [msgspec.Raw(one.whole) for one in collected.readings],
        "inputs_sha256": {
            staged.name: staged.sha256 for staged in plan.stage_in if staged.sha256
        },
        "files": [msgspec.to_builtins(file) for file in collected.saved.files],
        "errors": list(collected.saved.errors),
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
    said = collected.conclusion.text
    news = [error for error in collected.saved.errors if error not in said]
    text = "; ".join((said, *news))
    return Evidence(seen_ms=now_ms, source=source, text=text)
