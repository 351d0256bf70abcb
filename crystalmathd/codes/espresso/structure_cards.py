"""A structure as the cards of a pw.x input: the cell and the atoms.

Source: INPUT_PW of Quantum ESPRESSO 7.3. What pw.x needs beside them (cutoffs,
pseudopotentials) is no part of a structure: the text is to be put into an input.
"""

from typing import Final

from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import symbol

_AXES: Final = 3


def write_structure_cards(structure: Structure) -> str:
    """Write nat, ntyp and ibrav of &SYSTEM, CELL_PARAMETERS and ATOMIC_POSITIONS.

    Labels of species are kept where the structure has some. Ghosts are left out.

    Raises
    ------
    ValueError
        If it does not repeat in three directions.
    """
    fractions = structure.fractional
    if structure.dimension != _AXES or fractions is None:
        raise ValueError(
            "pw.x repeats in three directions: put vacuum where nothing repeats first"
        )
    labels = structure.labels or tuple(map(symbol, structure.atomic_numbers))
    atoms = [n for n, number in enumerate(structure.atomic_numbers) if number]
    kinds = dict.fromkeys(labels[n] for n in atoms)
    lines = [
        "&SYSTEM",
        "  ibrav = 0",
        f"  nat = {len(atoms)}",
        f"  ntyp = {len(kinds)}",
        "/",
        "CELL_PARAMETERS angstrom",
        *(_row(vector) for vector in structure.lattice_a),
        "ATOMIC_POSITIONS crystal",
        *(f"{labels[n]:<4}{_row(fractions[n])}" for n in atoms),
    ]
    return "\n".join((*lines, ""))


def _row(vector: Vector) -> str:
    return "".join(f"{x:20.15f}" for x in vector)
