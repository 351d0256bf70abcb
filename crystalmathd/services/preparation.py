"""Making an attempt's directory ready, before its intent is written down."""

import base64
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from crystalmathd.errors import BlobNotFoundError
from crystalmathd.models.jobs import Artefact, Auxiliary, Job, StoredInput
from crystalmathd.models.plans import Plan
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.transports.base import (
    FileStatus,
    RemoteFileError,
    Transport,
)
from crystalmathd.services.blobs import Blobs, file_sha256
from crystalmathd.services.layout import Layout

JOB_VARIABLE: Final = "CRYSTALMATH_JOB"
ATTEMPT_VARIABLE: Final = "CRYSTALMATH_ATTEMPT"


class InputChangedError(Exception):
    """A file is not what it was when the job was submitted; the message names it."""


def new_token() -> str:
    """Return a name for an attempt that exists nowhere else: 80 random bits."""
    return "cm-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


async def prepare_directory(
    transport: Transport,
    layout: Layout,
    blobs: Blobs,
    job: Job,
    number: int,
    token: str,
    plan: Plan,
    inputs: Sequence[StoredInput],
    auxiliary: Sequence[Auxiliary],
    artefacts: dict[int, list[Artefact]],
    *,
    keep_scratch: bool,
) -> None:
    """Write everything that the runner needs into the attempt's directory.

    Doing it again, after a crash in the middle, gives the same directory.

    Raises
    ------
    InputChangedError
        If an auxiliary file is not what it was at submission.
    """
    directory = layout.attempt(job.job_id, number)
    await _clear(transport, directory)
    for part in ("inputs", "outputs", "run"):
        await transport.make_directory(str(directory / part))
    for one in inputs:
        await transport.write_file(str(directory / "inputs" / one.name), one.text)
    required = {staged.name for staged in plan.stage_in if staged.is_required}
    present = {one.name for one in inputs}
    for file in auxiliary:
        if not _was_left(file, artefacts) and file.name not in required:
            continue  # a role may have several files, of which one is enough
        source = _source(file, layout, blobs, artefacts)
        await transport.put_file(source, str(directory / "inputs" / file.name))
        present.add(file.name)
    await transport.write_file(str(directory / "plan.json"), _pretty(plan))
    environment = {variable.name: variable.value for variable in plan.environment}
    environment[TOKEN_VARIABLE] = token
    environment[JOB_VARIABLE] = str(job.job_id)
    environment[ATTEMPT_VARIABLE] = str(number)
    run = directory / "run"
    await transport.write_file(str(run / "environment.json"), _pretty(environment))
    launch = launch_record(plan, directory, token, present, keep_scratch=keep_scratch)
    await transport.write_file(str(run / "launch.json"), _pretty(launch))


async def _clear(transport: Transport, directory: Path) -> None:
    """Remove what a crash left of an attempt that was never written down.

    If something ran there, the store is older than its files (a restored copy):
    they are left alone.
    """
    left = {file.name for file in await _list(transport, directory)}
    if left & {"run/pid.json", "results.json"}:
        reason = "a run that this store does not know left its files here"
        raise RemoteFileError(str(directory), reason)
    await transport.remove_tree(str(directory))


async def _list(transport: Transport, directory: Path) -> list[FileStatus]:
    try:
        return await transport.list_files(str(directory))
    except RemoteFileError:
        return []


def launch_record(
    plan: Plan, directory: Path, token: str, present: set[str], *, keep_scratch: bool
) -> dict[str, Any]:
    """Return what the runner reads: the plan in its own words."""
    base, _, prefix = plan.scratch.rpartition("/")
    return {
        "token": token,
        "name": plan.name,
        "directory": str(directory),
        "ranks": plan.parallelism.ranks,
        "threads": plan.parallelism.threads,
        "queue": msgspec.to_builtins(plan.queue),
        "modules": plan.modules,
        "setup": plan.setup,
        "scratch_base": base,
        "scratch_prefix": prefix.removesuffix("<pid>"),
        "stage_in": [
            {
                "source": str(directory / "inputs" / staged.name),
                "scratch_name": staged.scratch_name,
            }
            for staged in plan.stage_in
            if staged.name in present
        ],
        "stage_out": [
            {
                "name": staged.name,
                "scratch_name": staged.scratch_name,
                "role": staged.role,
            }
            for staged in plan.stage_out
        ],
        "steps": [
            {
                "program": step.program,
                "argv": [*step.launcher, step.executable, *step.arguments],
                "input_name": step.input_name,
                "input_as": step.input_as,
                "stdin": step.stdin,
                "stdout": step.stdout,
                "stderr": step.stderr,
                "good_codes": step.good_codes,
                "clean_stop": msgspec.to_builtins(step.clean_stop),
            }
            for step in plan.steps
        ],
        "walltime_s": plan.limits.walltime_s,
        "grace_s": plan.limits.grace_s,
        "memory_mb": plan.limits.memory_mb,
        "keep_scratch": keep_scratch,
    }


def _was_left(file: Auxiliary, artefacts: dict[int, list[Artefact]]) -> bool:
    """Tell whether a file is there; what does not come from a job always is."""
    if file.parent is None:
        return True
    return any(a.name == file.parent_name for a in artefacts[file.parent])


def _source(
    file: Auxiliary, layout: Layout, blobs: Blobs, artefacts: dict[int, list[Artefact]]
) -> Path:
    """Return where an auxiliary file is kept, and see that it is still the same."""
    if file.parent is None:
        try:
            path, sha256 = blobs.path(file.sha256 or ""), file.sha256
        except BlobNotFoundError as error:
            raise InputChangedError(f"{file.name}: its copy is gone") from error
    else:
        saved = next(
            (a for a in artefacts[file.parent] if a.name == file.parent_name), None
        )
        if saved is None:
            raise InputChangedError(
                f"{file.name}: job {file.parent} has not left {file.parent_name}"
            )
        attempt = layout.attempt(file.parent, saved.attempt)
        path, sha256 = attempt / "outputs" / saved.name, saved.sha256
    if not path.is_file() or file_sha256(path) != sha256:
        raise InputChangedError(f"{file.name}: {path.name} is not what it was")
    return path


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
