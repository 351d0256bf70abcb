"""Reading outputs from the disk: plain functions, for a thread or for the worker."""

import os
import re
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, is_named
from crystalmathd.codes.diagnosis import find
from crystalmathd.errors import (
    CodeUnknownError,
    FileMissingError,
    OutputUnknownError,
    OutputUnreadableError,
)
from crystalmathd.models.faults import Evidence
from crystalmathd.models.results import Result

MAX_OUTPUT_BYTES: Final = 512 << 20
HEAD_BYTES: Final = 64 << 10
MAX_NAMES: Final = 20_000
"""So many files of one directory are looked at."""
NAMED: Final = 5
_QUOTES: Final = re.compile(
    r"\.(?:py|md|rst|ipynb|html?|tex|patch|diff)$|~$|^\.?#.*", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A Result as JSON: without its series, for lists and tables, and whole."""

    light: bytes
    whole: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class MainOutput:
    """A main output, and the files of the same run that are read with it.

    `files`: name as the code knows it → path; those that are there.
    """

    code: str
    program: str
    name: str
    path: str
    files: dict[str, str]


def read_step(
    code: str, program: str, stdout: str, paths: Mapping[str, str]
) -> Reading:
    """Read the outputs of one step as `read_result` does, to be handed on.

    Raises
    ------
    OutputUnreadableError
        As `contents` and `as_reading`.
    """
    result = read_result(code, program, stdout, paths)
    return as_reading(result, paths.get(stdout, stdout))


def read_result(
    code: str, program: str, stdout: str, paths: Mapping[str, str]
) -> Result:
    """Read the outputs of one step; those that are not there are left out.

    Raises
    ------
    OutputUnreadableError
        As `contents`.
    """
    found = {name: contents(path) for name, path in paths.items()}
    files = {name: data for name, data in found.items() if data is not None}
    return CODES[code].read_result(program, stdout, files)


def contents(path: str) -> bytes | None:
    """Return what a file holds, whole; None if it is not there.

    Raises
    ------
    OutputUnreadableError
        If it cannot be read, or is too large: the beginning of an output would look
        like a run that was cut.
    """
    try:
        with open_regular(path) as file:
            data = file.read(MAX_OUTPUT_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputUnreadableError(path=path, reason=reason) from error
    if len(data) > MAX_OUTPUT_BYTES:
        reason = f"it is larger than {MAX_OUTPUT_BYTES >> 20} MiB"
        raise OutputUnreadableError(path=path, reason=reason)
    return data


def as_reading(result: Result, path: str) -> Reading:
    """Return a result as JSON that everybody can read again.

    A mistake of a reader would stop whoever takes it up later: better here, where it is
    the trouble of this output only. The series, which may be long, are not tried.

    Raises
    ------
    OutputUnreadableError
        If it holds what a result cannot hold.
    """
    try:
        light = msgspec.json.encode(result.without_series())
        msgspec.json.decode(light, type=Result)
        return Reading(light=light, whole=msgspec.json.encode(result))
    except (msgspec.MsgspecError, ValueError) as mistake:
        reason = f"what was read of it is no result: {mistake}"
        raise OutputUnreadableError(path=path, reason=reason) from mistake


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultText:
    """A text in which failures are looked for: its name for people, and its role.

    It stands in a file, or in `text` if it came from elsewhere.
    """

    name: str
    role: str
    path: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFault:
    """A finding without its row, which the daemon has too."""

    key: str
    evidence: tuple[Evidence, ...]
    n_lines: int
    facts: dict[str, str]


def find_faults(code: str, texts: Sequence[FaultText]) -> tuple[FoundFault, ...]:
    """Look for the known failures of a code; files that are not there are left out.

    Raises
    ------
    OutputUnreadableError
        As `contents`.
    """
    found = {}
    for text in texts:
        if text.path is None:
            found[text.name] = text.role, text.text.encode()
            continue
        data = contents(text.path)
        if data is not None:  # a code names files that only some runs leave
            found[text.name] = text.role, data
    return tuple(
        FoundFault(
            key=one.fault.key,
            evidence=one.evidence,
            n_lines=one.n_lines,
            facts=one.facts,
        )
        for one in find(CODES[code].faults, found)
    )


def open_regular(path: str) -> FileIO:
    """Open a file for reading; never wait for somebody at the other end of a pipe.

    Raises
    ------
    OSError
        If it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "it is no regular file", path)
    return FileIO(descriptor)


def head_of(path: str) -> bytes:
    with open_regular(path) as file:
        return file.read(HEAD_BYTES)


def find_output(path: str, code: str | None) -> MainOutput:
    """Return the main output that a file is, or that a directory holds.

    `code`: read it as one of this code, also if it is not recognised.

    Raises
    ------
    CodeUnknownError
        If there is no code of that name.
    FileMissingError
        If it cannot be read.
    OutputUnknownError
        If it is no output of a known code, or the directory holds several.
    """
    if code is not None and code not in CODES:
        raise CodeUnknownError(code=code, known=", ".join(CODES))
    try:
        if os.path.isdir(path):  # noqa: PTH112 - paths travel as text
            return _only_output(path, code)
        found = recognised(path, head_of(path), code)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileMissingError(path=path, reason=reason) from error
    if found is None and code is not None:
        found = code, CODES[code].programs[0]
    if found is None:
        reason = f"it is no output of {titles()}; --code reads it as one all the same"
        raise OutputUnknownError(path=path, reason=reason)
    directory, name = os.path.split(path)
    return with_companions(*found, directory, name)


