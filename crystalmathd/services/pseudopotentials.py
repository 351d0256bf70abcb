"""The heads of the pseudopotentials in a directory: for the worker."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.upf import Pseudopotential, read_head

MOST_FILES: Final = 5000
MOST_BYTES: Final = 64 << 20


def heads_in(directory: Path) -> list[Pseudopotential]:
    """Return what the files of a directory say of themselves, by name.

    What is no pseudopotential is left out.

    Raises
    ------
    InputRefusedError
        If the directory cannot be read.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if path.is_file())
        found = [_head(path, path.stat().st_mtime_ns) for path in paths[:MOST_FILES]]
    except OSError as error:
        raise InputRefusedError(f"{directory}: {error.strerror}") from error
    return [one for one in found if one is not None]


@lru_cache(maxsize=MOST_FILES)
def _head(path: Path, _mtime_ns: int) -> Pseudopotential | None:
    with path.open("rb") as file:
        text = file.read(MOST_BYTES)
        return read_head(path.name, text, is_whole=not file.read(1))
