"""The libraries of pseudopotentials of this machine, read for an input that is made.

What lies on a cluster is not looked at: then the file names are given, or the library
of this machine stands for the same one there.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmathd.codes.espresso.upf import HEAD_BYTES, Pseudopotential, read_head
from crystalmathd.errors import FileMissingError, InputRefusedError

VARIABLE: Final = "ESPRESSO_PSEUDO"
_MOST_FILES: Final = 5000


def library_directory(asked: str | None, environment: Mapping[str, str]) -> Path:
    """Return the directory that is asked for, or that of ESPRESSO_PSEUDO.

    Raises
    ------
    InputRefusedError
        If neither is given, or the path is not absolute.
    """
    said = asked or environment.get(VARIABLE)
    if not said:
        reason = f"give pseudo_dir, or set {VARIABLE}: no library is known"
        raise InputRefusedError(name="pseudopotentials", reason=reason)
    if not Path(said).is_absolute():
        reason = f"the directory must be an absolute path, not {said}"
        raise InputRefusedError(name="pseudopotentials", reason=reason)
    return Path(said)


def read_library(directory: Path) -> tuple[Pseudopotential, ...]:
    """Read the heads of all pseudopotentials of a directory; other files are left out.

    So are those that cannot be opened: the input may need none of them.

    Blocks: to be called on a thread or in a worker.

    Raises
    ------
    FileMissingError
        If the directory cannot be read.
    InputRefusedError
        If it holds no pseudopotential, or too many files to be a library.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if path.is_file())
    except OSError as error:
        raise FileMissingError(path=directory, reason=error.strerror) from error
    if len(paths) > _MOST_FILES:
        reason = f"{directory} holds {len(paths)} files: that is no library"
        raise InputRefusedError(name="pseudopotentials", reason=reason)
    found, closed = [], ""
    for path in paths:
        try:
            one = _read(path)
        except OSError as error:
            closed = closed or f" ({path.name}: {error.strerror})"
            continue
        if one is not None:
            found.append(one)
    if not found:
        reason = f"{directory} holds no pseudopotential that pw.x reads{closed}"
        raise InputRefusedError(name="pseudopotentials", reason=reason)
    return tuple(found)


def file_sha256(directory: Path, one: Pseudopotential) -> str:
    """Return the sum of the file that was chosen; heads are read without it."""
    with (directory / one.file_name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> Pseudopotential | None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        is_whole = not file.read(1)
    return read_head(path.name, head, is_whole=is_whole)
