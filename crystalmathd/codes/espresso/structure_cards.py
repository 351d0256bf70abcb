"""A structure as the cards of a pw.x input: the cell and the atoms.

Source: INPUT_PW of Quantum ESPRESSO 7.3. What pw.x needs beside them (cutoffs,
pseudopotentials) is no part of a structure: the text is to be put into an input.
"""

from typing import Final

from crystalmathd.codes.espresso.atoms import element
from crystalmathd.codes.espresso.writing import (
    card_text,
    namelists_text,
    numbers,
)
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol

_AXES: Final = 3


def write_structure_cards(structure: Structure) -> str:
    """Write nat, ntyp and ibrav of &SYSTEM, CELL_PARAMETERS and ATOMIC_POSITIONS.

    Labels are kept where they name the element as pw.x reads them (`Fe1`). Ghosts are
    left out.

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
    symbols = tuple(map(symbol, structure.atomic_numbers))
    labels = tuple(
        label if element(label) == number else name
        for label, number, name in zip(
            structure.labels or symbols, structure.atomic_numbers, symbols, strict=True
        )
    )
    atoms = [n for n, number in enumerate(structure.atomic_numbers) if number]
    kinds = dict.fromkeys(labels[n] for n in atoms)
    system = {"ibrav": 0, "nat": len(atoms), "ntyp": len(kinds)}
    rows = (f"{labels[n]:<4}{numbers(fractions[n])}" for n in atoms)
    return (
        namelists_text({"SYSTEM": system})
        + card_text("CELL_PARAMETERS angstrom", map(numbers, structure.lattice_a))
        + card_text("ATOMIC_POSITIONS crystal", rows)
    )
