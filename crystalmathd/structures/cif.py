"""A crystal as CIF: the cell as run, all its atoms, no symmetry (P 1).

Source of the format: the core dictionary of the IUCr, cif_core.dic.
"""

from collections.abc import Iterator
from typing import Final

from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol
from crystalmathd.structures.formula import formula, reduced_formula

_CELL: Final = (
    "length_a",
    "length_b",
    "length_c",
    "angle_alpha",
    "angle_beta",
    "angle_gamma",
)


def write_cif(structure: Structure) -> str:
    """Write the cell and the atoms to 12 decimals; ghosts, no atoms, are left out.

    Raises
    ------
    ValueError
        If the structure does not repeat in three directions: CIF has no word for it.
    """
    cell, positions = structure.cell, structure.fractional
    if cell is None or positions is None:
        raise ValueError(
            f"CIF describes crystals; this structure repeats in {structure.dimension}"
            " directions."
        )
    whole = formula(structure.atomic_numbers)
    _, units = reduced_formula(structure.atomic_numbers)
    lines = [
        f"data_{whole.replace(' ', '') or 'empty'}",
        f"_chemical_formula_sum '{whole}'",
        f"_cell_formula_units_Z {units}",
        *(f"_cell_{name} {x:.12f}" for name, x in zip(_CELL, cell, strict=True)),
        f"_cell_volume {structure.volume_a3:.10f}",
        "_space_group_name_H-M_alt 'P 1'",
        "_space_group_IT_number 1",
        "loop_",
        "_space_group_symop_operation_xyz",
        "'x, y, z'",
        "loop_",
        "_atom_site_label",
        "_atom_site_type_symbol",
        "_atom_site_fract_x",
        "_atom_site_fract_y",
        "_atom_site_fract_z",
        "_atom_site_occupancy",
        *_sites(structure),
        "",
    ]
    return "\n".join(lines)


def _sites(structure: Structure) -> Iterator[str]:
    """Yield a line an atom; its label is the symbol and its place in the cell."""
    pairs = zip(structure.atomic_numbers, structure.fractional or (), strict=True)
    for place, (number, at) in enumerate(pairs, start=1):
        if number != 0:
            x, y, z = (f"{coordinate:.12f}" for coordinate in at)
            yield f"{symbol(number)}{place} {symbol(number)} {x} {y} {z} 1"
