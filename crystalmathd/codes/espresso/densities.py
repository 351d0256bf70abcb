"""Whether a saved charge density is whole and fits an input.

Source: Modules/io_base.f90 of Quantum ESPRESSO 6.7: a record with gamma_only, number of
plane waves and spin components; one with the reciprocal vectors in 1/bohr; the rest.
"""

import math
import struct
from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.espresso import savefile
from crystalmathd.codes.espresso.meaning import Meaning
from crystalmathd.codes.fortran import records_fit
from crystalmathd.models.restarts import LeftFile
from crystalmathd.models.structures import Vector
from crystalmathd.units import ANGSTROM_PER_BOHR

ROLE: Final = "charge_density"
_SCHEMA_ROLE: Final = "results"
_HDF5: Final = b"\x89HDF"
_HEAD: Final = struct.Struct("<i3iii9d")
_SAME_CELL: Final = 1e-4
_HARTREE_PER_RY: Final = 0.5
_SAME_CUTOFF: Final = 1e-6


def wholeness(density: LeftFile | None, prefix: str) -> tuple[list[str], list[str]]:
    """Return what is right with the file of a density, and what is wrong."""
    if density is None:
        return [], [f"the run has left no {prefix}.save.charge-density.dat"]
    if not density.is_here:
        said = f"{density.name} is on its machine; only its size is known"
        return [said], []
    is_whole = density.data.startswith(_HDF5) or records_fit(density.data, density.size)
    if is_whole:
        return [f"{density.name} is whole"], []
    return [], [f"{density.name} is cut off or damaged"]


def readable(schema: LeftFile | None, prefix: str) -> tuple[list[str], list[str]]:
    """Return what is wrong with the file that says what was saved."""
    if schema is None:
        return [], [f"the run has left no {prefix}.save.{savefile.NAME}"]
    is_read = schema.is_here and schema.is_whole
    if is_read and savefile.read_save(schema.data) is None:
        return [], [f"{schema.name} is cut off or damaged"]
    return [], []


def match(
    density: LeftFile | None, schema: LeftFile | None, prefix: str, wanted: Meaning
) -> tuple[list[str], list[str]]:
    """Return in what the saved state is like the input, and in what it is not."""
    save = None if schema is None else savefile.read_save(schema.data)
    if save is None:
        return [], []
    pairs: list[tuple[str, object, object]] = [
        ("prefix", save.prefix, prefix),
        ("number of atoms", _n_atoms(save), wanted.n_atoms),
        ("species", save.species, {s.label: s.pseudopotential for s in wanted.species}),
    ]
    checks, obstacles = _compared(pairs)
    cutoff = save.cutoff_hartree
    if cutoff is not None and wanted.cutoff_ry is not None:
        is_same = abs(cutoff - wanted.cutoff_ry * _HARTREE_PER_RY) < _SAME_CUTOFF
        said = "the same cutoff of the plane waves" if is_same else "another cutoff"
        (checks if is_same else obstacles).append(said)
    reciprocal = () if density is None else _reciprocal(density.data)
    if reciprocal and wanted.lattice_a:
        is_same = _is_dual(reciprocal, wanted.lattice_a)
        said = "the same cell" if is_same else "the density is of another cell"
        (checks if is_same else obstacles).append(said)
    return checks, obstacles


def density_file(left: Sequence[LeftFile], prefix: str) -> LeftFile | None:
    starts = f"{prefix}.save.charge-density."
    found = (one for one in left if one.role == ROLE and one.size)
    return next((one for one in found if one.name.startswith(starts)), None)


def schema_file(left: Sequence[LeftFile], prefix: str) -> LeftFile | None:
    """Return what the run has said of its state; an input's file is of an older one."""
    name = f"{prefix}.save.{savefile.NAME}"
    found = (one for one in left if one.role == _SCHEMA_ROLE and one.size)
    return next((one for one in found if one.name == name), None)


def _n_atoms(save: savefile.SaveFile) -> int | None:
    structure = save.structure
    return None if structure is None else structure.n_atoms


def _compared(
    pairs: Sequence[tuple[str, object, object]],
) -> tuple[list[str], list[str]]:
    checks, obstacles = [], []
    for name, had, has in pairs:
        if had == has:
            checks.append(f"the same {name}")
        elif had is not None and has is not None:
            obstacles.append(f"{name} was {_said(had)} and is {_said(has)}")
    return checks, obstacles


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{label} {file}" for label, file in value.items())
    return str(value)


def _reciprocal(data: bytes) -> tuple[Vector, ...]:
    """Return the reciprocal vectors, 2π included, 1/bohr; empty of another format."""
    if len(data) < _HEAD.size:
        return ()
    length, *_, second, a, b, c, d, e, f, g, h, i = _HEAD.unpack(data[: _HEAD.size])
    is_ours = (length, second) == (3 * 4, 9 * 8)
    return ((a, b, c), (d, e, f), (g, h, i)) if is_ours else ()


def _is_dual(reciprocal: Sequence[Vector], lattice_a: Sequence[Vector]) -> bool:
    for n, b in enumerate(reciprocal):
        for m, a in enumerate(lattice_a):
            product = sum(x * y for x, y in zip(a, b, strict=True)) / ANGSTROM_PER_BOHR
            if abs(product / math.tau - (n == m)) > _SAME_CELL:
                return False
    return True
