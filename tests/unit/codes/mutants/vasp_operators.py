"""Operators that put one fault into a good POSCAR, KPOINTS or INCAR."""

import random
import re
from collections.abc import Callable, Iterator

from tests.unit.codes.mutants.incar_judge import IncarReading, Statement
from tests.unit.codes.mutants.lines_changed import (
    Edit,
    any_deleted,
    any_doubled,
    any_exchanged,
    any_garbled,
    deleted,
    inserted,
    misspelt,
    replaced,
)
from tests.unit.codes.mutants.vasp_judge import Reading
from tests.unit.codes.mutants.verdicts import Mutant, mutant_of

_PLAIN = re.compile(
    r"[+-]?[\d.]+([eE][+-]?\d+)?$|\.?(TRUE|FALSE|T|F)\.?$", re.IGNORECASE
)
Operator = Callable[[list[str], Reading, random.Random], Edit | None]
IncarOperator = Callable[[list[str], list[Statement], random.Random], Edit | None]


def mutants_of_poscar(read: Reading, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    for name, operator in POSCAR_OPERATORS.items():
        yield from mutant_of(name, read.lines, operator, read, rng)


def mutants_of_kpoints(read: Reading, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    for name, operator in KPOINTS_OPERATORS.items():
        yield from mutant_of(name, read.lines, operator, read, rng)


def mutants_of_incar(read: IncarReading, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    said = read.said
    alone = [one for one in said if sum(o.line == one.line for o in said) == 1]
    for name, operator in INCAR_OPERATORS.items() if alone else ():
        yield from mutant_of(name, read.lines, operator, alone, rng)


def _of(read: Reading, *roles: str) -> list[int]:
    return [line for line, role in read.roles.items() if role in roles]


def delete_line(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Take out a line."""
    return any_deleted(lines, list(read.roles), rng)


def duplicate_line(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Write a line twice."""
    return any_doubled(lines, list(read.roles), rng)


def exchange_lines(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Exchange a line of the head with the one below."""
    rows = {"position", "point", "end", "comment", "vector"}
    heads = [line for line, role in read.roles.items() if role not in rows]
    return any_exchanged(lines, heads, rng)


def garble_number(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Put a letter into a number, as a slip of the finger does."""
    words = {"comment", "species", "selective", "mode", "style", "unit"}
    of = [line for line, role in read.roles.items() if role not in words]
    return any_garbled(lines, of, rng)


def cut(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Leave out the end of the file."""
    del read
    at = rng.randrange(2, len(lines))
    return lines[:at], {at}


def wrong_count(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Count more or fewer atoms, or points, than are listed."""
    of = _of(read, "counts")
    if not of and "point" in read.roles.values():
        of = _of(read, "number")
    if not of:
        return None
    words = lines[of[0] - 1].split()
    at = rng.randrange(len(words)) if all(w.isdigit() for w in words) else 0
    words[at] = str(int(words[at]) + rng.choice([-1, 1, 2]) or int(words[at]) + 1)
    return replaced(lines, of[0], " ".join(words))


def no_element(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Misspell a species."""
    of = _of(read, "species")
    if not of:
        return None
    words = lines[of[0] - 1].split()
    words[rng.randrange(len(words))] = rng.choice(["Xq", "Qe", "Zz", "Jo"])
    return replaced(lines, of[0], " ".join(words))


def species_left_out(
    lines: list[str], read: Reading, rng: random.Random
) -> Edit | None:
    """Name one species less, or count one more."""
    of = _of(read, "species")
    if not of:
        return None
    at = of[0] + rng.randrange(2)
    return replaced(lines, at, f"{lines[at - 1]} {'O' if at == of[0] else '1'}")


def coordinate_left_out(
    lines: list[str], read: Reading, rng: random.Random
) -> Edit | None:
    """Leave out the last coordinate of a row without flags, or the last flag."""
    of = _of(read, "position", "vector")
    at = rng.choice(sorted(of)) if of else None
    if at is None or len(lines[at - 1].split()) not in {3, 6}:
        return None
    return replaced(lines, at, " ".join(lines[at - 1].split()[:-1]))


def flat_cell(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Write a vector in the place of another."""
    of = _of(read, "vector")
    if not of:
        return None
    one, other = rng.sample(of, 2)
    return replaced(lines, one, lines[other - 1])[0], set(of)


def zero(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Write 0 for the scale, or for a number of divisions."""
    del rng
    of = _of(read, "scale", "divisions")
    if not of:
        return None
    return replaced(lines, of[0], " ".join(["0", *lines[of[0] - 1].split()[1:]]))


def atom_twice(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Write the position of one atom for another."""
    of = _of(read, "position")
    if len(of) < 2:
        return None
    one, other = rng.sample(of, 2)
    return replaced(lines, one, lines[other - 1])[0], {one, other}


def negative_number(lines: list[str], read: Reading, rng: random.Random) -> Edit | None:
    """Put a minus sign before a count or a division."""
    of = _of(read, "counts", "divisions", "number")
    if not of:
        return None
    at = rng.choice(sorted(of))
    return replaced(lines, at, f"-{lines[at - 1].strip()}")


POSCAR_OPERATORS: dict[str, Operator] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(delete_line, duplicate_line, exchange_lines, garble_number, cut),
        *(wrong_count, no_element, species_left_out, coordinate_left_out),
        *(flat_cell, zero, atom_twice, negative_number),
    )
}
KPOINTS_OPERATORS: dict[str, Operator] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(delete_line, duplicate_line, exchange_lines, garble_number, cut),
        *(wrong_count, zero, negative_number),
    )
}


def delete_tag(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Take out a tag."""
    return deleted(lines, rng.choice(said).line)


def misspelt_tag(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Swap two letters of a tag, leave one out, write one twice or another."""
    one = rng.choice([one for one in said if len(one.tag) > 3] or said)
    changed = misspelt(one.tag, rng)
    row = re.sub(one.tag, changed, lines[one.line - 1], count=1, flags=re.IGNORECASE)
    return replaced(lines, one.line, row)


def no_equals(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Leave out the = sign."""
    one = rng.choice(said)
    return replaced(lines, one.line, lines[one.line - 1].replace("=", " ", 1))


def no_value(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Leave out the value."""
    one = rng.choice(said)
    return replaced(lines, one.line, f"{one.tag} =")


def tag_twice(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Give a tag once more with another value, at the end."""
    numbers = [one for one in said if one.value.isdigit()]
    if not numbers:
        return None
    one = rng.choice(numbers)
    new = inserted(lines, len(lines), f"{one.tag} = {int(one.value) + 1}")
    return new[0], {one.line, len(lines) + 1}


def word_for_number(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Write a word where a number or a logical stands."""
    of = [one for one in said if _PLAIN.match(one.value)]
    if not of:
        return None
    one = rng.choice(of)
    return replaced(lines, one.line, f"{one.tag} = {rng.choice(['many', 'xy'])}")


def letter_in_number(
    lines: list[str], said: list[Statement], rng: random.Random
) -> Edit | None:
    """Put a letter at the begin of a number."""
    of = [one for one in said if one.value[:1].isdigit() and one.tag != "SYSTEM"]
    if not of:
        return None
    one = rng.choice(of)
    return replaced(lines, one.line, f"{one.tag} = O{one.value[1:]}")


INCAR_OPERATORS: dict[str, IncarOperator] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(delete_tag, misspelt_tag, no_equals, no_value, tag_twice),
        *(word_for_number, letter_in_number),
    )
}
