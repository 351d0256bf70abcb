"""The operators of a deck, against the table that CRYSTAL printed of them."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from crystalmathd.codes.crystal.meaning import meaning
from tests.unit.codes import echoed

Array = NDArray[np.float64]

PRINTED = 0.011
"""Two decimals are printed, cut or rounded."""

_TABLE = re.compile(
    r" \*{4} +(\d+) SYMMOPS - TRANSLATORS IN FRACTIONAL UNITS\n"
    r"(?:[^\n]*REFERENCE FRAME\n)? +V INV[^\n]*\n"
)
_FINAL = re.compile(r"N\. OF SYMMETRY OPERATORS +(\d+)")
_NUMBER = re.compile(r"-?\d+\.\d+")


def printed_operators(text: str) -> Array | None:
    """Return rotation and translation of each operator, (n, 12); None: no table.

    A table counts if it has as many operators as the SCF had.
    """
    final = _FINAL.search(text)
    for title in _TABLE.finditer(text):
        if final is None or title[1] != final[1]:
            continue
        lines = text[title.end() :].split("\n")[: int(title[1])]
        rows = [[float(word) for word in _NUMBER.findall(line)] for line in lines]
        assert {len(row) for row in rows} == {12}, title[0]
        return np.array(rows)
    return None


def tables() -> list[Path]:
    return [
        path
        for path in echoed.outputs()
        if echoed.deck_of(path).geometry.atoms
        if printed_operators(echoed.text_of(path)) is not None
    ]


@pytest.mark.parametrize("path", tables(), ids=lambda path: path.name[:60])
def test_the_operators_of_a_deck_are_those_that_crystal_printed(path: Path) -> None:
    printed = printed_operators(echoed.text_of(path))
    assert printed is not None
    cell = meaning(echoed.deck_of(path)).cell
    assert len(printed) == cell.n_operators
    turns = np.abs(printed[:, None, :9] - cell.rotations.reshape(1, -1, 9)).max(axis=2)
    steps = (printed[:, None, 9:] - cell.translations[None])[..., : cell.dimension]
    shifts = np.abs(steps - np.round(steps)).max(axis=2, initial=0)
    is_same = (turns < PRINTED) & (shifts < PRINTED)
    assert is_same.any(axis=1).all()
    assert is_same.any(axis=0).all()


@pytest.mark.skipif(not echoed.CORPUS.is_dir(), reason="needs the corpora")
def test_enough_tables_of_operators_were_compared() -> None:
    assert len(tables()) >= 39
