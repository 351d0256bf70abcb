"""Structures as extended XYZ: one frame, or one after the other.

Source of the format: https://github.com/libAtoms/extxyz. Å and eV. A direction
without repetition has a lattice vector of zeros and F in `pbc`; a molecule has no
lattice. Numbers are written so that they are read back as they were.
"""

from collections.abc import Iterable
from typing import Final

from crystalmathd.models.results import IonicStep
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import symbol

_N_DIRECTIONS: Final = 3
_NO_VECTOR: Final[Vector] = (0.0, 0.0, 0.0)


def write_xyz(
    structure: Structure,
    *,
    energy_ev: float | None = None,
    forces_ev_a: tuple[Vector, ...] = (),
) -> str:
    """Write one frame; forces are left out unless there is one for each atom."""
    has_forces = bool(forces_ev_a) and len(forces_ev_a) == structure.n_atoms
    rows = [
        _row(number, at, forces_ev_a[index] if has_forces else ())
        for index, (number, at) in enumerate(
            zip(structure.atomic_numbers, structure.positions_a, strict=True)
        )
    ]
    heading = _heading(structure, energy_ev, has_forces=has_forces)
    return "\n".join((str(structure.n_atoms), heading, *rows, ""))


def write_trajectory(steps: Iterable[IonicStep]) -> str:
    """Write every step whose structure is known, with its energy and forces."""
    return "".join(
        write_xyz(
            step.structure, energy_ev=step.energy_ev, forces_ev_a=step.forces_ev_a
        )
        for step in steps
        if step.structure is not None
    )


def _heading(structure: Structure, energy_ev: float | None, *, has_forces: bool) -> str:
    n_periodic = len(structure.lattice_a)
    fields = []
    if n_periodic:
        vectors = structure.lattice_a + (_NO_VECTOR,) * (_N_DIRECTIONS - n_periodic)
        numbers = " ".join(repr(x) for vector in vectors for x in vector)
        fields.append(f'Lattice="{numbers}"')
    columns = "species:S:1:pos:R:3"
    fields.append(f"Properties={columns}{':forces:R:3' if has_forces else ''}")
    if energy_ev is not None:
        fields.append(f"energy={energy_ev!r}")
    flags = " ".join("T" if i < n_periodic else "F" for i in range(_N_DIRECTIONS))
    return " ".join((*fields, f'pbc="{flags}"'))


def _row(number: int, at: Vector, force: Vector | tuple[()]) -> str:
    return " ".join((f"{symbol(number):<2}", *(repr(x) for x in (*at, *force))))
