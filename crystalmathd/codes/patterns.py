"""What an SCF series does, in a word, with the numbers behind it."""

import math
from itertools import pairwise
from typing import Final

from crystalmathd.codes.series import Series, in_words
from crystalmathd.models.progress import Pattern

_ENOUGH: Final = 4
"""Sizes below which nothing is said."""
_LONG: Final = 8
"""Sizes from which on no fall at all is more than a bad moment."""
_SLOW: Final = math.log(10) / 6
"""A fall below this takes more than six cycles for a power of ten."""
_NONE: Final = math.log(10) / 40
"""A fall below this is none: more than forty cycles for a power of ten."""
_RISE: Final = math.log(10) / 10
"""A size that grows by a power of ten in ten cycles."""
_FAR: Final = math.log(10)
_MOSTLY: Final = 0.6


def pattern(series: Series) -> Pattern | None:
    """Say what the present SCF does; None before its first change."""
    if series.is_broken:
        return Pattern(
            word="diverging",
            because=f"the energy of cycle {series.cycle} is not a number",
        )
    if not series.sizes:
        return None
    fall = series.fall()
    if fall is None or series.n_sizes < _ENOUGH:
        return Pattern(word="too_short", because=_span(series, fall))
    word = _word(series, fall)
    because = _span(series, fall)
    if word == "oscillating":
        turns, pairs = _turns(series)
        because += f"; the energy turned {turns} of {pairs} times"
    return Pattern(word=word, because=because)


def _word(series: Series, fall: float) -> str:
    if series.is_below:
        return "converging"
    turns, pairs = _turns(series)
    is_turning = pairs >= _ENOUGH and turns >= _MOSTLY * pairs
    is_rising = series.least is not None and series.sizes[-1][1] - series.least > _FAR
    if is_rising and fall < -_RISE and series.n_sizes >= _ENOUGH + 1:
        return "diverging"
    if is_turning and fall < _SLOW:
        return "oscillating"
    if fall < _NONE:
        return "stuck" if series.n_sizes >= _LONG else "slow"
    return "slow" if fall < _SLOW else "converging"


def _turns(series: Series) -> tuple[int, int]:
    """Return how often ΔE has changed its sign, of how many times it could."""
    signs = list(series.signs)
    turns = sum(a != b for a, b in pairwise(signs))
    return turns, max(len(signs) - 1, 0)


def _span(series: Series, fall: float | None) -> str:
    """Say from what to what the size went, and how fast."""
    (first, before), (last, after) = series.sizes[0], series.sizes[-1]
    if last == first or fall is None:
        return f"{math.exp(after):.1e} eV in cycle {last}"
    return (
        f"{math.exp(before):.1e} eV in cycle {first}, {math.exp(after):.1e} eV in"
        f" cycle {last}, {in_words(fall)}"
    )
