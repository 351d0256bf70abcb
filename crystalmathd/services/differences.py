"""Subtracting energies, or saying why that would mean nothing. No I/O."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from crystalmathd.models.comparisons import (
    Comparable,
    EnergyDifference,
    Method,
    Obstacle,
)
from crystalmathd.models.structures import Vector

CONVERGED: Final = "converged"
MOST_SHOWN: Final = 200
DEFAULT: Final = "default"
_AXES: Final = 3
_SLACK: Final = 1e-6


def energy_difference(first: Comparable, second: Comparable) -> EnergyDifference:
    """Return second minus first, per cell and per atom."""
    remarks: list[str] = []
    obstacles = tuple(_obstacles(first, second, remarks))
    if obstacles or first.energy_ev is None or second.energy_ev is None:
        return EnergyDifference(obstacles=obstacles, remarks=tuple(remarks))
    per_cell = per_atom = None
    if first.n_atoms and second.n_atoms:
        per_atom = second.energy_ev / second.n_atoms - first.energy_ev / first.n_atoms
    if first.n_atoms == second.n_atoms:
        per_cell = second.energy_ev - first.energy_ev
    return EnergyDifference(
        per_cell_ev=per_cell, per_atom_ev=per_atom, remarks=tuple(remarks)
    )


def _obstacles(
    first: Comparable, second: Comparable, remarks: list[str]
) -> Iterator[Obstacle]:
    one, other = first.method, second.method
    for what, a, b in (
        ("code", one.code, other.code),
        ("functional", one.functional, other.functional),
        ("energy kind", first.energy_kind, second.energy_kind),
        ("formula", first.reduced_formula, second.reduced_formula),
    ):
        if a is None or b is None:
            yield from _unknown(what, a, b, remarks)
        elif a != b:
            yield _obstacle(what, a, b)
    for which in (first, second):
        if which.energy_ev is None:
            yield _obstacle("energy", _energy(first), _energy(second))
            break
    if {first.grade, second.grade} != {CONVERGED}:
        yield _obstacle("grade", first.grade, second.grade)
    yield from _bases(one.bases, other.bases, remarks)
    yield from _orbitals(first, second)
    yield from _tolerances(one, other, remarks)
    yield from _meshes(first, second, remarks)


def _unknown(
    what: str, a: str | None, b: str | None, remarks: list[str]
) -> Iterator[Obstacle]:
    """Yield an obstacle if only one is known; that neither is, is a remark."""
    if a is None and b is None:
        remarks.append(f"{what}: not known of either")
    else:
        yield _obstacle(what, a or "not known", b or "not known")


def _energy(one: Comparable) -> str:
    return "none" if one.energy_ev is None else f"{one.energy_ev:.6f} eV"


def _bases(
    first: Mapping[str, str] | None,
    second: Mapping[str, str] | None,
    remarks: list[str],
) -> Iterator[Obstacle]:
    if first is None or second is None:
        a, b = (None if one is None else "known" for one in (first, second))
        yield from _unknown("basis or potentials", a, b, remarks)
        return
    for label in sorted({*first, *second}):
        a, b = first.get(label), second.get(label)
        if a != b:
            yield _obstacle(f"basis or potential of {label}", a or "none", b or "none")


def _orbitals(first: Comparable, second: Comparable) -> Iterator[Obstacle]:
    """Yield an obstacle if the numbers of basis functions tell of other bases.

    Where no input is known, they are all that is printed of a basis.
    """
    sides = [
        None if not one.n_orbitals or not one.n_atoms else one.n_orbitals / one.n_atoms
        for one in (first, second)
    ]
    is_one_formula = first.reduced_formula == second.reduced_formula
    if None not in sides and is_one_formula and sides[0] != sides[1]:
        yield _obstacle("basis functions per atom", f"{sides[0]:g}", f"{sides[1]:g}")


def _tolerances(one: Method, other: Method, remarks: list[str]) -> Iterator[Obstacle]:
    first, second = one.tolerances, other.tolerances
    if first is None or second is None:
        a, b = (None if seen is None else "known" for seen in (first, second))
        yield from _unknown("tolerances", a, b, remarks)
        return
    for name in sorted({*first, *second}):
        a, b = first.get(name, DEFAULT), second.get(name, DEFAULT)
        if a != b:
            yield _obstacle(name, a, b)
    if one.defaults != other.defaults:
        a, b = (f"version {m.defaults or 'not known'}" for m in (one, other))
        yield _obstacle("defaults", a, b)


def _meshes(
    first: Comparable, second: Comparable, remarks: list[str]
) -> Iterator[Obstacle]:
    a, b = (_mesh_text(one) for one in (first, second))
    if a is None or b is None:
        if len(first.lattice_a) or len(second.lattice_a):
            yield from _unknown("mesh", a, b, remarks)
        return
    # Counts are kept along a series of volumes of one cell.
    is_kept = a == b and first.n_atoms == second.n_atoms
    if not is_kept and not _have_one_rule(first, second):
        yield _obstacle("mesh", a, b)


def _mesh_text(one: Comparable) -> str | None:
    return None if one.mesh is None else "×".join(map(str, one.mesh))


def _have_one_rule(first: Comparable, second: Comparable) -> bool:
    """Tell whether one distance between k-points gives both meshes.

    n points along a reciprocal vector of length b are what a rule "at most h apart"
    gives for b/n ≤ h < b/(n - 1): there must be an h for all vectors of both cells.
    """
    low, high = 0.0, math.inf
    for one in (first, second):
        lengths = reciprocal_lengths(one.lattice_a)
        if one.mesh is None or len(lengths) != _AXES:
            return False
        for number, length in zip(one.mesh, lengths, strict=True):
            low = max(low, length / number)
            high = min(high, length / (number - 1) if number > 1 else math.inf)
    return low <= high * (1 + _SLACK)


def reciprocal_lengths(lattice: tuple[Vector, ...]) -> tuple[float, ...]:
    """Return 1/d of the three reciprocal vectors, without 2π; empty unless 3D."""
    if len(lattice) != _AXES:
        return ()
    a, b, c = lattice
    faces = _cross(b, c), _cross(c, a), _cross(a, b)
    volume = abs(math.fsum(x * y for x, y in zip(a, faces[0], strict=True)))
    return tuple(math.hypot(*face) / volume for face in faces) if volume else ()


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def _obstacle(what: str, first: str, second: str) -> Obstacle:
    return Obstacle(what=what, first=first[:MOST_SHOWN], second=second[:MOST_SHOWN])


def method_fingerprint(method: Method, energy_kind: str | None) -> str | None:
    """Return what is the same for energies of one method; None if it is not known.

    The mesh and the grade are no part of it: a series over meshes has one fingerprint.
    """
    known = (method.functional, method.bases, method.tolerances, energy_kind)
    if any(one is None for one in known):
        return None
    text = msgspec.json.encode((method, energy_kind), order="deterministic")
    return hashlib.sha256(text).hexdigest()[:16]
