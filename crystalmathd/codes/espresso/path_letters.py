"""Points of a path that are letters: `gG 20`, `X 20`, `L 1`.

Source: runs of pw.x 6.7. It takes them behind tpiba_b and crystal_b alone, mixed with
numbers too, and stops at them with ibrav = 0, where it does not know the zone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from crystalmathd.codes.numbers import whole_number

_OPTIONS: Final = frozenset({"tpiba_b", "crystal_b"})
_LETTER: Final = re.compile(r"g[A-Z]\d?|[A-Z]\d?")
_WORDS: Final = 2


def is_letter_row(
    words: Sequence[str], option: str, numbers: Mapping[str, float]
) -> bool:
    """Tell whether a row is a letter and a count; `numbers`: those of &SYSTEM.

    Which letters a zone has depends on the lattice, and is not looked at.
    """
    return (
        option in _OPTIONS
        and numbers.get("ibrav") != 0
        and len(words) >= _WORDS
        and _LETTER.fullmatch(words[0]) is not None
        and whole_number(words[1]) is not None
    )
