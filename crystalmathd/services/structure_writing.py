"""Structures in the formats of other programs: for the worker."""

import warnings
from collections.abc import Callable
from typing import Final

import msgspec

from crystalmathd.codes.base import InputRefusedError as CodeRefusal
from crystalmathd.codes.crystal.gui import without_symmetry, write_gui
from crystalmathd.codes.espresso.structure_cards import write_structure_cards
from crystalmathd.codes.vasp.poscar_writing import write_poscar
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.cif import write_cif
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.formula import formula
from crystalmathd.structures.json_writing import write_ase_json, write_pymatgen_json
from crystalmathd.structures.kinds import kinds_of
from crystalmathd.structures.xyz import write_xyz

FORMATS: Final = (
    *("cif", "poscar", "xyz", "gui", "d12", "pw", "pymatgen", "ase", "json"),
)


def written(
    sourced: SourcedStructure,
    form: str,
    *,
    has_symmetry: bool = False,
    tolerance_a: float = 0.01,
    may_shift: bool = False,
) -> bytes:
    """Return a file of a structure; `has_symmetry`: operators, irreducible atoms only.

    A `d12` always has its group: CRYSTAL has no other way to write a structure.
    `may_shift`: atoms may move by more than 0.01 Å to have the group.

    Raises
    ------
    ValueError
        If the format cannot hold it; a sentence says why.
    """
    if sourced.partial:
        raise ValueError(
            f"no file is made of a disordered structure: {sourced.partial[0]}"
        )
    try:
        if form == "d12" or (has_symmetry and form in _WITH_SYMMETRY):
            return _WITH_SYMMETRY[form](sourced, tolerance_a, may_shift)
        return _PLAIN[form](sourced)
    except (CodeRefusal, StructureFaultError) as error:
        raise ValueError(str(error)) from error


def _title(sourced: SourcedStructure) -> str:
    name = sourced.title or sourced.origin.name
    return f"{formula(sourced.structure.atomic_numbers)} {name}".strip()


def _symmetric_cif(
    sourced: SourcedStructure,
    tolerance_a: float,
    may_shift: bool,  # noqa: FBT001 - one of a table
) -> bytes:
    from pymatgen.io.cif import CifWriter  # noqa: PLC0415 - heavy

    from crystalmathd.structures.pymatgen_bridge import to_pymatgen  # noqa: PLC0415
    from crystalmathd.structures.standardising import refuse_shift  # noqa: PLC0415

    if sourced.structure.dimension != len("abc"):
        return _PLAIN["cif"](sourced)  # says why there is none
    if not may_shift:
        refuse_shift(sourced, tolerance_a)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = CifWriter(
            to_pymatgen(sourced), symprec=tolerance_a, significant_figures=12
        )
        return str(writer).encode()


def _symmetric_gui(
    sourced: SourcedStructure,
    tolerance_a: float,
    may_shift: bool,  # noqa: FBT001 - one of a table
) -> bytes:
    from crystalmathd.codes.crystal.gui_writing import (  # noqa: PLC0415 - numpy
        symmetric_gui,
    )

    made = symmetric_gui(
        sourced.structure,
        kinds=kinds_of(sourced),
        tolerance_a=tolerance_a,
        may_shift=may_shift,
    )
    return write_gui(made)


def _deck(
    sourced: SourcedStructure,
    tolerance_a: float,
    may_shift: bool,  # noqa: FBT001 - one of a table
) -> bytes:
    """Write a deck that CRYSTAL runs: it tests the geometry, and stops (TESTGEOM)."""
    from crystalmathd.codes.crystal.geometry_writing import (  # noqa: PLC0415 - numpy
        written_geometry,
    )

    block = written_geometry(
        sourced.structure,
        kinds=kinds_of(sourced),
        tolerance_a=tolerance_a,
        may_shift=may_shift,
    )
    title = " ".join(_title(sourced).split())[:70]
    return "\n".join((title, *block.lines, "TESTGEOM", "END", "")).encode()


_PLAIN: Final[dict[str, Callable[[SourcedStructure], bytes]]] = {
    "cif": lambda sourced: write_cif(sourced.structure).encode(),
    "poscar": lambda sourced: write_poscar(sourced, _title(sourced)).encode(),
    "xyz": lambda sourced: write_xyz(sourced.structure).encode(),
    "gui": lambda sourced: write_gui(without_symmetry(sourced.structure)),
    "pw": lambda sourced: write_structure_cards(sourced.structure).encode(),
    "pymatgen": lambda sourced: write_pymatgen_json(sourced).encode(),
    "ase": lambda sourced: write_ase_json(sourced).encode(),
    "json": msgspec.json.encode,
}
_WITH_SYMMETRY: Final[dict[str, Callable[[SourcedStructure, float, bool], bytes]]] = {
    "d12": _deck,
    "cif": _symmetric_cif,
    "gui": _symmetric_gui,
}
