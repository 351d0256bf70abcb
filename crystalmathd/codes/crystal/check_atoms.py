"""What is unlikely about the atoms of a cell: too near, too far, listed twice.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

import numpy as np

from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.deck import Deck, Geometry
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.contacts import OVERLAP, nearest
from crystalmathd.structures.kinds import vectors_of
from crystalmathd.structures.looks import covalent_radius_a
from crystalmathd.units import ANGSTROM_PER_BOHR

_VOLUME_A3: Final = (4.0, 150.0)
"""Per atom, not counting hydrogen: what crystals have."""

_BEYOND_A3: Final = 1e6
"""Per atom; a number above says nothing, or is infinite."""

_LOOSE_A3: Final = 20.0
"""Per atom: below it some are near each other, whatever they are."""

_FAR: Final = 1.7
"""Times the sum of covalent radii; of ionic crystals and alkali metals it is up to
1.2."""

_NEAR: Final = 0.7
_HYDROGEN: Final = 1
_NO_BONDS: Final = frozenset({0, 1, 2, 10, 18, 36, 54, 86})
"""Atoms that may be alone: ghosts, hydrogen in boxes, noble gases."""

_MOST_ATOMS: Final = 500
_APART: Final = (
    "give only atoms that the group does not make of each other, in the units of this"
    " geometry type"
)


def crowded_atoms(deck: Deck, error: DeckError, places: Places) -> InputFinding:
    """Return why atoms lie in each other, where that lets no cell be made."""
    cause = _cause(deck.geometry, places, ERROR)
    if cause is not None:
        return cause
    message = error.message[:1].upper() + error.message[1:]
    return places.at(error.line, OVERLAP, ERROR, message, fix=_APART)


def atom_findings(deck: Deck, cell: Cell, places: Places) -> Iterator[InputFinding]:
    """Yield the first thing that is unlikely, which the others would follow from."""
    with np.errstate(all="ignore"):  # the volume may be beyond all numbers
        found = chain(
            _distances(deck, cell, places),
            _small_volume(deck, cell, places),
            _far_apart(deck, cell, places),
            _large_volume(deck, cell, places),
        )
        first = list(islice(found, 1))
    yield from first


def structure_of(cell: Cell) -> Structure:
    """Return the atoms of a cell; those without a nucleus are ghosts."""
    marks = cell.marks or (0,) * len(cell.labels)
    return Structure(
        dimension=cell.dimension,
        lattice_a=vectors_of(cell.lattice_a[: cell.dimension]),
        atomic_numbers=tuple(
            0 if mark < 0 else label % 100
            for label, mark in zip(cell.labels, marks, strict=True)
        ),
        positions_a=vectors_of(cell.positions_a),
    )


def _distances(deck: Deck, cell: Cell, places: Places) -> Iterator[InputFinding]:
    """Yield the shortest distance, if atoms lie in each other."""
    found = nearest(structure_of(cell))
    if found is None:
        return
    distance, one, other = found
    cause = _cause(deck.geometry, places, found.severity)
    if cause is not None:
        yield cause
        return
    sources = [int(cell.sources[at]) for at in (one, other)]
    atoms = deck.geometry.atoms
    lines = [atoms[at].line for at in sources if at < len(atoms)]
    yield places.at(
        max(lines, default=deck.geometry.line),
        found.code,
        found.severity,
        f"With the symmetry applied, two atoms are {distance:.2f} Å apart.",
        fix=_APART,
    )


def _small_volume(deck: Deck, cell: Cell, places: Places) -> Iterator[InputFinding]:
    volume = _volume_a3(cell)
    if volume is None or volume >= _VOLUME_A3[0]:
        return
    cause = _cause(deck.geometry, places, WARNING)
    yield cause or places.at(
        deck.geometry.cell_line or deck.geometry.line,
        "geometry.volume",
        WARNING,
        f"A volume of {volume:.2g} Å³ per atom is unlikely for a crystal"
        f"{_made(deck.geometry, cell)}.",
        fix="give the lengths of the cell in Å, not in nm, and no atoms that others"
        " make by symmetry",
    )


def _made(geometry: Geometry, cell: Cell) -> str:
    """Return how many atoms the group makes of those that are given."""
    given, n_atoms = len(geometry.atoms), len(cell.labels)
    if n_atoms <= given:
        return ""
    line = Counter(cell.sources).most_common(1)[0][0]
    if line >= given:
        return ""
    return (
        f": the group makes {n_atoms} atoms of {given},"
        f" most of them of line {geometry.atoms[line].line}"
    )


def _far_apart(deck: Deck, cell: Cell, places: Places) -> Iterator[InputFinding]:
    """Yield that no atom has a neighbour, of elements that are never without."""
    numbers = {label % 100 for label in cell.labels}
    n_atoms = len(cell.labels)
    is_ghostly = any(mark < 0 for mark in cell.marks)
    if cell.dimension < len("xy") or numbers & _NO_BONDS or is_ghostly:
        return
    is_loose = cell.dimension < len("xyz") or cell.volume_a3 > _LOOSE_A3 * n_atoms
    if not is_loose or n_atoms > _MOST_ATOMS:
        return
    # scipy takes its time to begin with, and few cells come here.
    from crystalmathd.structures.neighbours import pairs_within  # noqa: PLC0415

    radii = np.array([covalent_radius_a(label % 100) for label in cell.labels])
    try:
        pairs = pairs_within(structure_of(cell), 2 * _FAR * 2 * float(radii.max()))
    except ValueError:  # too large a cell to be looked through
        return
    if not len(pairs.first):
        return
    ratios = pairs.distances_a / (radii[pairs.first] + radii[pairs.second])
    nearest_pair = int(np.argmin(ratios))
    ratio = float(ratios[nearest_pair])
    if ratio < _FAR:
        return
    lengths = deck.geometry.cell
    is_bohr = _NEAR < ratio * ANGSTROM_PER_BOHR < 1 / _NEAR and lengths
    yield places.at(
        deck.geometry.cell_line or deck.geometry.line,
        "geometry.volume",
        WARNING,
        f"No atom has a neighbour: the nearest two are"
        f" {float(pairs.distances_a[nearest_pair]):.2f} Å apart, {ratio:.1f} times"
        " what their covalent radii sum up to.",
        fix="give the lengths of the cell in Å"
        + (
            f": {lengths[0]:g} bohr are {lengths[0] * ANGSTROM_PER_BOHR:.4g} Å"
            if is_bohr
            else ""
        ),
    )


def _large_volume(deck: Deck, cell: Cell, places: Places) -> Iterator[InputFinding]:
    volume = _volume_a3(cell)
    if volume is None or volume <= _VOLUME_A3[1]:
        return
    is_told = volume < _BEYOND_A3
    what = f"A volume of {volume:.1f} Å³ per atom" if is_told else "This volume"
    yield places.at(
        deck.geometry.cell_line or deck.geometry.line,
        "geometry.volume",
        WARNING,
        f"{what} is unlikely for a crystal.",
        fix="give the lengths of the cell in Å, not in bohr or nm",
    )


def _volume_a3(cell: Cell) -> float | None:
    """Return the volume for each atom that is no hydrogen; None if there is none."""
    heavy = sum(label % 100 > _HYDROGEN for label in cell.labels)
    if cell.dimension != len("xyz") or not heavy:
        return None
    return cell.volume_a3 / heavy


def _cause(geometry: Geometry, places: Places, severity: str) -> InputFinding | None:
    """Return what makes atoms come too near each other, if the deck shows it."""
    for atom in geometry.atoms:
        fractions = atom.position[: geometry.dimension or 0]
        far = [x for x in fractions if abs(x) > 1]
        if far:
            return places.at(
                atom.line,
                "atoms.fractional",
                severity,
                f"The coordinate {max(far, key=abs):g} is read as a fraction of a cell"
                " vector, and atoms come to lie in each other.",
                fix="give fractional coordinates along the periodic directions, not Å",
            )
    return _other_origin(geometry, places, severity)


def _other_origin(
    geometry: Geometry, places: Places, severity: str
) -> InputFinding | None:
    """Return that the atoms are those of the group's other origin, if they are."""
    if geometry.kind != "CRYSTAL" or geometry.origin not in (0, 1):
        return None
    try:
        other = primitive_cell(replace(geometry, origin=1 - geometry.origin))
    except (DeckError, ArithmeticError, LookupError, ValueError):
        return None  # with the other origin no cell is made
    volume = _volume_a3(other)
    is_good = volume is not None and _VOLUME_A3[0] <= volume <= _VOLUME_A3[1]
    if not is_good or nearest(structure_of(other)) is not None:
        return None
    return places.at(
        geometry.atoms[0].line,
        "geometry.origin",
        severity,
        f"With IFSO {geometry.origin} the group makes too many of these atoms: they"
        f" seem to be seen from its other origin, with which there are"
        f" {len(other.labels)} in the primitive cell.",
        fix=f"give {1 - geometry.origin} as IFSO (line 3), or positions seen from the"
        " origin of this choice",
    )
