"""Formulas as texts: `Mg4 O4`, and what is left when its numbers are reduced."""

import re
from collections.abc import Mapping
from math import gcd
from typing import Final

_PART: Final = re.compile(r"([A-Z][a-z]?)(\d*)")
_WRITTEN: Final = re.compile(rf"(?:{_PART.pattern}\s*)+")
MOST_DIGITS: Final = 9
"""A number that is longer counts no atoms."""


def reduced_formula(formula: str) -> str | None:
    """Return `MgO` for `Mg4 O4`, in the same order; None if it is no formula."""
    words = formula.split()
    parts = [_PART.fullmatch(word) for word in words]
    if not words or not all(parts):
        return None
    counts: dict[str, int] = {}
    for part in parts:
        if part is not None:
            counts[part[1]] = counts.get(part[1], 0) + int(part[2] or 1)
    divisor = gcd(*counts.values())
    if not divisor:
        return None
    return "".join(
        symbol + (str(count // divisor) if count != divisor else "")
        for symbol, count in counts.items()
    )


def hill_formula(written: str) -> str | None:
    """Return `Cl Na` for `NaCl`, in the order and with the blanks of stored formulas.

    None if it is no formula.
    """
    text = written.strip()
    if not _WRITTEN.fullmatch(text):
        return None
    counts: dict[str, int] = {}
    for symbol, number in _PART.findall(text):
        if len(number) > MOST_DIGITS:
            return None
        counts[symbol] = counts.get(symbol, 0) + int(number or 1)
    return " ".join(in_hill_order(counts))


def in_hill_order(counts: Mapping[str, int]) -> list[str]:
    """Return the parts of a formula: C, then H, then by the alphabet.

    Without carbon all are sorted by the alphabet.
    """
    first = ("C", "H") if "C" in counts else ()
    order = sorted(counts, key=lambda symbol: (symbol not in first, symbol))
    return [s if counts[s] == 1 else f"{s}{counts[s]}" for s in order]
