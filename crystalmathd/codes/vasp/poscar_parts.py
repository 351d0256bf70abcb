"""Where the parts of a POSCAR are, also while it is being written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import whole_number

_FIRST_COUNT: Final = 6
_MOST_ATOMS: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PoscarParts:
    """Lines count from 1; None: not written yet. `first` is that of the first atom."""

    symbols: int | None = None
    counts: int | None = None
    selective: int | None = None
    mode: int | None = None
    first: int | None = None
    n_atoms: int = 0


def parts_of(lines: Sequence[str]) -> PoscarParts:
    """Return what is there; nothing is asked of the numbers."""
    at = _FIRST_COUNT
    words = _words(lines, at)
    symbols = None
    if words and not words[0].isdecimal():
        symbols, at = at, at + 1
    counts = at if _words(lines, at)[:1] and _words(lines, at)[0].isdecimal() else None
    if counts is None:
        return PoscarParts(symbols=symbols)
    n_atoms = 0
    for word in _words(lines, counts):
        number = whole_number(word)
        if number is None:
            break
        n_atoms += number
    at += 1
    selective = at if "".join(_words(lines, at))[:1] in {"s", "S"} else None
    mode = at + (selective is not None)
    return PoscarParts(
        symbols=symbols,
        counts=counts,
        selective=selective,
        mode=mode if mode <= len(lines) else None,
        first=mode + 1 if mode < len(lines) else None,
        n_atoms=min(n_atoms, _MOST_ATOMS),
    )


def _words(lines: Sequence[str], line: int) -> list[str]:
    return lines[line - 1].split() if line <= len(lines) else []
