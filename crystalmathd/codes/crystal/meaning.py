"""What CRYSTAL will make of a deck, in the numbers that it prints at its start.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.alterations import NO_ATOM, altered, marked
from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.deck import Basis, Deck, ShellType
from crystalmathd.codes.crystal.external import external_cell
from crystalmathd.codes.crystal.gui import GeometryFile
from crystalmathd.codes.crystal.records import DeckError

Array = NDArray[np.float64]

_FUNCTIONS: Final = {
    ShellType.S: 1,
    ShellType.SP: 4,
    ShellType.P: 3,
    ShellType.D: 5,
    ShellType.F: 7,
    ShellType.G: 9,
}
"""Functions of a shell: real solid harmonics from d on."""

_LAST_ALL_ELECTRON: Final = 36
"""Kr: up to here no library of CRYSTAL has core potentials."""

_STO: Final = frozenset({"STO-3G", "STO-6G"})
_STO_FUNCTIONS: Final = (
    (2, 1),
    (10, 5),
    (18, 9),
    (20, 13),
    (36, 18),
    (38, 22),
    (54, 27),
)
"""Last element, functions of its minimal basis."""

_GHOST: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """A deck as CRYSTAL computes it; None for what the deck does not say.

    `cell` is the one that the SCF is done for, with the operators that are left.
    `n_electrons` and `n_basis_functions` are per cell, `n_k_points` is that of the
    irreducible points of SHRINK's mesh. `repeated_lines` is that of the deck's own
    cell, which keywords have not changed yet (`Cell`).
    """

    cell: Cell
    n_electrons: float | None
    n_basis_functions: int | None
    n_k_points: int | None
    repeated_lines: tuple[int, ...] = ()


def meaning(deck: Deck, file: GeometryFile | None = None) -> Meaning:
    """Return what a deck means; `file` is the one that EXTERNAL reads.

    Raises
    ------
    DeckError
        If there is no geometry, or what a keyword does is not known here.
    """
    if deck.geometry.atoms:
        start = primitive_cell(deck.geometry)
    elif file is not None:
        start = external_cell(file)
    else:
        raise DeckError(
            deck.geometry.line,
            f"the geometry of {deck.geometry.kind} stands in another file.",
        )
    cell = altered(start, deck.edits)
    ghosts = _ghosts(deck, cell)
    if ghosts:
        cell = _haunted(cell, ghosts)
    return Meaning(
        cell=cell,
        n_electrons=_electrons(deck.basis, cell, set(ghosts)),
        n_basis_functions=_functions(deck.basis, cell),
        n_k_points=_k_points(deck, cell),
        repeated_lines=start.repeated_lines,
    )


def _ghosts(deck: Deck, cell: Cell) -> list[int]:
    words = (*(deck.basis.keywords if deck.basis else ()), *deck.scf)
    atoms = [
        int(value) - 1
        for word in words
        if word.name == "GHOSTS"
        for value in word.values[1:]
    ]
    for word in words:
        if word.name == "GHOSTS" and not all(0 <= a < len(cell.labels) for a in atoms):
            raise DeckError(
                word.line,
                f"GHOSTS names atom {max(atoms) + 1}, but the cell has"
                f" {len(cell.labels)} atoms.",
                NO_ATOM,
            )
    return atoms


def _haunted(cell: Cell, ghosts: list[int]) -> Cell:
    """Return the cell with ghosts: no operator is left if one of them is broken.

    In an output with 4 operators and a ghost on a mirror plane, whose image under the
    inversion is none, CRYSTAL went on with 1 operator and not with 2.
    """
    with_ghosts = marked(cell, ghosts, [_GHOST] * len(ghosts))
    if with_ghosts.n_operators == cell.n_operators:
        return with_ghosts
    return replace(
        with_ghosts, rotations=np.eye(3)[None], translations=np.zeros((1, 3))
    )


def _electrons(basis: Basis | None, cell: Cell, ghosts: set[int]) -> float | None:
    labels = [label for at, label in enumerate(cell.labels) if at not in ghosts]
    if basis is None or any(word.name == "CHEMOD" for word in basis.keywords):
        return None
    if basis.name is not None:
        is_complete = basis.name.upper() in _STO
        if not is_complete and max(labels, default=0) > _LAST_ALL_ELECTRON:
            return None
        return float(sum(label % 100 for label in labels))
    charges = {
        entry.label: sum(shell.electrons for shell in entry.shells)
        for entry in basis.entries
    }
    return _total(charges, [label for label in labels if label % 100])


def _functions(basis: Basis | None, cell: Cell) -> int | None:
    if basis is None:
        return None
    if basis.name is not None:
        return _library_functions(basis.name, cell)
    counts = {
        entry.label: float(sum(_FUNCTIONS[shell.type] for shell in entry.shells))
        for entry in basis.entries
    }
    total = _total(counts, cell.labels)
    return None if total is None else int(total)


def _library_functions(name: str, cell: Cell) -> int | None:
    """Return the functions of a minimal basis; None for any other library."""
    numbers = [label % 100 for label in cell.labels]
    if (
        name.upper() not in _STO
        or not 1 <= min(numbers) <= max(numbers) <= (_STO_FUNCTIONS[-1][0])
    ):
        return None
    return sum(
        next(count for last, count in _STO_FUNCTIONS if number <= last)
        for number in numbers
    )


def _total(values: dict[int, float], labels: Sequence[int]) -> float | None:
    if any(label not in values for label in labels):
        return None
    return sum(values[label] for label in labels)


def _k_points(deck: Deck, cell: Cell) -> int | None:
    shrink = deck.find("SHRINK")
    if shrink is None or cell.dimension == 0:
        return None
    first = shrink.integer(0)
    factors = [first] * 3 if first else [shrink.integer(at) for at in (2, 3, 4)]
    mesh = np.array([max(1, n) for n in factors])
    mesh[cell.dimension :] = 1
    return irreducible_points(mesh, cell)


def irreducible_points(mesh: NDArray[np.int64], cell: Cell) -> int:
    """Return how many points of a mesh with Γ no operator or time reversal relates."""
    steps = [np.arange(n) for n in mesh]
    grid = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
    points = grid / mesh
    lowest = np.arange(len(grid))
    for rotation in cell.rotations:
        for sign in (1, -1):
            images = sign * points @ rotation * mesh
            if not np.allclose(images, np.round(images), atol=1e-6):
                # The mesh has not this symmetry (different factors along the axes).
                continue
            where = np.round(images).astype(np.int64) % mesh
            lowest = np.minimum(lowest, np.ravel_multi_index(tuple(where.T), mesh))
    return len(np.unique(lowest))
