"""Operators that put one fault into a good input of pw.x."""

import random
import re
from collections.abc import Callable, Iterator

from tests.unit.codes.mutants.lines_changed import (
    Edit,
    any_deleted,
    any_doubled,
    any_garbled,
    deleted,
    inserted,
    misspelt,
    replaced,
)
from tests.unit.codes.mutants.pw_judge import PwReading
from tests.unit.codes.mutants.verdicts import Mutant, mutant_of

Operator = Callable[[list[str], PwReading, random.Random], Edit | None]
_ROWS = {"species", "atom", "mesh", "number of points", "point", "vector"}


def mutants(read: PwReading, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    for name, operator in OPERATORS.items():
        yield from mutant_of(name, read.lines, operator, read, rng)


def _of(read: PwReading, *roles: str) -> list[int]:
    return [line for line, role in read.roles.items() if role in roles]


def _alone(read: PwReading, *keys: str) -> list[int]:
    """Return the lines on which one of these keys (or any) stands alone."""
    lines = list(read.where.values())
    return sorted(
        line
        for key, line in read.where.items()
        if lines.count(line) == 1
        and (not keys or key in keys)
        and read.roles[line] == "statement"
    )


def delete_row(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Take out a row of a card."""
    return any_deleted(lines, _of(read, *_ROWS), rng)


def duplicate_row(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Write a row of a card twice."""
    return any_doubled(lines, _of(read, *_ROWS), rng)


def garble_number(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Put a letter into a number of a mesh, a point or a vector."""
    rows = _of(read, "mesh", "number of points", "point", "vector")
    return any_garbled(lines, rows, rng)


def delete_statement(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Take out a key."""
    return any_deleted(lines, _alone(read), rng)


def delete_required(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Take out a key that pw.x cannot do without."""
    return any_deleted(lines, _alone(read, "ecutwfc", "nat", "ntyp", "ibrav"), rng)


def delete_slash(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Leave a namelist open."""
    closing = [at for at in read.closed.values() if lines[at - 1].strip() == "/"]
    return any_deleted(lines, closing, rng)


def delete_namelist_head(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Take out the line that opens a namelist."""
    heads = [
        line
        for name, line in read.opened.items()
        if read.closed[name] > line + 1 and len(lines[line - 1].split()) == 1
    ]
    return any_deleted(lines, heads, rng)


def delete_namelist(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Take out a whole namelist."""
    name = rng.choice(sorted(read.opened))
    first, last = read.opened[name], read.closed[name]
    return lines[: first - 1] + lines[last:], {1, first}


def swap_namelists(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Exchange &SYSTEM and &ELECTRONS."""
    del rng
    first, last = read.opened["system"], read.closed["system"]
    begin, end = read.opened["electrons"], read.closed["electrons"]
    middle = lines[last : begin - 1]
    new = lines[: first - 1] + lines[begin - 1 : end] + middle
    at = len(new) + 1
    return [*new, *lines[first - 1 : last], *lines[end:]], {first, at}


def misspelt_namelist(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Misspell the name of a namelist."""
    name = rng.choice(sorted(read.opened))
    at = read.opened[name]
    changed = misspelt(name, rng)
    row = re.sub(name, changed, lines[at - 1], count=1, flags=re.IGNORECASE)
    return replaced(lines, at, row)


def misspelt_key(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Swap two letters of a key, leave one out, write one twice or another."""
    of = _alone(read)
    if not of:
        return None
    at = rng.choice(of)
    key = re.split(r"[=(\s]", lines[at - 1].strip())[0]
    changed = misspelt(key, rng)
    return replaced(lines, at, lines[at - 1].replace(key, changed, 1))


def key_of_another_namelist(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Put a key of &SYSTEM into &ELECTRONS."""
    del rng
    at = read.opened["electrons"]
    return inserted(lines, at, "  tot_charge = 0.0")


def no_equals(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Leave out the = sign."""
    of = _alone(read)
    if not of:
        return None
    at = rng.choice(of)
    return replaced(lines, at, lines[at - 1].replace("=", " ", 1))


def no_quotes(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Leave out the quotes of a string."""
    of = [at for at in _alone(read) if lines[at - 1].count("'") == 2]
    if not of:
        return None
    at = rng.choice(of)
    return replaced(lines, at, lines[at - 1].replace("'", ""))


def word_for_number(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Write a string where a number stands."""
    of = _alone(read, "ecutwfc", "ecutrho", "nat", "ntyp", "conv_thr", "mixing_beta")
    if not of:
        return None
    at = rng.choice(of)
    row = re.sub(r"=.*", "= 'high'", lines[at - 1])
    return replaced(lines, at, row)


def misspelt_option(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Misspell what is to be calculated, or how states are occupied."""
    of = _alone(read, "calculation", "occupations", "diagonalization")
    if not of:
        return None
    at = rng.choice(of)
    match = re.search(r"'\s*([\w-]+)", lines[at - 1])
    if match is None:
        return None
    return replaced(lines, at, lines[at - 1].replace(match[1], f"{match[1]}q", 1))


def count_of_atoms(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Count more atoms than are listed."""
    del rng
    return _one_more(lines, read, "nat")


def count_of_species(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Count more species than are listed."""
    del rng
    return _one_more(lines, read, "ntyp")


def _one_more(lines: list[str], read: PwReading, key: str) -> Edit:
    at = read.where[key]
    pattern = re.compile(rf"({key}\s*=\s*)(\d+)", re.IGNORECASE)
    row = pattern.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", lines[at - 1])
    return replaced(lines, at, row)


def delete_card(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Take out the head of a card."""
    heads = [line for line, role in read.roles.items() if role.startswith("card")]
    return any_deleted(lines, heads, rng)


def misspelt_card(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Misspell the head of a card."""
    cards = {f"card {name}" for name in ("ATOMIC_SPECIES", "ATOMIC_POSITIONS")}
    of = _of(read, *cards, "card K_POINTS")
    if not of:
        return None
    at = rng.choice(sorted(of))
    word = lines[at - 1].split()[0]
    changed = misspelt(word, rng)
    return replaced(lines, at, lines[at - 1].replace(word, changed, 1))


def misspelt_unit(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Misspell the unit of a card."""
    of = [
        line
        for line, role in read.roles.items()
        if role.startswith("card") and len(lines[line - 1].split()) == 2
    ]
    if not of:
        return None
    at = rng.choice(sorted(of))
    name, unit = lines[at - 1].split()
    bare = unit.strip("{}()")
    return replaced(lines, at, f"{name} {bare[:2]}q{bare[2:]}")


def other_label(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Give an atom a label that no species has."""
    of = _of(read, "atom")
    if not of:
        return None
    at = rng.choice(sorted(of))
    return replaced(lines, at, " ".join(["Xy", *lines[at - 1].split()[1:]]))


def coordinate_left_out(
    lines: list[str], read: PwReading, rng: random.Random
) -> Edit | None:
    """Leave out the last number of a row."""
    of = [at for at in _of(read, "atom", "vector") if len(lines[at - 1].split()) < 5]
    of += _of(read, "mesh")
    if not of:
        return None
    at = rng.choice(sorted(of))
    return replaced(lines, at, " ".join(lines[at - 1].split()[:-1]))


def cut(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Leave out the end of the input, from a card on."""
    heads = [line for line, role in read.roles.items() if role.startswith("card")]
    at = rng.choice(sorted(heads))
    return lines[: at - 1], {at - 1}


def double_slash(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Close a namelist twice."""
    closing = [at for at in read.closed.values() if lines[at - 1].strip() == "/"]
    return any_doubled(lines, closing, rng)


def bare_word(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Put a remark without ! into a namelist."""
    name = rng.choice(sorted(read.opened))
    return inserted(lines, read.opened[name], "  see the paper")


def cell_left_out(lines: list[str], read: PwReading, rng: random.Random) -> Edit | None:
    """Take out the lattice of an input with ibrav = 0."""
    del rng
    heads = _of(read, "card CELL_PARAMETERS")
    if not heads:
        return None
    at = heads[0]
    for _ in range(4):
        lines = deleted(lines, at)[0]
    return lines, {at}


OPERATORS: dict[str, Operator] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(delete_row, duplicate_row, garble_number, delete_statement),
        *(delete_required, delete_slash, delete_namelist_head, delete_namelist),
        *(swap_namelists, misspelt_namelist, misspelt_key, key_of_another_namelist),
        *(no_equals, no_quotes, word_for_number, misspelt_option, count_of_atoms),
        *(count_of_species, delete_card, misspelt_card, misspelt_unit, other_label),
        *(coordinate_left_out, cut, double_slash, bare_word, cell_left_out),
    )
}
