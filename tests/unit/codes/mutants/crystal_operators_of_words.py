"""Operators that change a keyword of a deck; see `crystal_operators`."""

import random

from tests.unit.codes.mutants.crystal_judge import DeckReading, PropertiesReading
from tests.unit.codes.mutants.lines_changed import Edit, misspelt, replaced

Either = DeckReading | PropertiesReading


def _keywords(deck: Either, shortest: int) -> list[int]:
    return sorted(
        line
        for line, role in deck.tape.roles.items()
        if role.startswith("keyword") and len(deck.tape.words(line)[0]) >= shortest
    )


def misspelt_keyword(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Swap two letters of a keyword, leave one out, write one twice or another."""
    found = _keywords(deck, 4)
    if not found:
        return None
    at = rng.choice(found)
    word = lines[at - 1].split()[0]
    changed = misspelt(word, rng, within=8)
    return replaced(lines, at, lines[at - 1].replace(word, changed, 1))


def small_letters(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Write a keyword in small letters."""
    found = _keywords(deck, 2)
    if not found:
        return None
    at = rng.choice(found)
    return replaced(lines, at, lines[at - 1].lower())


def misspelt_geometry(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Misspell the type of the geometry."""
    return replaced(lines, 2, misspelt(deck.kind, rng))


def misspelt_library(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Misspell the name of a basis set of the library."""
    found = [line for line, role in deck.tape.roles.items() if role == "library"]
    if not found:
        return None
    word = lines[found[0] - 1].strip()
    changed = misspelt(word, rng)
    return replaced(lines, found[0], changed)


def keyword_of_another_block(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Put TOLINTEG, which belongs to the SCF block, into the geometry."""
    del rng
    end = deck.geometry_end
    new = [*lines[: end - 1], "TOLINTEG", "7 7 7 7 14", *lines[end - 1 :]]
    return new, {end, end + 1}
