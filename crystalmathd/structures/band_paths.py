"""The standard path through the Brillouin zone, and the cell that it is for.

Needs pymatgen, which is imported when it is asked for. Source of the paths: Setyawan
and Curtarolo, Comput. Mater. Sci. 49, 299 (2010), as pymatgen has them.
"""

import warnings
from collections.abc import Sequence
from typing import Any

from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS

KPoint = tuple[str, Vector]
KPath = tuple[tuple[KPoint, ...], ...]
"""Unbroken lines; points have labels, and are fractions of the reciprocal vectors."""


def standard_path(
    structure: Structure, kinds: Sequence[int], tolerance_a: float
) -> tuple[Structure, tuple[int, ...], KPath]:
    """Return the cell of the path, the kind of each of its atoms, and the path."""
    from pymatgen.core.lattice import Lattice  # noqa: PLC0415
    from pymatgen.core.structure import Structure as Crystal  # noqa: PLC0415
    from pymatgen.symmetry.bandstructure import HighSymmKpath  # noqa: PLC0415

    # Another element for each kind: moments must not be mixed up on the way.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        crystal = Crystal(
            Lattice(structure.lattice_a),
            [SYMBOLS[kind + 1] for kind in kinds],
            structure.positions_a,
            coords_are_cartesian=True,
        )
        asked: Any = HighSymmKpath
        found = asked(crystal, symprec=tolerance_a)
        primitive, path = found.prim, found.kpath
    of_atoms = tuple(int(site.specie.Z) - 1 for site in primitive)
    number_of = dict(zip(kinds, structure.atomic_numbers, strict=True))
    cell = Structure(
        dimension=structure.dimension,
        lattice_a=tuple((x, y, z) for x, y, z in primitive.lattice.matrix.tolist()),
        atomic_numbers=tuple(number_of[kind] for kind in of_atoms),
        positions_a=tuple((x, y, z) for x, y, z in primitive.cart_coords.tolist()),
    )
    lines = tuple(
        tuple((_label(name), _vector(path["kpoints"][name])) for name in line)
        for line in path["path"]
    )
    return cell, of_atoms, lines


def _label(name: str) -> str:
    return name.replace("\\Gamma", "Γ").replace("_", "")


def _vector(values: Any) -> Vector:  # noqa: ANN401
    x, y, z = (float(value) for value in values)
    return x, y, z
