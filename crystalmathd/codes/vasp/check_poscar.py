"""What is wrong in a POSCAR: counts, flags, the cell, atoms that lie in each other."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.vasp import poscar, potcar
from crystalmathd.codes.vasp.inputs import other_species
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.contacts import Near, closest_pair, fractions_of
from crystalmathd.structures.elements import atomic_number

_LINE: Final = re.compile(r"\blines? (\d+)")
_VOLUME_A3: Final = 3.0
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
    try:
        read = poscar.parse(text)
    except InputRefusedError as error:
        yield _refused(str(error), places)
        return
    except OverflowError:
        yield places.at(2, "poscar.cell", ERROR, "The cell is too large to be one.")
        return
    yield from _lattice(read, places)
    yield from _species(read, places)
    yield from _rows(read, places)
    yield from _overlaps(read, places)
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


def _lattice(read: Poscar, places: Places) -> Iterator[InputFinding]:
    (a, b, c), (d, e, f), (g, h, i) = read.lattice_a
    triple = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if triple < 0:
        yield places.at(
            3,
            "poscar.left-handed",
            WARNING,
            "The three vectors are left-handed: VASP asks for two to be exchanged.",
            fix="exchange two vectors, and their coordinates",
            last=5,
        )
    volume = abs(triple) / read.n_atoms
    if volume < _VOLUME_A3:
        yield places.at(
            2,
            "poscar.volume",
            WARNING,
            f"{volume:.2f} Å³ for each atom is unlikely.",
            fix="correct the scale (line 2) or the vectors",
        )


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


def _overlaps(read: Poscar, places: Places) -> Iterator[InputFinding]:
    found = _closest(read)
    if found is None:
        return
    distance, one, other = found
    yield places.at(
        read.first + 1 + other,
        found.code,
        found.severity,
        f"Atoms {one + 1} and {other + 1} are {distance:.2f} Å apart.",
        fix="delete one of them, or correct the coordinates",
    )


def _closest(read: Poscar) -> Near | None:
    if not read.is_cartesian:
        return closest_pair(read.positions, read.lattice_a)
    structure = read.structure(("H",) * len(read.counts))
    if structure is None:
        return None
    fractions = fractions_of(structure.positions_a, read.lattice_a)
    return closest_pair(fractions, read.lattice_a) if fractions else None
