"""Formulas as texts: `Mg4 O4`, and what is left when its numbers are reduced."""

import re
from math import gcd
from typing import Final

_PART: Final = re.compile(r"([A-Z][a-z]?)(\d*)")


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
