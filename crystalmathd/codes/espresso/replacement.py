"""Another structure in a pw.x input, atom by atom in the same order."""

from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.espresso.atoms import element
from crystalmathd.codes.espresso.cards import Card, card
from crystalmathd.codes.espresso.edits import remove_value, set_value
from crystalmathd.codes.espresso.inputs import assignments
from crystalmathd.codes.espresso.meaning import Meaning, meaning, scale_a
from crystalmathd.models.structures import Structure, Vector

_SAME_A: Final = 1e-6
_AXES: Final = 3
_SHAPE: Final = (
    *(f"celldm({n})" for n in range(2, 7)),
    *("b", "c", "cosab", "cosac", "cosbc"),
)
_FLAGS: Final = 4


def replace_structure(text: str, new: Structure) -> str:
    """Return the input with the atoms and, where it differs, the cell of a structure.

    Labels, order and fixed coordinates (`0 0 1` behind an atom) stay. A cell that was
    given by ibrav becomes ibrav=0 with CELL_PARAMETERS in units of the same alat, so
    that k-points in units of 2π/alat keep their meaning.

    Raises
    ------
    InputRefusedError
        If the input is not understood, or has other atoms.
    """
    old = meaning(text)
    atoms = card(text, "ATOMIC_POSITIONS")
    if atoms is None or old.n_atoms is None or not old.lattice_a:
        raise InputRefusedError("the cell or the atoms of the input are not understood")
    rows = atoms.rows[: old.n_atoms]
    numbers = tuple(element(row.words[0]) for row in rows)
    if numbers != new.atomic_numbers:
        raise InputRefusedError(
            "the structure has other atoms than the input, or in another order"
        )
    text = _with_atoms(text, atoms, new)
    if _is_same(old.lattice_a, new.lattice_a):
        return text
    return _with_cell(text, old, new.lattice_a)


def _is_same(one: Sequence[Vector], other: Sequence[Vector]) -> bool:
    return len(one) == len(other) and all(
        abs(x - y) < _SAME_A
        for row, twin in zip(one, other, strict=True)
        for x, y in zip(row, twin, strict=True)
    )


def _with_atoms(text: str, atoms: Card, new: Structure) -> str:
    """Write the positions in Å, each on its old line, from the last one up."""
    pairs = list(zip(atoms.rows, new.positions_a, strict=False))
    for row, (x, y, z) in reversed(pairs):
        flags = row.words[_FLAGS:]
        written = f" {row.words[0]:<3} {x:16.10f} {y:16.10f} {z:16.10f}"
        written += f"  {' '.join(flags)}" if flags else ""
        text = text[: row.start] + written + text[row.end :]
    return text[: atoms.start] + "ATOMIC_POSITIONS angstrom" + text[atoms.head_end :]


def _with_cell(text: str, old: Meaning, lattice: Sequence[Vector]) -> str:
    one = card(text, "CELL_PARAMETERS")
    names = {assignment.name for assignment in assignments(text)}
    has_alat = not names.isdisjoint({"celldm", "celldm(1)", "a"})
    option = one.option if one is not None and not has_alat else "alat"
    option = option if option or has_alat else "bohr"
    scale = scale_a(option, old.alat_a)
    if scale is None:
        raise InputRefusedError(f"CELL_PARAMETERS {option} is not understood")
    rows = [
        " ".join(f"{x / scale:18.12f}" for x in vector) for vector in lattice[:_AXES]
    ]
    if one is not None:
        for row, written in reversed(list(zip(one.rows, rows, strict=False))):
            text = text[: row.start] + written + text[row.end :]
        return text[: one.start] + f"CELL_PARAMETERS {option}" + text[one.head_end :]
    for name in _SHAPE:
        text = remove_value(text, f"SYSTEM.{name}")
    text = set_value(text, "SYSTEM.ibrav", "0")
    ending = line_ending(text)
    block = ending.join([f"CELL_PARAMETERS {option}", *rows])
    return text.rstrip("\r\n") + ending + block + ending
