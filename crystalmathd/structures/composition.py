"""Formulas as people type them: `SiO2`, `Ca(OH)2`, `Si2 O4`."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from crystalmathd.structures.elements import SYMBOLS

_TOKEN: Final = re.compile(r"\s*(?:([A-Z][a-z]*)|(\d+(?:\.\d+)?)|([()\[\]]))\s*")
_ELEMENTS: Final = frozenset(SYMBOLS[1:])
_CLOSING: Final = {")": "(", "]": "["}
_MOST_DIGITS: Final = 6


def checked_symbol(word: str) -> str:
    """Return an element's symbol as it was typed.

    Raises
    ------
    ValueError
        If it is none.
    """
    if word in _ELEMENTS:
        return word
    hint = f" (is {word.capitalize()} meant?)" if word.capitalize() in _ELEMENTS else ""
    raise ValueError(f"there is no element {word!r}{hint}")


def composition(text: str) -> dict[str, int]:
    """Return element → number of atoms of a formula, as it is written.

    Raises
    ------
    ValueError
        If it is none; the message says what is wrong with it.
    """
    reader = _Reader()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(_not_readable(text, at))
        symbol, number, bracket = match.groups()
        if symbol:
            reader.take_symbol(symbol)
        elif number:
            reader.take_number(number)
        else:
            reader.take_bracket(bracket)
        at = match.end()
    return reader.result()


def alphabetical_formula(counts: Mapping[str, int]) -> str:
    """Return the reduced formula in alphabetical order, as OPTIMADE has it: `O2Si`."""
    units = math.gcd(*counts.values())
    reduced = {element: counts[element] // units for element in sorted(counts)}
    return "".join(f"{one}{n if n > 1 else ''}" for one, n in reduced.items())


class _Reader:
    """What was read of a formula: a sum for each bracket that is open."""

    def __init__(self) -> None:
        self._sums: list[Counter[str]] = [Counter()]
        self._opened: list[str] = []
        self._last: dict[str, int] = {}
        """What a number would multiply."""
        self._symbol_before = ""

    def take_symbol(self, symbol: str) -> None:
        self._last = {checked_symbol(symbol): 1}
        if symbol == self._symbol_before:
            raise ValueError(
                f"{symbol} stands twice in a row (two of them are {symbol}2)"
            )
        self._sums[-1].update(self._last)
        self._symbol_before = symbol

    def take_number(self, text: str) -> None:
        if not self._last:
            raise ValueError(f"the number {text} belongs to no element")
        if "." in text:
            raise ValueError(f"{text} is no whole number of atoms; write a multiple")
        if len(text) > _MOST_DIGITS or not int(text):
            raise ValueError(f"{text} is no number of atoms in a formula")
        more = int(text) - 1
        self._sums[-1].update({one: n * more for one, n in self._last.items()})
        self._forget()

    def take_bracket(self, bracket: str) -> None:
        self._forget()
        if bracket not in _CLOSING:
            self._opened.append(bracket)
            self._sums.append(Counter())
            return
        if not self._opened or self._opened.pop() != _CLOSING[bracket]:
            raise ValueError(f"{bracket!r} closes nothing")
        self._last = dict(self._sums.pop())
        self._sums[-1].update(self._last)

    def result(self) -> dict[str, int]:
        if self._opened:
            raise ValueError(f"{self._opened[-1]!r} is not closed")
        if not self._sums[0]:
            raise ValueError("it names no element")
        return dict(self._sums[0])

    def _forget(self) -> None:
        self._last, self._symbol_before = {}, ""


def _not_readable(text: str, at: int) -> str:
    lower = re.match(r"\s*([a-z]+)", text[at:])
    if lower is None:
        return f"{text[at]!r} cannot stand in a formula"
    return f"{lower[1]!r} is no element: symbols begin with a capital"
