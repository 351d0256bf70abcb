"""Making an attempt's directory ready, before its intent is written down."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from crystalmathd.errors import BlobNotFoundError
from crystalmathd.models.jobs import Artefact, Auxiliary, StoredInput
from crystalmathd.models.plans import Plan
from crystalmathd.runners.copying import copy_there
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.transports.base import (
    FileStatus,
    RemoteFileError,
    Transport,
)
from crystalmathd.services.artefacts import Artefacts
from crystalmathd.services.blobs import Blobs, file_sha256
from crystalmathd.services.launches import launch_record
from crystalmathd.services.machines import Machine

JOB_VARIABLE: Final = "CRYSTALMATH_JOB"
ATTEMPT_VARIABLE: Final = "CRYSTALMATH_ATTEMPT"


class InputChangedError(Exception):
    """A file is not what it was when the job was submitted; the message names it."""


def new_token() -> str:
    """Return a name for an attempt that exists nowhere else: 80 random bits."""
    return "cm-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


async def prepare_directory(
    machine: Machine,
    artefacts: Artefacts,
    blobs: Blobs,
    place: Place,
    keys: Mapping[str, str],
    plan: Plan,
    inputs: Sequence[StoredInput],
    auxiliary: Sequence[Auxiliary],
    left: dict[int, list[Artefact]],
    *,
    keep_scratch: bool,
) -> None:
    """Write everything that the runner needs into the attempt's directory.

    Doing it again, after a crash in the middle, gives the same directory. `keys`:
    variables that tell the job who it is; `left`: what each parent has left.

    Raises
    ------
    InputChangedError
        If an auxiliary file is not what it was at submission.
    QueueFieldError
        If something that is asked of the batch system cannot be asked.
    """
    transport, directory = machine.transport, Path(place.directory)
    await _clear(transport, directory)
    for part in ("inputs", "outputs", "run"):
        await transport.make_directory(str(directory / part))
    for one in inputs:
        await transport.write_file(str(directory / "inputs" / one.name), one.text)
    required = {staged.name for staged in plan.stage_in if staged.is_required}
    wanted = [
        # A role may have several files, of which one is enough.
        file
        for file in auxiliary
        if _was_left(file, left) or file.name in required
    ]
    await _bring(machine, artefacts, blobs, directory / "inputs", wanted, left)
    present = {one.name for one in inputs} | {one.name for one in wanted}
    await transport.write_file(str(directory / "plan.json"), pretty(plan))
    environment = {variable.name: variable.value for variable in plan.environment}
    environment |= {TOKEN_VARIABLE: place.token, **keys}
    run = directory / "run"
    await transport.write_file(str(run / "environment.json"), pretty(environment))
    launch = launch_record(
        plan, directory, place.token, present, keep_scratch=keep_scratch
    )
    scripts = machine.runner.scheduler.scripts(place, launch, environment)
    for name, text in scripts.items():
        await transport.write_file(str(run / name), text)
    await transport.write_file(str(run / "launch.json"), pretty(launch))


async def _bring(
    machine: Machine,
    artefacts: Artefacts,
    blobs: Blobs,
    inputs: Path,
    wanted: Sequence[Auxiliary],
    left: dict[int, list[Artefact]],
) -> None:
    """Put the files beside the inputs into their directory.

    What is on the machine already is copied there.
    """
    from_here: list[tuple[Path, str]] = []
    there: list[_There] = []
    for file in wanted:
        target = str(inputs / file.name)
        if file.parent is None:
            from_here.append((_blob(file, blobs), target))
            continue
        saved = _saved(file, left[file.parent])
        source = await artefacts.path_on(machine, file.parent, saved)
        one = _There(file=file, saved=saved, source=source or "", target=target)
        if source is None:
            from_here.append(await _from_home(artefacts, one))
        else:
            there.append(one)
    try:
        await _copy(machine.transport, there)
    except RemoteFileError:
        # They may have been cleaned away there, and still be here.
        if not all(one.saved.is_here for one in there):
            raise
        from_here += [await _from_home(artefacts, one) for one in there]
    await machine.transport.put_files(from_here)


@dataclass(frozen=True, kw_only=True, slots=True)
class _There:
    """A file of another job that may be on the machine already."""

    file: Auxiliary
    saved: Artefact
    source: str
    target: str


async def _from_home(artefacts: Artefacts, one: _There) -> tuple[Path, str]:
    """Return a file on this machine, brought here if it was not, and its target."""
    parent = one.file.parent or 0
    await artefacts.bring_home(parent, [one.saved])
    path = artefacts.path_here(parent, one.saved)
    return _unchanged(one.file, path, one.saved.sha256), one.target


async def _copy(transport: Transport, there: Sequence[_There]) -> None:
    """Copy files on their machine, and see that they are what their jobs have left."""
    if not there:
        return
    found = await copy_there(transport, [(one.source, one.target) for one in there])
    for one, sha256 in zip(there, found, strict=True):
        if sha256 != one.saved.sha256:
            raise InputChangedError(f"{one.source} is not what it was")


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


def _was_left(file: Auxiliary, left: dict[int, list[Artefact]]) -> bool:
    """Tell whether a file is there; what does not come from a job always is."""
    if file.parent is None:
        return True
    return any(a.name == file.parent_name for a in left[file.parent])


def _saved(file: Auxiliary, left: Sequence[Artefact]) -> Artefact:
    """Return the file that a parent has left under this name."""
    saved = next((a for a in left if a.name == file.parent_name), None)
    if saved is None:
        raise InputChangedError(
            f"{file.name}: job {file.parent} has not left {file.parent_name}"
        )
    return saved


def _blob(file: Auxiliary, blobs: Blobs) -> Path:
    try:
        path = blobs.path(file.sha256 or "")
    except BlobNotFoundError as error:
        raise InputChangedError(f"{file.name}: its copy is gone") from error
    return _unchanged(file, path, file.sha256)


def _unchanged(file: Auxiliary, path: Path, sha256: str | None) -> Path:
    if not path.is_file() or file_sha256(path) != sha256:
        raise InputChangedError(f"{file.name}: {path.name} is not what it was")
    return path


def pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