def titles() -> str:
    """Return the names of all codes, for sentences."""
    *most, last = [code.title for code in CODES.values()]
    return f"{', '.join(most)} or {last}"


def recognised(path: str, head: bytes, code: str | None) -> tuple[str, str] | None:
    """Return code and program of a main output, from its name and beginning."""
    name = Path(path).name
    for one in CODES.values() if code is None else (CODES[code],):
        program = one.recognise(name, head)
        if program is not None:
            return one.name, program
    return None


def files_named(
    directory: str, wanted: Sequence[str], names: Sequence[str] | None = None
) -> dict[str, str]:
    """Return name → path of the files that are wanted, in the order of the wishes.

    `names`: all files of the directory, where they are known already.
    """
    if names is None and any("*" in one for one in wanted):
        names = _names_in(directory)
    found = {}
    for one in wanted:
        for name in _alike(directory, one, names or ()):
            path = os.path.join(directory, name)  # noqa: PTH118 - paths travel as text
            if os.path.isfile(path):  # noqa: PTH113 - likewise
                found[name] = path
    return found


def _alike(directory: str, wanted: str, names: Sequence[str]) -> list[str]:
    """Return the names that a wish means; one with a directory is looked for there."""
    if "*" not in wanted:
        return [wanted]
    if "/" not in wanted:
        return [name for name in names if is_named(name, wanted)]
    root = Path(directory)
    found = islice(root.glob(wanted), MAX_NAMES)
    return sorted(filter(is_text, (p.relative_to(root).as_posix() for p in found)))


def _names_in(directory: str) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            found = (e.name for e in entries if is_text(e.name) and e.is_file())
            return sorted(islice(found, MAX_NAMES))
    except OSError:
        return []


def is_text(name: str) -> bool:
    """Tell whether a name is UTF-8: no other one can be told to anybody."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_companions(
    code: str,
    program: str,
    directory: str,
    name: str,
    names: Sequence[str] | None = None,
) -> MainOutput:
    """Return a main output with those files of its run that are there."""
    wanted = (name, *CODES[code].result_files(program, name))
    return MainOutput(
        code=code,
        program=program,
        name=name,
        path=os.path.join(directory, name),  # noqa: PTH118 - paths travel as text
        files=files_named(directory, wanted, names),
    )


def outputs_among(
    directory: str, names: Sequence[str], code: str | None
) -> list[MainOutput]:
    """Return the main outputs in a directory; a file counts for one run only.

    Files that cannot be read are left out, and those that quote outputs: sources,
    documents, what an editor has kept.
    """
    found = []
    for name in names:
        if _QUOTES.search(name):
            continue
        path = os.path.join(directory, name)  # noqa: PTH118 - as text
        try:
            which = recognised(path, head_of(path), code)
        except OSError:
            continue
        if which is not None:
            found.append(with_companions(*which, directory, name, names))
    named = {main.name: _named_by(main) for main in found}
    there = set(named)
    runs = [main for main in found if not _is_part(main.name, named)]
    crowded = _crowded(runs, named, there)
    if not crowded:
        return runs
    # Nobody knows to which of them the output belongs: it is a run of its own.
    shared = set().union(*(named[name] for name in crowded))
    found = [_without(m, shared) if m.name in crowded else m for m in found]
    named |= {name: set() for name in crowded}
    return [main for main in found if not _is_part(main.name, named)]


def _crowded(
    runs: Sequence[MainOutput], named: Mapping[str, set[str]], there: set[str]
) -> set[str]:
    """Return the names of runs that name an output which another one names too."""
    claims = Counter(one for main in runs for one in named[main.name] & there)
    return {
        main.name
        for main in runs
        if any(claims[one] > 1 for one in named[main.name] & there)
    }


def _without(main: MainOutput, shared: set[str]) -> MainOutput:
    files = {name: path for name, path in main.files.items() if name not in shared}
    return replace(main, files=files)


def _named_by(main: MainOutput) -> set[str]:
    """Return the files that a run has by their own names; patterns fit many runs."""
    wanted = CODES[main.code].result_files(main.program, main.name)
    return {one for one in wanted if "*" not in one} - {main.name}


def _is_part(name: str, named: Mapping[str, set[str]]) -> bool:
    """Tell whether an output belongs to another; of two that name each other, one."""
    return any(
        name in others and (main not in named[name] or main < name)
        for main, others in named.items()
    )


def _only_output(directory: str, code: str | None) -> MainOutput:
    names = _names_in(directory)
    found = outputs_among(directory, names, code)
    if len(found) == 1:
        return found[0]
    if not found:
        reason = f"no file in it is an output of {titles()}"
    else:
        listed = ", ".join(main.name for main in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        reason = f"it holds several outputs: name one of {listed}{more}"
    raise OutputUnknownError(path=directory, reason=reason)


def inputs_of(code: Code, main: MainOutput, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the inputs that belong to a main output."""
    there = set(names)
    wanted = code.inputs_beside(main.program, main.name, names)
    return tuple(name for name in wanted if name in there and name not in main.files)
