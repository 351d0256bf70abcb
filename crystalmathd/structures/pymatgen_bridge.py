"""Structures of pymatgen as ours, and ours as pymatgen's.

pymatgen is imported when a function is called: only in a worker.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS, symbol

VACUUM_A: Final = 15.0
"""What lies between images along a direction in which nothing repeats: pymatgen has
three vectors always, and says by `pbc` which of them are formal."""
WHOLE: Final = 1e-6
"""An occupancy that differs by less from one is one."""


class Bridged(NamedTuple):
    """A structure and what else pymatgen knew of it; as in `SourcedStructure`."""

    structure: Structure
    moments_ub: tuple[float, ...]
    charge: float
    partial: tuple[str, ...]


def to_structure(given: Any) -> Bridged:  # noqa: ANN401 - Structure or Molecule
    """Return a pymatgen `Structure` or `Molecule` as data, atoms in the same order.

    The directions of a lattice whose `pbc` is false are no lattice vectors here. Where
    several elements share a site the commonest stands there, and a sentence in
    `partial` says so. Moments that are vectors are not taken: ours are collinear.
    """
    lattice = _periodic(given)
    structure = Structure(
        dimension=len(lattice),
        lattice_a=lattice,
        atomic_numbers=tuple(_number(_commonest(site)) for site in given),
        positions_a=tuple(_vector(site.coords) for site in given),
        labels=_labels(given),
    )
    # The property `charge` of pymatgen adds up oxidation states if none was given.
    charge = float(getattr(given, "_charge", None) or 0.0)
    partial = tuple(
        said for number, site in enumerate(given, 1) if (said := _shared(number, site))
    )
    return Bridged(structure, _moments(given), charge, partial)


def to_pymatgen(sourced: SourcedStructure) -> Any:  # noqa: ANN401
    """Return a pymatgen `Structure`, of a molecule a `Molecule`.

    Slabs and polymers get formal vectors with `VACUUM_A` between images, perpendicular
    to the others, and `pbc` says that they are formal. Ghosts become `X`.
    """
    from pymatgen.core.lattice import Lattice  # noqa: PLC0415
    from pymatgen.core.periodic_table import DummySpecies, Element  # noqa: PLC0415
    from pymatgen.core.structure import Molecule  # noqa: PLC0415
    from pymatgen.core.structure import Structure as Periodic  # noqa: PLC0415

    structure = sourced.structure
    species = [
        Element(symbol(number)) if number else DummySpecies("X", oxidation_state=0)
        for number in structure.atomic_numbers
    ]
    known: dict[str, Any] = {"labels": structure.labels or None}
    if sourced.moments_ub:
        known["site_properties"] = {"magmom": list(sourced.moments_ub)}
    if not structure.lattice_a:
        return Molecule(
            species, structure.positions_a, charge=sourced.charge or 0, **known
        )
    a, b, c = (axis < structure.dimension for axis in range(3))
    return Periodic(
        Lattice(_completed(structure), pbc=(a, b, c)),
        species,
        structure.positions_a,
        charge=sourced.charge or None,
        coords_are_cartesian=True,
        **known,
    )


def _periodic(given: Any) -> tuple[Vector, ...]:  # noqa: ANN401
    lattice = getattr(given, "lattice", None)
    if lattice is None:
        return ()
    return tuple(
        _vector(vector)
        for vector, repeats in zip(lattice.matrix, lattice.pbc, strict=True)
        if repeats
    )


def _vector(numbers: Sequence[Any]) -> Vector:
    x, y, z = (float(number) for number in numbers)
    return x, y, z


def _commonest(site: Any) -> Any:  # noqa: ANN401
    """Return the species of a site that has the largest share; the first of equals."""
    return max(site.species, key=lambda one: (site.species[one], -_number(one)))


def _number(species: Any) -> int:  # noqa: ANN401
    """Return the atomic number; 0 for what is no element (a dummy of pymatgen)."""
    number = int(species.Z)
    return number if 0 < number < len(SYMBOLS) else 0


def _shared(number: int, site: Any) -> str:  # noqa: ANN401
    """Say who shares a site; empty if one element occupies it wholly."""
    shares = {one: float(share) for one, share in site.species.items()}
    if len(shares) == 1 and abs(sum(shares.values()) - 1) < WHOLE:
        return ""
    parts = [f"{symbol(_number(one))} {share:g}" for one, share in shares.items()]
    vacant = 1 - sum(shares.values())
    if vacant > WHOLE:
        parts.append(f"vacant {vacant:.6g}")
    return f"Site {number} is shared: {', '.join(parts)}."


def _labels(given: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the labels if one of them tells more than the element and its charge."""
    labels = tuple(str(site.label) for site in given)
    plain = ((site.species_string, symbol(_number(_commonest(site)))) for site in given)
    tells = any(label not in names for label, names in zip(labels, plain, strict=True))
    return labels if tells else ()


def _moments(given: Any) -> tuple[float, ...]:  # noqa: ANN401
    """Return the moments in µB: 0 for an atom without one if others have one."""
    said = [_moment(site) for site in given]
    if all(moment is None for moment in said):
        return ()
    moments = [0.0 if moment is None else moment for moment in said]
    return () if any(map(math.isnan, moments)) else tuple(moments)


def _moment(site: Any) -> float | None:  # noqa: ANN401
    """Return the moment of a site: None if unknown, NaN if it is no number."""
    said = site.properties.get("magmom")
    if said is None:
        said = getattr(_commonest(site), "spin", None)
    if said is None:
        return None
    try:
        return float(said)
    except (TypeError, ValueError):  # a vector
        return math.nan


def _completed(structure: Structure) -> list[Vector]:
    """Return three vectors: those of the lattice, then formal ones."""
    vectors = list(structure.lattice_a)
    while len(vectors) < len("abc"):
        direction = _across(vectors)
        along = [
            sum(x * y for x, y in zip(position, direction, strict=True))
            for position in structure.positions_a
        ]
        length = max(along) - min(along) + VACUUM_A
        x, y, z = direction
        vectors.append((x * length, y * length, z * length))
    return vectors


def _across(vectors: Sequence[Vector]) -> Vector:
    """Return a unit vector perpendicular to one or two others, right-handed."""
    a = vectors[0]
    if len(vectors) == 1:
        # The axis that differs most from the polymer's own.
        axes: list[Vector] = [(0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]
        axis = min(
            axes, key=lambda one: abs(sum(x * y for x, y in zip(one, a, strict=True)))
        )
        return _normal(axis, a)
    return _normal(a, vectors[1])


def _normal(one: Vector, other: Vector) -> Vector:
    x = one[1] * other[2] - one[2] * other[1]
    y = one[2] * other[0] - one[0] * other[2]
    z = one[0] * other[1] - one[1] * other[0]
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length
