"""One run from elsewhere: the job that is made of it, and the links to its files."""

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from crystalmathd.codes import CODES
from crystalmathd.models.clusters import ADOPTED
from crystalmathd.models.jobs import Cause, Evidence, JobState, SavedFile
from crystalmathd.models.plans import Limits, Parallelism, Plan, StagedFile, Step
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.adopted_inputs import stored_inputs
from crystalmathd.services.collecting import RESULTS_VERSION, record_text
from crystalmathd.services.layout import Layout
from crystalmathd.services.methods import fingerprint_of
from crystalmathd.services.preparation import new_token
from crystalmathd.services.trees import Found, HashedFile
from crystalmathd.store.adopted import NewAdoption
from crystalmathd.store.jobs import NewJob

SOURCE: Final = "adopted"
MOST_NAME: Final = 100
MOST_PROCESSES: Final = 1 << 30
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.+-]+")
_SAID_NOTHING: Final = "as its output says"


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """What the jobs of a tree get: `code`: only runs of this one are taken in."""

    code: str | None = None
    project: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run that was read: its files, and its result without and with its series."""

    found: Found
    files: tuple[HashedFile, ...]
    result: Result
    whole: bytes


def adoption_of(run: Run, labels: Labels, now_ms: int) -> NewAdoption:
    """Return what is stored of a run."""
    found, result = run.found, run.result
    main = found.main
    state, cause, text = _end(result)
    ended_ms = found.mtime_ns // 1_000_000
    output = next(one for one in run.files if one.name == main.name)
    plan = _plan(run)
    inputs, auxiliary = stored_inputs(main, run.files)
    words = (plan.name, main.path, result.formula, labels.project, *labels.tags)
    return NewAdoption(
        job=NewJob(
            name=plan.name,
            code=main.code,
            cluster=ADOPTED,
            project=labels.project,
            tags=labels.tags,
            cores=plan.parallelism.cores,
            parents=(),
            search_text="\n".join(filter(None, words)).lower(),
            plan=plan,
            inputs=tuple(inputs),
            auxiliary=tuple(auxiliary),
        ),
        state=state,
        cause=cause,
        evidence=Evidence(
            seen_ms=now_ms, source=SOURCE, text=f"adopted from {main.path}: {text}"
        ),
        started_ms=_started_ms(result, ended_ms),
        ended_ms=ended_ms,
        result=result,
        fingerprint=fingerprint_of(result, plan, 0, (inputs, auxiliary)),
        files=tuple(
            SavedFile(name=one.name, role="output", size=one.size, sha256=one.sha256)
            for one in run.files
            if not one.is_input
        ),
        token=new_token(),
        path=main.path,
        size=found.size,
        mtime_ns=found.mtime_ns,
        sha256=output.sha256,
        outputs=frozenset(one.sha256 for one in run.files if one.is_main),
    )


def _started_ms(result: Result, ended_ms: int) -> int | None:
    """Return when a run began; one from before 1970 has printed no time of its own."""
    if result.wall_time_s is None or not 0 <= result.wall_time_s * 1000 <= ended_ms:
        return None
    return ended_ms - round(result.wall_time_s * 1000)


def _end(result: Result) -> tuple[JobState, str | None, str]:
    """Return how a run ended, from what it printed alone."""
    if result.is_normal_end is False:
        text = result.cause or "its output stops before its end"
        cause = Cause.CODE_ERROR if result.cause else Cause.BROKEN_OFF
        return JobState.FAILED, cause, text
    if result.grade is Grade.NOT_CONVERGED:
        text = result.cause or "it did not converge"
        return JobState.FAILED, Cause.NOT_CONVERGED, text
    if result.is_normal_end is None and result.energy_ev is None:
        text = result.cause or "its output has neither an end nor an energy"
        return JobState.FAILED, Cause.BROKEN_OFF, text
    return JobState.COMPLETED, None, _SAID_NOTHING


def _plan(run: Run) -> Plan:
    """Return what was run, as far as its files tell."""
    main, result = run.found.main, run.result
    inputs = [one for one in run.files if one.is_input]
    stored, _ = stored_inputs(main, run.files)
    printed = "as it printed"
    ranks, threads = _counted(result.n_ranks), _counted(result.n_threads)
    step = Step(
        program=main.program,
        input_name=stored[0].name if stored else main.name,
        launcher=(),
        executable="",
        executable_origin=SOURCE,
        arguments=(),
        stdin=None,
        stdout=main.name,
        stderr=main.name,
    )
    return Plan(
        name=_name(run.found),
        code=main.code,
        cluster=ADOPTED,
        scheduler="none",
        parallelism=Parallelism(
            ranks=ranks or 1,
            ranks_reason=printed if ranks else "not printed",
            threads=threads or 1,
            threads_reason=printed if threads else "not printed",
        ),
        steps=(step,),
        environment=(),
        stage_in=tuple(
            StagedFile(
                name=one.name, scratch_name=one.name, role="input", sha256=one.sha256
            )
            for one in inputs
        ),
        stage_out=(),
        scratch=run.found.directory,
        scratch_origin=SOURCE,
        limits=Limits(walltime_s=None, memory_mb=None, grace_s=0),
    )


def _counted(number: int | None) -> int | None:
    """Return a number of processes, nothing if no machine has so many."""
    return number if number is not None and 0 < number <= MOST_PROCESSES else None


def _name(found: Found) -> str:
    """Return the name of the output, or of its directory where all are called alike."""
    is_one_a_directory = bool(CODES[found.main.code].directory_files)
    name = PurePosixPath(found.main.name).stem
    if is_one_a_directory:
        name = PurePosixPath(found.directory).name
    plain = _NO_NAME.sub("_", name).lstrip("_.+-")[:MOST_NAME]
    return plain or found.main.program.partition(".")[0]


def has_links(layout: Layout, job_id: int) -> bool:
    """Tell whether the files of a job were linked to the end; the record is last."""
    return os.path.lexists(layout.attempt(job_id, 1) / "results.json")


def link_files(layout: Layout, job_id: int, run: Run, now_ms: int) -> None:
    """Make the directory of a job with links to the files of its run.

    Whatever is removed from it later, are links.
    """
    directory = layout.attempt(job_id, 1)
    folders = [directory.parent.parent, directory.parent, directory]
    folders.append(directory / "outputs")
    links = {}
    for one in run.files:
        kind = "inputs" if one.is_input else "outputs"
        links[directory / kind / one.name] = one.path
        # A name may have folders of its own, as that of a file in a `.save`.
        below = reversed((Path(kind) / one.name).parents)
        folders += [directory / folder for folder in below]
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    for link, path in links.items():
        with contextlib.suppress(FileExistsError):
            link.symlink_to(path)
    data = record_text(_record(job_id, run, now_ms))
    temporary = directory / "results.json.tmp"
    temporary.write_bytes(data)
    temporary.rename(directory / "results.json")


def _record(job_id: int, run: Run, now_ms: int) -> dict[str, Any]:
    """Return `results.json` of an adopted run."""
    result, main = run.result, run.found.main
    state, cause, text = _end(result)
    return {
        "results_version": RESULTS_VERSION,
        "job_id": str(job_id),
        "name": _name(run.found),
        "adopted_from": main.path,
        "code": main.code,
        "code_version": result.code_version,
        "state": state,
        "cause": cause,
        "evidence": text,
        "energy_ev": result.energy_ev,
        "energy_kind": result.headline_energy_kind,
        "energy_as_printed": result.energy_as_printed,
        "energy_unit_as_printed": result.energy_unit,
        "grade": result.grade,
        "results": [msgspec.Raw(run.whole)],
        "inputs_sha256": {one.name: one.sha256 for one in run.files if one.is_input},
        "files": [
            {"name": one.name, "size": one.size, "sha256": one.sha256}
            for one in run.files
            if not one.is_input
        ],
        "adopted_ms": now_ms,
    }
