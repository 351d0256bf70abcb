"""What comes home of a job that ran elsewhere, and what stays until it is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import anyio.to_thread

from crystalmathd.codes import CODES
from crystalmathd.codes.base import is_named
from crystalmathd.models.jobs import SavedFile
from crystalmathd.models.plans import Plan
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.blobs import file_sha256
from crystalmathd.services.machines import Machine

MAX_RESULT_BYTES: Final = 512 << 20
"""Outputs that results are read from come whatever the limit of the cluster is."""


def stays(file: SavedFile, plan: Plan, limit_bytes: int) -> bool:
    """Tell whether a file is left where it is."""
    code = CODES[plan.code]
    read_from = {
        name
        for step in plan.steps
        for name in (
            *code.result_files(step.program, step.stdout),
            step.stdout,
            step.stderr,
        )
    }
    if any(is_named(file.name, wanted) for wanted in read_from):
        return file.size > MAX_RESULT_BYTES
    return file.role in code.bulky_roles or file.size > limit_bytes


async def bring_results(
    machine: Machine,
    there: Path,
    here: Path,
    plan: Plan,
    files: Sequence[SavedFile],
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Bring files of `outputs/` here; return the names that stay, and what went wrong.

    Raises
    ------
    TransportError
        If the machine did not answer: nothing is lost, and it can be done again.
    """
    limit = machine.cluster.fetch_limit_mb << 20
    left = {file.name for file in files if stays(file, plan, limit)}
    wanted = [file for file in files if file.name not in left]
    problems = []
    try:
        await machine.transport.fetch_files([_pair(there, here, one) for one in wanted])
    except RemoteFileError:
        # One is gone or odd: the others are wanted all the same.
        for one in wanted:
            try:
                await machine.transport.fetch_files([_pair(there, here, one)])
            except RemoteFileError as error:
                left.add(one.name)
                problems.append(f"{one.name} did not come: {error.reason}")
    for one in wanted:
        if one.name not in left and one.sha256:
            await _see_whole(here / "outputs" / one.name, one.sha256)
    return frozenset(left), tuple(problems)


def _pair(there: Path, here: Path, file: SavedFile) -> tuple[str, Path]:
    return str(there / "outputs" / file.name), here / "outputs" / file.name


async def _see_whole(path: Path, sha256: str) -> None:
    """See that a file is the one that the runner has saved.

    Raises
    ------
    TransportError
        If it is not: the far file system may not show its end yet.
    """
    if await anyio.to_thread.run_sync(_sha256, path) != sha256:
        raise TransportError(f"{path.name} came, but it is not what the job has left")


def _sha256(path: Path) -> str:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    return file_sha256(path) if path.stat().st_size else empty
