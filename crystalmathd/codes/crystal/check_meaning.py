"""What is unlikely about the crystal that a deck means: all its atoms, the mesh.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Container, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from crystalmathd.codes.crystal.alterations import NO_ATOM
from crystalmathd.codes.crystal.cells import Cell
from crystalmathd.codes.crystal.check_atoms import (
    atom_findings,
    crowded_atoms,
)
from crystalmathd.codes.crystal.check_geometry import repeated_atoms
from crystalmathd.codes.crystal.check_scf import certain_electrons, is_spin_polarised
from crystalmathd.codes.crystal.check_spins import spin_state_findings
from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.gui import GeometryFile, read_gui
from crystalmathd.codes.crystal.meaning import Meaning, meaning
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.contacts import OVERLAP

_WRONG_SIZES: Final = ("geometry.cell", "atoms.fractional")
_COARSE_PER_A: Final = 0.1
"""Spacing of k-points, 1/Å without 2π; coarser is rarely converged."""

_LARGEST_MESH: Final = 48
_LARGEST_SLAB: Final = 60


def meaning_findings(
    deck: Deck, places: Places, beside: Mapping[str, bytes], said: Container[str] = ()
) -> Iterator[InputFinding]:
    """Yield what is unlikely; nothing if what the deck means is not followed here.

    `said`: the codes of what was found before, which of the same fault are followers.
    """
    if not _is_tractable(deck):
        return
    try:
        with np.errstate(all="ignore"):  # a length may be beyond all numbers
            meant = meaning(deck, _geometry_file(beside))
    except DeckError as error:
        if error.code == OVERLAP:
            if not _is_said(said):
                yield crowded_atoms(deck, error, places)
        elif error.code == NO_ATOM:
            fix = "number the atoms as CRYSTAL does: all of the cell, from 1"
            yield places.at(error.line, NO_ATOM, ERROR, error.message, fix=fix)
        elif error.code != "record.value":
            yield places.at(error.line, error.code, WARNING, error.message)
        return
    except (ArithmeticError, LookupError, ValueError) as error:
        # A cell without volume, a keyword that counts beyond what there is …
        yield places.at(
            deck.geometry.line,
            "deck.meaning",
            WARNING,
            f"The atoms of this geometry cannot be worked out: {shown(str(error))}.",
        )
        return
    cell = meant.cell
    yield from _fragments(deck, len(cell.labels), places)
    if "atoms.repeated" not in said:
        yield from repeated_atoms(deck.geometry, meant.repeated_lines, places)
    strange = [] if _is_said(said) else [*atom_findings(deck, cell, places)]
    is_short = "geometry.cell-unlikely" in said
    yield from (one for one in strange if one.severity == ERROR or not is_short)
    yield from _spins(deck, meant, places)
    # What mesh a cell needs whose size is wrong, nobody asks.
    if not (strange or is_short or _is_said(said)):
        yield from _mesh(cell, deck, places)


def _spins(deck: Deck, meant: Meaning, places: Places) -> Iterator[InputFinding]:
    """Yield what the number of electrons does not go with."""
    electrons = meant.n_electrons
    is_said = certain_electrons(deck) is not None
    is_odd = electrons is not None and round(electrons) % 2
    if is_odd and not is_said and not is_spin_polarised(deck):
        yield places.at(
            deck.scf_end or 1,
            "spin.odd-electrons",
            WARNING,
            f"The cell has an odd number of electrons, {electrons:g}, and the run is"
            " closed-shell.",
            fix="put SPIN in the DFT block, or UHF",
        )
    if is_spin_polarised(deck):
        yield from spin_state_findings(deck, len(meant.cell.labels), electrons, places)


def _is_said(said: Container[str]) -> bool:
    """Tell whether cell or atoms were found wrong, which atoms too near follow."""
    return any(code in said for code in _WRONG_SIZES)


def _fragments(deck: Deck, n_atoms: int, places: Places) -> Iterator[InputFinding]:
    """Yield the atoms of a FRAGMENT that are not there."""
    children = (child for edit in deck.edits for child in edit.children)
    for word in (child for child in children if child.name == "FRAGMENT"):
        beyond = [one for one in word.values[1:] if not 1 <= int(one) <= n_atoms]
        if beyond:
            yield places.at(
                word.line,
                NO_ATOM,
                ERROR,
                f"FRAGMENT names atom {beyond[0]}, but the cell has {n_atoms} atoms.",
                fix=f"give atoms from 1 to {n_atoms}, as CRYSTAL numbers them",
            )


def _is_tractable(deck: Deck) -> bool:
    """Tell whether no number of the deck makes a mesh or a slab without end."""
    shrink = deck.find("SHRINK")
    values = (
        [abs(shrink.integer(at)) for at in range(len(shrink.values))] if shrink else []
    )
    counts = [
        abs(int(float(value)))
        for edit in deck.edits
        if edit.name in {"SLABCUT", "SLAB", "NANOTUBE", "SWCNT"}
        for value in edit.values
    ]
    return max(values, default=0) <= _LARGEST_MESH and max(counts, default=0) <= (
        _LARGEST_SLAB
    )


def _geometry_file(beside: Mapping[str, bytes]) -> GeometryFile | None:
    for name, content in beside.items():
        if PurePosixPath(name).suffix == ".gui" or name.endswith("fort.34"):
            try:
                return read_gui(content)
            except DeckError:
                return None
    return None


def _mesh(cell: Cell, deck: Deck, places: Places) -> Iterator[InputFinding]:
    shrink = deck.find("SHRINK")
    if shrink is None or not cell.dimension:
        return
    first = shrink.integer(0)
    factors = [first] * 3 if first else [shrink.integer(at) for at in (2, 3, 4)]
    reciprocal = np.linalg.norm(np.linalg.inv(cell.lattice_a), axis=0)
    spacings = [
        float(reciprocal[at]) / max(1, factors[at]) for at in range(cell.dimension)
    ]
    if max(spacings) > _COARSE_PER_A:
        yield places.at(
            shrink.line + 1,
            "shrink.coarse",
            WARNING,
            f"The k-point mesh is coarse: its points are {max(spacings):.2f} Å⁻¹"
            " (without 2π) apart.",
            fix="check the energy with larger shrinking factors",
        )
