"""Trees of past calculations, looked through: plain functions, for the worker."""

import contextlib
import hashlib
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from crystalmathd.codes import CODES
from crystalmathd.errors import OutputUnreadableError
from crystalmathd.services.reading import (
    HEAD_BYTES,
    MAX_OUTPUT_BYTES,
    MainOutput,
    as_reading,
    contents,
    inputs_of,
    is_text,
    outputs_among,
    recognised,
)

MOST_INPUT_BYTES: Final = 1 << 20
"""Larger inputs are known by their hash only."""
NO_FILES: Final = ("/proc", "/sys", "/dev")
"""What the kernel shows as files there, is no past calculation."""
MOST_NS: Final = (1 << 63) - 1
"""More than the store can hold: the year 2262."""
UNSETTLED: Final = "it changed while it was read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What could not be taken in, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A main output as it lies there, with the names of the inputs beside it."""

    main: MainOutput
    directory: str
    size: int
    mtime_ns: int
    inputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HashedFile:
    """A file that was read; `text` is there of inputs that are not large.

    `is_main`: it would be a main output also if it stood alone.
    """

    name: str
    path: str
    size: int
    sha256: str
    is_input: bool
    is_main: bool = False
    text: bytes | None = None


@dataclass(kw_only=True, slots=True)
class Directories:
    """Every directory of a tree; links to directories are not followed."""

    paths: list[str] = field(default_factory=list)
    n_links: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Survey:
    """The main outputs in some directories."""

    found: list[Found] = field(default_factory=list)
    n_files: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRun:
    """A run that was read, or the problem with it. The result travels beside it."""

    files: tuple[HashedFile, ...] = ()
    problem: str | None = None


def list_directories(root: str, skipped: Sequence[str]) -> list[bytes]:
    """Return `Directories` as JSON; `skipped` and what is below it is left out."""
    tree = Directories()
    seen = set()
    waiting = [root]
    skipped = [*skipped, *NO_FILES]
    while waiting:
        path = waiting.pop()
        if path in skipped:
            continue
        try:
            status = os.stat(path)  # noqa: PTH116 - paths travel as text
            if (status.st_dev, status.st_ino) in seen:
                continue  # mounted a second time
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                below = _below(tree, entries)
        except OSError as error:
            tree.problems.append(_problem(path, error.strerror or str(error)))
            continue
        tree.paths.append(path)
        waiting += sorted(below, reverse=True)
    return [msgspec.json.encode(tree)]


def _below(tree: Directories, entries: Iterable[os.DirEntry[str]]) -> list[str]:
    below = []
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            is_link = entry.is_symlink() and entry.is_dir()
            tree.n_links += is_link
        elif is_text(entry.path):
            below.append(entry.path)
        else:
            tree.problems.append(_problem(entry.path, "its name is not UTF-8"))
    return below


def survey(directories: Sequence[str], code: str | None) -> list[bytes]:
    """Return a `Survey` of directories, not of what is below them, as JSON."""
    seen = Survey()
    for directory in directories:
        try:
            _look_into(directory, code, seen)
        except OSError as error:
            seen.problems.append(_problem(directory, error.strerror or str(error)))
    return [msgspec.json.encode(seen)]


def _look_into(directory: str, code: str | None, seen: Survey) -> None:
    names = []
    with os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if not entry.is_file():
                    continue
            seen.n_files += 1
            if not is_text(entry.name):
                seen.problems.append(_problem(entry.path, "its name is not UTF-8"))
            elif os.access(entry.path, os.R_OK):
                names.append(entry.name)
            else:
                seen.problems.append(_problem(entry.path, "it may not be read"))
    names.sort()
    for main in outputs_among(directory, names, code):
        status = os.stat(main.path)  # noqa: PTH116 - paths travel as text
        if status.st_size > MAX_OUTPUT_BYTES:
            reason = f"it is larger than {MAX_OUTPUT_BYTES >> 20} MiB"
            seen.problems.append(_problem(main.path, reason))
            continue
        if abs(status.st_mtime_ns) > MOST_NS:
            reason = "the time of its last change is none"
            seen.problems.append(_problem(main.path, reason))
            continue
        found = Found(
            main=main,
            directory=directory,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            inputs=inputs_of(CODES[main.code], main, names),
        )
        seen.found.append(found)


def read_runs(runs: Sequence[object]) -> list[bytes]:
    """Read and hash runs; return for each a `ReadRun`, its result without and with all.

    All of it is JSON; the results are empty where there is a problem.
    """
    parts: list[bytes] = []
    for found in msgspec.convert(runs, list[Found]):
        try:
            parts += _read_run(found)
        except OSError as error:
            reason = f"{error.filename or found.main.path}: {error.strerror or error}"
            parts += [msgspec.json.encode(ReadRun(problem=reason)), b"", b""]
        except OutputUnreadableError as error:
            reason = str(error.facts["reason"])
            parts += [msgspec.json.encode(ReadRun(problem=reason)), b"", b""]
        except MemoryError:
            raise
        except Exception as mistake:  # noqa: BLE001  # one file stops no tree
            sys.stderr.write(traceback.format_exc())
            reason = f"its reader failed with {type(mistake).__name__}"
            parts += [msgspec.json.encode(ReadRun(problem=reason)), b"", b""]
    return parts


def _read_run(found: Found) -> list[bytes]:
    main = found.main
    found_files = {name: contents(path) for name, path in main.files.items()}
    files_read = {n: data for n, data in found_files.items() if data is not None}
    status = os.stat(main.path)  # noqa: PTH116 - paths travel as text
    if (status.st_size, status.st_mtime_ns) != (found.size, found.mtime_ns):
        return [msgspec.json.encode(ReadRun(problem=UNSETTLED)), b"", b""]
    result = CODES[main.code].read_result(main.program, main.name, files_read)
    files = [
        _hashed(
            name,
            main.files[name],
            data,
            is_main=name == main.name or _is_output(name, data, main.code),
        )
        for name, data in files_read.items()
    ]
    for name in found.inputs:
        path = f"{found.directory}/{name}"
        data = contents(path)
        if data is not None:
            files.append(_hashed(name, path, data, is_input=True))
    read = as_reading(result, main.path)
    return [msgspec.json.encode(ReadRun(files=tuple(files))), read.light, read.whole]


def _is_output(name: str, data: bytes, code: str) -> bool:
    return recognised(name, data[:HEAD_BYTES], code) is not None


def _hashed(
    name: str, path: str, data: bytes, *, is_input: bool = False, is_main: bool = False
) -> HashedFile:
    is_kept = is_input and len(data) <= MOST_INPUT_BYTES
    return HashedFile(
        name=name,
        path=path,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        is_input=is_input,
        is_main=is_main,
        text=data if is_kept else None,
    )


def _problem(path: str, reason: str) -> Problem:
    return Problem(path=path.encode(errors="replace").decode(), reason=reason)
