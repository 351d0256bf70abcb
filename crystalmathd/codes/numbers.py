"""Numbers as Fortran programs print them."""

import math
import re
from typing import Final

_EXPONENT: Final = re.compile(r"^([+-]?[0-9]*\.?[0-9]*)[EeDd]?([+-]?[0-9]+)$")

_WHOLE: Final = re.compile(r"[0-9]{1,9}")


def fortran_float(text: str) -> float | None:
    """Return the number, or None if it is none (`NaN`, `********`, cut off).

    `-2.74D+02` and `-2.74E+02` are the same number; so is `1.0-101`, where
    Fortran drops the letter of an exponent with three digits.
    """
    try:
        value = float(text)
    except ValueError:
        match = _EXPONENT.match(text)
        if match is None:
            return None
        try:
            value = float(f"{match[1]}e{match[2]}")
        except ValueError:
            return None
    return value if math.isfinite(value) else None


def whole_number(text: str) -> int | None:
    """Return decimal digits as a number; None if they are none, or too many.

    Nothing that a program counts has more than nine; of thousands, Python refuses the
    conversion.
    """
    return int(text) if _WHOLE.fullmatch(text) else None


def fortran_floats(text: str) -> tuple[float, ...] | None:
    """Return the numbers of a line; None if one of its words is none."""
    words = text.split()
    try:
        values = tuple(map(float, words))
    except ValueError:
        # Slower: exponents of Fortran, or no numbers at all.
        found = [fortran_float(word) for word in words]
        values = tuple(value for value in found if value is not None)
    is_whole = len(values) == len(words) and all(map(math.isfinite, values))
    return values if is_whole else None
