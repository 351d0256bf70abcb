"""Files beside an input: which go along with it, and what of them is sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from crystalmath.submission import COMPANION_SUFFIXES, absolute
from crystalmath_protocol.languages import language_of
from crystalmath_protocol.submissions import Auxiliary

CRYSTAL_SUFFIXES: Final = (".d12", ".d3")
VASP_INPUTS: Final = ("INCAR", "POSCAR", "KPOINTS", "POTCAR")
"""VASP reads files of these names, and no others beside them."""

POTCAR_SPEC: Final = "POTCAR.spec"
"""Names the datasets of which the daemon makes a POTCAR."""

MOST_NAME: Final = 200
MOST_TEXT_BYTES: Final = 256 * 1024
MOST_POTCAR_BYTES: Final = 64 << 20


def possible_companions(path: Path) -> list[Path]:
    """Return the companions that a CRYSTAL deck may have."""
    if path.suffix not in CRYSTAL_SUFFIXES:
        return []
    return [path.with_suffix(suffix) for suffix in COMPANION_SUFFIXES]


def companions(path: Path) -> list[Path]:
    """Return the companions of a CRYSTAL deck that are there."""
    return [one for one in possible_companions(path) if one.is_file()]


def auxiliary_files(
    paths: Sequence[Path], named: Sequence[Auxiliary]
) -> list[Auxiliary]:
    """Return the companions of the inputs, and the files named with `--aux`.

    A named file stands in for a companion that would have the same name.
    """
    chosen = list(named)
    taken = {item.name or Path(item.path or "").name for item in chosen}
    for path in paths:
        for companion in companions(path):
            if companion.name not in taken:
                taken.add(companion.name)
                chosen.append(Auxiliary(path=absolute(companion)))
    return chosen


def may_be_said(name: str) -> bool:
    """Tell whether the protocol has room for a name; others mean nothing to a code."""
    return len(name) <= MOST_NAME and name.isprintable() and bool(name.strip("."))


def sent_bytes(text: str) -> int:
    """Return how long a text is inside a message, where line ends take two bytes."""
    return len(msgspec.json.encode(text))


def companion_text(path: Path, size: int) -> str | None:
    """Return the text of a file of `size` bytes, if it is small; of a POTCAR, heads.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if language_of(path.name, "") == "potcar":
        return _potcar_heads(path) if size <= MOST_POTCAR_BYTES else None
    if size > MOST_TEXT_BYTES:
        return None
    data = path.read_bytes()
    return None if b"\0" in data else data.decode(errors="replace")


def _potcar_heads(path: Path) -> str:
    """Return each data set up to the end of its PSCTR block, and its last line."""
    with path.open("rb") as file:
        return "".join(line.decode(errors="replace") for line in _head_lines(file))


def _head_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    is_head = True
    for line in lines:
        if is_head or b"End of Dataset" in line:
            yield line
        if b"END of PSCTR" in line:
            is_head = False
        elif b"End of Dataset" in line:
            is_head = True
