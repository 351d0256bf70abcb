"""Operators that put one fault into a good deck, as people and scripts do it.

Each takes the lines, what the judge read there, and a source of chance; it returns
the changed lines and the lines (from 1, of the changed text) that it touched, or None
where it has nothing to work on.
"""

import random
from collections.abc import Callable, Iterator

from tests.unit.codes.mutants.crystal_judge import DeckReading, PropertiesReading
from tests.unit.codes.mutants.crystal_operators_of_words import (
    keyword_of_another_block,
    misspelt_geometry,
    misspelt_keyword,
    misspelt_library,
    small_letters,
)
from tests.unit.codes.mutants.lines_changed import (
    Edit,
    any_deleted,
    any_doubled,
    any_exchanged,
    any_garbled,
    inserted,
    replaced,
)
from tests.unit.codes.mutants.verdicts import Mutant, mutant_of

Operator = Callable[[list[str], DeckReading, random.Random], Edit | None]
Either = DeckReading | PropertiesReading
EitherOperator = Callable[[list[str], Either, random.Random], Edit | None]

_NUMBERS = {
    *("flags", "group", "cell", "count", "atom", "data"),
    *("entry", "shell", "primitive", "potential head", "potential term"),
}


def mutants(deck: DeckReading, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    for name, operator in OPERATORS.items():
        yield from mutant_of(name, deck.tape.lines, operator, deck, rng)


def mutants_of_properties(
    read: PropertiesReading, rng: random.Random
) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    for name, operator in PROPERTIES_OPERATORS.items():
        yield from mutant_of(name, read.tape.lines, operator, read, rng)


def _with(deck: Either, *roles: str) -> list[int]:
    return [line for line, role in deck.tape.roles.items() if role in roles]


def _ends(deck: Either) -> list[int]:
    return [line for line, role in deck.tape.roles.items() if role.startswith("end ")]


def _any(rng: random.Random, lines: list[int]) -> int | None:
    return rng.choice(sorted(lines)) if lines else None


def delete_record(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Take out a record of numbers."""
    return any_deleted(lines, _with(deck, *_NUMBERS), rng)


def duplicate_record(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Write a record of numbers twice."""
    return any_doubled(lines, _with(deck, *_NUMBERS), rng)


def exchange_records(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Exchange a record of numbers with the line below it."""
    return any_exchanged(lines, _with(deck, *_NUMBERS), rng)


def garble_number(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Put a letter into a number, as a slip of the finger does."""
    return any_garbled(lines, _with(deck, *_NUMBERS - {"group"}), rng)


def delete_keyword(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Take out the line of a keyword and leave what belongs to it."""
    return any_deleted(lines, _keywords(deck), rng)


def _keywords(deck: Either) -> list[int]:
    return [line for line, role in deck.tape.roles.items() if role[:7] == "keyword"]


def drop_end(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Take out the END of a block."""
    return any_deleted(lines, _ends(deck), rng)


def double_end(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Write the END of a block twice."""
    return any_doubled(lines, _ends(deck), rng)


def end_before_library(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Close the geometry before BASISSET, which closes it itself."""
    at = _any(rng, _with(deck, "basisset"))
    return None if at is None else inserted(lines, at - 1, "END")


def count_of_atoms(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Count more or fewer atoms than are listed."""
    at = _any(rng, _with(deck, "count"))
    if at is None:
        return None
    count = deck.n_atoms + rng.choice([-1, 1, 2])
    return replaced(lines, at, str(count or deck.n_atoms + 1))


def count_of_shells(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Count more or fewer shells than a basis set has."""
    entries = [entry for entry in deck.entries if entry.shells]
    if not entries:
        return None
    entry = rng.choice(entries)
    count = len(entry.shells) + rng.choice([-1, 1])
    return replaced(lines, entry.line, f"{entry.label} {count or 2}")


def count_of_primitives(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Count more or fewer primitives than a shell has."""
    at = _any(
        rng, [at for at in _with(deck, "shell") if lines[at - 1].split()[0] == "0"]
    )
    if at is None:
        return None
    words = lines[at - 1].replace(",", " ").split()
    words[2] = str(int(words[2]) + rng.choice([-1, 1]) or 2)
    return replaced(lines, at, " ".join(words))


def count_of_list(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Count more or fewer records than follow a keyword that counts them."""
    names = {"FRAGMENT", "ATOMDISP", "ATOMREMO", "ATOMSUBS", "ATOMSPIN", "GHOSTS"}
    counted = [one.line + 1 for one in deck.blocks.said if one.name in names]
    at = _any(rng, counted)
    if at is None or len(lines[at - 1].split()) != 1:
        return None
    return replaced(lines, at, str(int(lines[at - 1]) + 1))


def wrong_group(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Give a number that is no group of that geometry."""
    at = _any(rng, _with(deck, "group"))
    if at is None or not lines[at - 1].strip().isdigit():
        return None
    return replaced(lines, at, rng.choice(["231", "300", "999", "0"]))


def other_group(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Give a group of another system, whose minimal cell has more values."""
    at = _any(rng, _with(deck, "group"))
    if at is None or deck.kind != "CRYSTAL" or not lines[at - 1].strip().isdigit():
        return None
    return replaced(lines, at, rng.choice(["1", "14", "62"]))


def swapped_blocks(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Put the SCF block before the basis sets."""
    del rng
    end = deck.tape.line - 1
    if not deck.entries or deck.scf_begin == end:
        return None
    first, middle = deck.geometry_end, deck.scf_begin - 1
    new = lines[:first] + lines[middle:end] + lines[first:middle] + lines[end:]
    return new, {first, first + 1}


def missing_basis(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Take out the basis set of one kind of atom."""
    used = [entry for entry in deck.entries if entry.label in deck.atoms]
    if len(used) < len("ab"):
        return None
    entry = rng.choice(used)
    heads = _with(deck, "entry", "terminator")
    stop = min(line for line in heads if line > entry.line)
    places = {entry.line, deck.atoms[entry.label]}
    return lines[: entry.line - 1] + lines[stop - 1 :], places


def missing_terminator(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Take out 99 0."""
    return any_deleted(lines, _with(deck, "terminator"), rng)


def bad_charge(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Change the electrons of one shell, where all atoms are neutral."""
    used = [entry for entry in deck.entries if entry.label in deck.atoms]
    if not used or any(entry.excess is None or entry.excess for entry in used):
        return None
    line, _, electrons = rng.choice([s for entry in used for s in entry.shells])
    words = lines[line - 1].replace(",", " ").split()
    words[3] = f"{electrons + (rng.choice([-1, 1]) if electrons else 1):g}"
    return replaced(lines, line, " ".join(words))


def negative_exponent(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Give a primitive a negative exponent."""
    at = _any(rng, _with(deck, "primitive"))
    return None if at is None else replaced(lines, at, f"-{lines[at - 1].strip()}")


def symbol_of_element(
    lines: list[str], deck: DeckReading, rng: random.Random
) -> Edit | None:
    """Write a symbol where the number of an atom stands, as other codes want it."""
    at = _any(rng, _with(deck, "atom"))
    if at is None:
        return None
    return replaced(lines, at, " ".join(["Mg", *lines[at - 1].split()[1:]]))


def blank_line(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Put a blank line before a keyword."""
    at = _any(rng, _keywords(deck))
    return None if at is None else inserted(lines, at - 1, "")


def comment(lines: list[str], deck: Either, rng: random.Random) -> Edit | None:
    """Put a remark before a keyword."""
    at = _any(rng, _keywords(deck))
    text = rng.choice(["# tight", "! tight"])
    return None if at is None else inserted(lines, at - 1, text)


def cut(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Leave out the end of the deck, from a keyword of the SCF block on."""
    at = _any(rng, _with(deck, "keyword of scf"))
    return None if at is None else (lines[: at - 1], {at - 1})


def no_title(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Begin with the geometry type."""
    del deck, rng
    return lines[1:], {1}


def two_titles(lines: list[str], deck: DeckReading, rng: random.Random) -> Edit | None:
    """Write the title on two lines."""
    del deck, rng
    return inserted(lines, 1, "found by X-rays")


PROPERTIES_OPERATORS: dict[str, EitherOperator] = {
    operator.__name__.replace("_", "-"): operator
    for operator in (
        *(delete_record, duplicate_record, exchange_records, garble_number),
        *(delete_keyword, drop_end, double_end, blank_line, comment),
        *(misspelt_keyword, small_letters),
    )
}
OPERATORS: dict[str, Operator] = {
    **PROPERTIES_OPERATORS,
    **{
        operator.__name__.replace("_", "-"): operator
        for operator in (
            *(end_before_library, count_of_atoms, count_of_shells),
            *(count_of_primitives, count_of_list, wrong_group, other_group),
            *(swapped_blocks, missing_basis, missing_terminator, bad_charge),
            *(negative_exponent, symbol_of_element, cut, no_title, two_titles),
            *(misspelt_geometry, misspelt_library, keyword_of_another_block),
        )
    },
}
