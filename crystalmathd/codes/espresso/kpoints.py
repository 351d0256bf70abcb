"""The card K_POINTS: a mesh, Γ alone, or a path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.endless_meshes import refuse_endless
from crystalmathd.codes.espresso.options import EspressoOptions, Preset
from crystalmathd.codes.espresso.writing import numbers
from crystalmathd.codes.written_cells import WrittenCell
from crystalmathd.structures.band_paths import KPath
from crystalmathd.structures.meshes import mesh_for

_POINTS_ON_LINE: Final = 20
_DENSER: Final = 0.5
"""The mesh of an nscf run has twice as many points along each direction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """A card: its first line, its rows, and what is said of it in the settings."""

    head: str
    rows: tuple[str, ...]
    settings: Mapping[str, Any]


def points_for(
    task: str, options: EspressoOptions, preset: Preset, cell: WrittenCell
) -> Points:
    """Return the k-points of one run.

    Raises
    ------
    InputRefusedError
        If the mesh is none.
    """
    if task == "bands":
        return _path(options.k_path or cell.k_path)
    if options.is_gamma_only or cell.n_periodic == 0:
        return Points(head="K_POINTS gamma", rows=(), settings={"mesh": [1, 1, 1]})
    spacing = options.k_spacing_per_a or preset.k_spacing_per_a
    if spacing <= 0:
        raise InputRefusedError(f"k_spacing_per_a has to be positive, not {spacing:g}")
    if task == "nscf":
        spacing *= _DENSER
    mesh = options.mesh or mesh_for(
        cell.lattice_a,
        spacing,
        n_periodic=cell.n_periodic,
        rotations=cell.rotations,
    )
    if any(count < 1 for count in mesh):
        raise InputRefusedError(f"a mesh has a point at least along each axis: {mesh}")
    refuse_endless(mesh)
    if options.mesh and task == "nscf":
        mesh = (
            mesh[0] * 2,
            mesh[1] * (2 if cell.n_periodic > 1 else 1),
            mesh[2] * (2 if cell.n_periodic > 2 else 1),  # noqa: PLR2004
        )
    return Points(
        head="K_POINTS automatic",
        rows=(" ".join(map(str, (*mesh, 0, 0, 0))),),
        settings={
            "mesh": list(mesh),
            "k_spacing_per_a": None if options.mesh else spacing,
        },
    )


def _path(lines: KPath) -> Points:
    """Write a path; behind the last point of a line there is none on the way."""
    rows = [
        f"{numbers(at)} {1 if place == len(line) else _POINTS_ON_LINE} ! {label}"
        for line in lines
        for place, (label, at) in enumerate(line, start=1)
    ]
    return Points(
        head="K_POINTS crystal_b",
        rows=(str(len(rows)), *rows),
        settings={"k_path": [[[label, *at] for label, at in line] for line in lines]},
    )
