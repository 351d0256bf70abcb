"""Structures as pymatgen has them, and back.

pymatgen is imported inside functions: it takes a second, and not every installation
has it.
"""

import math
from typing import Any, Final

from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import symbol
from crystalmathd.structures.faults import StructureFaultError

Other = Any
"""Pymatgen's Structure or Molecule, its sites and species."""

WHOLE: Final = 1e-6
"""Occupancies this near to 1 are 1."""


def to_structure(other: Other) -> Structure:
    """Return pymatgen's structure or molecule as ours.

    On a site that several elements share stands the commonest one; see
    `partial_sites`.

    Raises
    ------
    StructureFaultError
        If a site holds no element.
    """
    lattice = getattr(other, "lattice", None)
    vectors = () if lattice is None else tuple(map(_vector, lattice.matrix))
    return Structure(
        dimension=len(vectors),
        lattice_a=vectors,
        atomic_numbers=tuple(_number(site) for site in other),
        positions_a=tuple(_vector(site.coords) for site in other),
    )


def to_pymatgen(structure: Structure) -> Other:
    """Return a crystal as pymatgen's Structure; ghosts are left out.

    Raises
    ------
    ValueError
        If it does not repeat in three directions.
    """
    from pymatgen.core.structure import Structure as Crystal  # noqa: PLC0415 - heavy

    if structure.dimension != len("abc"):
        raise ValueError("pymatgen's structures repeat in three directions")
    atoms = [
        (number, at)
        for number, at in zip(
            structure.atomic_numbers, structure.positions_a, strict=True
        )
        if number
    ]
    return Crystal(
        structure.lattice_a,
        [symbol(number) for number, _ in atoms],
        [at for _, at in atoms],
        coords_are_cartesian=True,
    )


def partial_sites(other: Other) -> tuple[str, ...]:
    """Return a sentence for each site that one element does not occupy wholly."""
    found = []
    for index, site in enumerate(other, start=1):
        shares = list(site.species.items())
        if len(shares) == 1 and abs(shares[0][1] - 1) < WHOLE:
            continue
        said = ", ".join(f"{_symbol(kind)} {share:.4g}" for kind, share in shares)
        found.append(f"Site {index} is occupied by {said}.")
    return tuple(found)


def moments_ub(other: Other) -> tuple[float, ...]:
    """Return the magnetic moments of the sites, µB; empty unless every one is known.

    A moment that is a vector counts with its length, and with the sign of its largest
    component: that keeps collinear orders.
    """
    moments = []
    for site in other:
        moment = site.properties.get("magmom")
        if moment is None:
            moment = getattr(_commonest(site), "spin", None)
        if moment is None:
            return ()
        moments.append(_moment(getattr(moment, "moment", moment)))
    return tuple(moments)


def _moment(moment: Other) -> float:
    if isinstance(moment, int | float):
        return float(moment)
    parts = [float(part) for part in moment]
    if not parts:
        return 0.0
    largest = max(parts, key=abs)
    length = math.hypot(*parts)
    return length if largest >= 0 else -length


def _commonest(site: Other) -> Other:
    return max(site.species.items(), key=lambda item: item[1])[0]


def _symbol(kind: Other) -> str:
    return str(getattr(kind, "symbol", kind))


def _number(site: Other) -> int:
    kind = _commonest(site)
    number = getattr(kind, "Z", None)
    if not isinstance(number, int) or number < 1:
        raise StructureFaultError(f"{_symbol(kind)} is no element")
    return number


def _vector(numbers: Other) -> Vector:
    x, y, z = (float(number) for number in numbers)
    return x, y, z
