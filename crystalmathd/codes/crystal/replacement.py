"""The geometry of a finished run, written into the deck that the run was made from."""

import re
from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.edits import set_value
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.words import LEAVE_ATOMS
from crystalmathd.codes.lines import lines_of
from crystalmathd.models.structures import Structure

_SAME: Final = 1e-8
"""Numbers that are nearer than this keep the bytes of the deck."""

_WORD: Final = re.compile(r"[^\s,]+")


def replace_geometry(text: str, structure: Structure) -> str:
    """Return the deck with the cell and the irreducible atoms of `structure`.

    `structure` is what a run of this deck has come to: the primitive cell with all
    atoms, in the order in which CRYSTAL prints them. The group stays. Only the record
    of the cell and the coordinates of the atoms change; labels and what stands behind
    the coordinates are kept.

    Raises
    ------
    InputRefusedError
        If the deck cannot be read, has no atoms of its own or changes them by a
        keyword, if kind, number or order of the atoms differ, or if cell and atoms
        have not the symmetry of the deck's group. Also if numpy or spglib is missing.
    """
    try:
        deck = read_deck(text)
    except DeckError as error:
        raise InputRefusedError(f"the deck cannot be read: {error}") from error
    _check_deck(deck)
    try:
        from crystalmathd.codes.crystal import fitting  # noqa: PLC0415
    except ImportError as error:
        raise InputRefusedError(
            f"the symmetry of the deck cannot be used without {error.name}: "
            "pip install 'crystalmathd[pyscf]'"
        ) from error
    cell, positions = fitting.fit(deck.geometry, structure)
    if not _are_same(cell, deck.geometry.cell):
        text = set_value(text, "CELL", " ".join(f"{value:.8f}" for value in cell))
    lines = lines_of(text)
    for atom, position in zip(deck.geometry.atoms, positions, strict=True):
        if not _are_same(position, atom.position):
            lines[atom.line - 1] = _record(lines[atom.line - 1], position)
    return "".join(lines)


def _are_same(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))


def _check_deck(deck: Deck) -> None:
    geometry = deck.geometry
    if not geometry.atoms:
        raise InputRefusedError(
            f"a deck with {geometry.kind} takes its geometry from another file"
        )
    for keyword in deck.edits:
        if keyword.name not in LEAVE_ATOMS:
            raise InputRefusedError(
                f"line {keyword.line}: {keyword.written} changes the geometry that the "
                "deck begins with; the final one cannot be written in its place"
            )


def _record(line: str, position: tuple[float, float, float]) -> str:
    """Return the record of an atom with other coordinates."""
    words = list(_WORD.finditer(line))
    if len(words) < len("nxyz"):
        raise InputRefusedError(f"the atom {line.strip()!r} is not on one line")
    coordinates = " ".join(f"{value:.10f}" for value in position)
    return f"{line[: words[0].end()]} {coordinates}{line[words[3].end() :]}"
