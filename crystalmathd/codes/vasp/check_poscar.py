"""What is wrong in a POSCAR: counts, flags, the cell, atoms that lie in each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.vasp import poscar, potcar
from crystalmathd.codes.vasp.check_lengths import length_findings
from crystalmathd.codes.vasp.inputs import other_species
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.codes.vasp.poscar_parts import parts_of
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.elements import atomic_number

_LINE: Final = re.compile(r"\blines? (\d+)")
_COMMA: Final = re.compile(r"(?<!\S)[-+]?\d*,\d+(?!\S)")
_VECTORS: Final = (3, 4, 5)
_FIRST_COUNT: Final = 5
_MOST_NAMED: Final = 5
_FLAGS: Final = frozenset("TF")


def check_poscar(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; the POTCAR among `beside` is compared."""
    places = Places(text, name)
    exchanged = _exchanged(places)
    if exchanged is not None:
        yield exchanged
        return
    comma = next(_commas(places), None) if "," in text else None
    if comma is not None:
        yield comma
        return
    try:
        read = poscar.parse(text)
    except InputRefusedError as error:
        yield _refused(str(error), places)
        return
    yield from _species(read, places)
    yield from _rows(read, places)
    yield from length_findings(read, places)
    datasets = potcar.parse(beside.get("POTCAR", b""))
    sentence = other_species(read, datasets) if datasets else None
    if sentence is not None:
        yield places.at(
            _FIRST_COUNT + 1,
            "potcar.species",
            ERROR,
            sentence,
            fix="give the POTCAR of the same species in the same order",
        )


def _commas(places: Places) -> Iterator[InputFinding]:
    """Yield the first number with a comma for its point; VASP parts two numbers there.

    In `1,0,0` and in `0.5, 0.5, 0.5` that is meant.
    """
    parts = parts_of(places.lines)
    rows = [*_VECTORS]
    if parts.first is not None:
        rows += range(parts.first, parts.first + parts.n_atoms)
    for number in rows:
        line = places.lines[number - 1] if number <= len(places.lines) else ""
        match = _COMMA.search(line) if "," in line else None
        if match is not None and len(line.split()) >= len("xyz"):
            word = match[0]
            place = places.at(
                number,
                "poscar.comma",
                ERROR,
                f"{shown(word)} has a comma for its point: VASP reads two numbers.",
                fix=f"write {word.replace(',', '.')}",
            )
            start, end = match.start() + 1, match.end() + 1
            yield replace(place, column=start, end_line=number, end_column=end)


def _exchanged(places: Places) -> InputFinding | None:
    """Return the finding of symbols that stand behind the numbers of atoms."""
    numbers, names = (
        [line.split() for line in places.lines[_FIRST_COUNT : _FIRST_COUNT + 2]]
        if len(places.lines) > _FIRST_COUNT + 1
        else ([], [])
    )
    is_sulphur = names == ["S"]  # or the S of Selective dynamics
    are_names = all(atomic_number(one) is not None for one in names)
    if not (names and are_names and len(names) == len(numbers)) or is_sulphur:
        return None
    if not all(one.isdecimal() for one in numbers):
        return None
    return places.at(
        _FIRST_COUNT + 1,
        "poscar.species",
        ERROR,
        "The symbols stand behind the numbers of atoms.",
        fix="exchange the two lines",
        last=_FIRST_COUNT + 2,
    )


def _refused(message: str, places: Places) -> InputFinding:
    """Return the reader's own words, with the place that they name."""
    match = _LINE.search(message)
    if match is not None:
        line = int(match[1])
    elif "names" in message:
        line = _FIRST_COUNT + 1
    else:
        line = len(places.lines)
    last = message.rsplit(maxsplit=1)[-1]
    code = {"factor": "poscar.scale", "lattice": "poscar.cell"}.get(
        last, "poscar.unreadable"
    )
    return places.at(line, code, ERROR, f"{message}.", fix=_fix(message))


def _fix(message: str) -> str:
    if "numbers of atoms" in message:
        return "give one number of atoms for each species"
    if "of" in message and "positions are there" in message:
        return "give as many positions as are counted"
    return ""


def _species(read: Poscar, places: Places) -> Iterator[InputFinding]:
    strangers = [
        at
        for at, name in enumerate(read.symbols)
        if atomic_number(poscar.element(name)) is None
    ]
    if strangers:
        names = ", ".join(shown(read.symbols[at]) for at in strangers[:_MOST_NAMED])
        yield places.at(
            _FIRST_COUNT + 1,
            "poscar.species",
            WARNING,
            f"{names}: no element." if strangers[1:] else f"{names} is no element.",
            word=strangers[0],
        )
    line = _FIRST_COUNT + (2 if read.symbols else 1)
    for at, count in enumerate(read.counts):
        if not count:
            yield places.at(
                line,
                "poscar.count",
                WARNING,
                "A species without an atom.",
                word=at,
            )
    given = places.lines[_FIRST_COUNT].split() if read.symbols else []
    words = [word for word in given if atomic_number(poscar.element(word)) is not None]
    if len(words) > len(read.counts) and len(words) == len(given):
        yield places.at(
            line,
            "poscar.count",
            ERROR,
            f"{len(words)} species are named, and {len(read.counts)} numbers of atoms"
            " given.",
            fix="give one number for each species",
        )


def _rows(read: Poscar, places: Places) -> Iterator[InputFinding]:
    stop = read.first + read.n_atoms
    behind = places.lines[stop].split() if stop < len(places.lines) else []
    numbers = [fortran_float(word) for word in behind[: len("xyz")]]
    if len(numbers) == len("xyz") and None not in numbers:
        yield places.at(
            stop + 1,
            "poscar.positions",
            WARNING,
            f"More positions stand here than the {read.n_atoms} that are counted.",
            fix="correct the numbers of atoms",
        )
    mode = places.lines[read.first - 1].strip()[:1].upper()
    if mode not in set("DCK"):
        yield places.at(
            read.first,
            "poscar.mode",
            WARNING,
            f"{shown(places.lines[read.first - 1])} stands where Direct or Cartesian"
            " should be: VASP takes it for Direct.",
            fix="write Direct",
        )
    for at in range(read.first, stop) if read.is_selective else ():
        flags = places.lines[at].split()[3:6]
        if len(flags) == len("xyz") and _FLAGS.issuperset(flags):
            continue
        letters = [word.lstrip(".")[:1].upper() for word in flags]
        if len(letters) < len("xyz") or not set(letters) <= _FLAGS:
            yield places.at(
                at + 1,
                "poscar.flags",
                ERROR if len(letters) < len("xyz") else WARNING,
                "With selective dynamics, three flags T or F stand behind a position.",
                fix="write T T T or F F F",
            )
            return
