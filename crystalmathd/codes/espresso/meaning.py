"""What a pw.x input asks for: the cell, the atoms, the pseudopotentials, the mesh."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.espresso import cells
from crystalmathd.codes.espresso.atoms import cartesian, structure
from crystalmathd.codes.espresso.cards import Card, card
from crystalmathd.codes.espresso.inputs import assignments, read_input, unquoted
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import ANGSTROM_PER_BOHR

_AXES: Final = 3
_MESH_WORDS: Final = 6
_OLD_WORDS: Final = ("cubic", "hexagonal")
"""Behind CELL_PARAMETERS before version 5: what the symmetry is, in units of alat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Species:
    label: str
    mass: float | None
    pseudopotential: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What was understood; what was not, or is not there, is None or empty.

    Atoms and cell by `space_group` are not: pw.x itself has to complete them.

    `alat_a`: the unit of `alat`, Å. `mesh`: of K_POINTS automatic; `gamma` is 1 1 1.
    """

    calculation: str
    ibrav: int | None
    n_atoms: int | None
    cutoff_ry: float | None
    alat_a: float | None
    lattice_a: tuple[Vector, ...]
    species: tuple[Species, ...]
    structure: Structure | None
    mesh: tuple[int, int, int] | None


def meaning(text: str) -> Meaning:
    """Read an input; lines that are not understood are passed over."""
    read = read_input(text)
    numbers = _numbers(text)
    ibrav = _whole(numbers, "ibrav")
    alat, lattice = _cell(text, ibrav, numbers)
    return Meaning(
        calculation=(read.value("calculation") or "scf").lower(),
        ibrav=ibrav,
        n_atoms=_whole(numbers, "nat"),
        cutoff_ry=numbers.get("ecutwfc"),
        alat_a=alat,
        lattice_a=lattice,
        species=_species(card(text, "ATOMIC_SPECIES")),
        structure=_structure(
            card(text, "ATOMIC_POSITIONS"), alat, lattice, _whole(numbers, "nat")
        ),
        mesh=_mesh(card(text, "K_POINTS")),
    )


def scale_a(option: str, alat_a: float | None) -> float | None:
    """Return Å per unit of a card; `alat` where nothing stands."""
    if option in {"", "alat", *_OLD_WORDS}:
        return alat_a
    return {"bohr": ANGSTROM_PER_BOHR, "angstrom": 1.0}.get(option)


def _numbers(text: str) -> Mapping[str, float]:
    """Return the numbers of &SYSTEM by name; a list goes to indices from 1 on."""
    found: dict[str, float] = {}
    for one in assignments(text):
        if one.namelist != "system":
            continue
        items = unquoted(one.value).replace(",", " ").split()
        values = [fortran_float(item) for item in items]
        is_array = one.name == "celldm"
        for n, value in enumerate(values, start=1):
            if value is not None and (n == 1 or is_array):
                found[f"{one.name}({n})" if is_array else one.name] = value
    return found


def _whole(numbers: Mapping[str, float], name: str) -> int | None:
    value = numbers.get(name)
    return None if value is None or not value.is_integer() else int(value)


def _cell(
    text: str, ibrav: int | None, numbers: Mapping[str, float]
) -> tuple[float | None, tuple[Vector, ...]]:
    if ibrav is None:
        return None, ()
    parameters = cells.celldm(numbers, ibrav)
    alat = parameters[0] * ANGSTROM_PER_BOHR or None
    if ibrav:
        return alat, cells.lattice_a(ibrav, parameters) or ()
    one = card(text, "CELL_PARAMETERS")
    vectors = () if one is None else _vectors(one)
    if one is None or len(vectors) != _AXES:
        return alat, ()
    option = one.option or ("alat" if alat else "bohr")
    scale = scale_a(option, alat)
    if scale is None:
        return None, ()
    lattice = tuple((x * scale, y * scale, z * scale) for x, y, z in vectors)
    return alat or math.hypot(*lattice[0]), lattice


def _vectors(one: Card) -> tuple[Vector, ...]:
    rows = [[fortran_float(w) for w in row.words[:_AXES]] for row in one.rows[:_AXES]]
    return tuple(
        (x, y, z)
        for x, y, z in (row for row in rows if len(row) == _AXES)
        if x is not None and y is not None and z is not None
    )


def _species(one: Card | None) -> tuple[Species, ...]:
    return tuple(
        Species(
            label=row.words[0],
            mass=fortran_float(row.words[1]),
            pseudopotential=row.words[2],
        )
        for row in (one.rows if one else ())
        if len(row.words) >= _AXES
    )


def _structure(
    one: Card | None,
    alat: float | None,
    lattice: tuple[Vector, ...],
    n_atoms: int | None,
) -> Structure | None:
    """Return the atoms; None where a coordinate is a formula (`1/3`)."""
    if one is None or not n_atoms or len(one.rows) < n_atoms or not lattice:
        return None
    is_fractional = one.option == "crystal"
    scale = 1.0 if is_fractional else scale_a(one.option, alat)
    labels, positions = [], []
    for row in one.rows[:n_atoms]:
        numbers = [fortran_float(word) for word in row.words[1 : 1 + _AXES]]
        if len(numbers) != _AXES or None in numbers or scale is None:
            return None
        x, y, z = (number * scale for number in numbers if number is not None)
        labels.append(row.words[0])
        positions.append(cartesian((x, y, z), lattice) if is_fractional else (x, y, z))
    return structure(labels, positions, lattice)


def _mesh(one: Card | None) -> tuple[int, int, int] | None:
    if one is None:
        return None
    if one.option == "gamma":
        return 1, 1, 1
    words = one.rows[0].words if one.rows else ()
    is_mesh = one.option == "automatic" and len(words) == _MESH_WORDS
    found = [n for one in words[:_AXES] if (n := whole_number(one)) is not None]
    is_whole = is_mesh and len(found) == _AXES
    return (found[0], found[1], found[2]) if is_whole else None
