"""What the keywords of a geometry block do to the cell that the deck begins with.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions. The rules are those that CRYSTAL's outputs show (06 to 23).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import PRIMITIVE, Cell, shortest
from crystalmathd.codes.crystal.deck import Keyword
from crystalmathd.codes.crystal.records import DeckError, is_number
from crystalmathd.codes.crystal.slabs import cut
from crystalmathd.codes.crystal.supercells import expanded, without_translations
from crystalmathd.codes.crystal.tubes import rolled
from crystalmathd.codes.crystal.words import LEAVE_ATOMS
from crystalmathd.units import ANGSTROM_PER_BOHR

Array = NDArray[np.float64]

_SAME_A: Final = 1e-3

_SMALLEST_CELL: Final = 0.1
_LARGEST_CELL: Final = 10_000.0
"""Times the volume; CRYSTAL itself stops earlier."""

NO_ATOM: Final = "edit.atom"
"""The code of a keyword that names an atom which is not there."""

_STRAIN: Final = 2
"""|IDEF| of ELASTIC: the matrix is the strain, and the volume is free."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """A cell, and how the next keyword is to be taken."""

    cell: Cell
    unit: str = "ANGSTROM"
    keeps_symmetry: bool = False


def altered(cell: Cell, edits: Sequence[Keyword]) -> Cell:
    """Return the cell after all keywords of the geometry block, in their order.

    Raises
    ------
    DeckError
        If what a keyword does is not known here.
    """
    state = _State(cell=cell)
    for keyword in edits:
        if keyword.name in _ALTERATIONS:
            state = _ALTERATIONS[keyword.name](state, keyword)
        elif keyword.name not in LEAVE_ATOMS:
            raise DeckError(
                keyword.line,
                f"what {keyword.written} does to the atoms is not followed here.",
            )
    return state.cell


def marked(cell: Cell, atoms: Sequence[int], marks: Sequence[int]) -> Cell:
    """Return the cell with marks on some atoms (from 0): operators must keep them."""
    all_marks = list(cell.marks or (0,) * len(cell.labels))
    for atom, mark in zip(atoms, marks, strict=True):
        all_marks[atom] = mark
    return _symmetric(replace(cell, marks=tuple(all_marks)))


def _symmetric(cell: Cell) -> Cell:
    """Return the cell with those of its operators that map it on to itself."""
    kept = []
    kinds = np.array(
        [cell.labels, cell.marks or (0,) * len(cell.labels)], dtype=np.int64
    ).T
    metric = cell.lattice_a @ cell.lattice_a.T
    for at in range(cell.n_operators):
        rotation = cell.rotations[at]
        if np.abs(rotation.T @ metric @ rotation - metric).max() > _SAME_A:
            continue
        image_of = _images(cell, at)
        if (image_of >= 0).all() and (kinds[image_of] == kinds).all():
            kept.append(at)
    return replace(
        cell, rotations=cell.rotations[kept], translations=cell.translations[kept]
    )


def _images(cell: Cell, at: int) -> NDArray[np.int64]:
    """Return the atom on which an operator puts each one; -1 for none."""
    moved = cell.fractions @ cell.rotations[at].T + cell.translations[at]
    steps = shortest(moved[:, None, :] - cell.fractions[None, :, :], cell.dimension)
    distances = np.linalg.norm(steps @ cell.lattice_a, axis=2)
    nearest = distances.argmin(axis=1)
    found = distances[np.arange(len(nearest)), nearest] < _SAME_A
    return np.where(found, nearest, -1)


def _supercell(state: _State, keyword: Keyword) -> _State:
    matrix = _of_some_size(_matrix(state, keyword), keyword)
    return replace(state, cell=expanded(state.cell, matrix))


def _conventional_supercell(state: _State, keyword: Keyword) -> _State:
    to_primitive = np.linalg.inv(PRIMITIVE[state.cell.setting.centring])
    matrix = _matrix(state, keyword) @ to_primitive
    matrix = _of_some_size(matrix, keyword)
    return replace(state, cell=expanded(state.cell, matrix))


def _of_some_size(matrix: Array, keyword: Keyword) -> Array:
    """Return the matrix of a supercell that is one, and that fits into memory."""
    size = abs(float(np.linalg.det(matrix)))
    if not _SMALLEST_CELL < size < _LARGEST_CELL:
        raise DeckError(
            keyword.line, f"{keyword.written} makes {size:g} cells of one.", "edit.size"
        )
    return matrix


def _matrix(state: _State, keyword: Keyword, skip: int = 0) -> Array:
    """Return the square matrix of a keyword, with ones where nothing repeats."""
    size = state.cell.dimension
    if not all(is_number(value) for value in keyword.values):
        raise DeckError(
            keyword.line, f"{keyword.written} needs numbers only.", "record.value"
        )
    numbers = [keyword.number(at) for at in range(skip, len(keyword.values))]
    if len(numbers) < size * size:
        raise DeckError(keyword.line, f"{keyword.written} needs {size * size} numbers.")
    matrix = np.eye(3)
    matrix[:size, :size] = np.reshape(numbers[: size * size], (size, size))
    return matrix


def _substituted(state: _State, keyword: Keyword) -> _State:
    labels = list(state.cell.labels)
    for atom, label in _pairs(state, keyword):
        for image in _equivalent(state, atom):
            labels[image] = label
    return _changed(state, replace(state.cell, labels=tuple(labels)))


def _modified(state: _State, keyword: Keyword) -> _State:
    atoms, marks = zip(*_pairs(state, keyword), strict=True)
    return replace(state, cell=marked(state.cell, atoms, marks))


def _pairs(state: _State, keyword: Keyword) -> list[tuple[int, int]]:
    """Return the atoms, from 0, and the numbers that a keyword gives them."""
    numbers = [int(value) for value in keyword.values[1:]]
    return [
        (_atom(state, keyword, label), value)
        for label, value in zip(numbers[::2], numbers[1::2], strict=True)
    ]


def _atom(state: _State, keyword: Keyword, label: int) -> int:
    if not 1 <= label <= len(state.cell.labels):
        raise DeckError(
            keyword.line,
            f"{keyword.written}: there is no atom {label} among the"
            f" {len(state.cell.labels)} of the cell at this place.",
            NO_ATOM,
        )
    return label - 1


def _equivalent(state: _State, atom: int) -> set[int]:
    """Return the atoms that a change of one is for: with KEEPSYMM, all its images."""
    if not state.keeps_symmetry:
        return {atom}
    cell = state.cell
    return {int(_images(cell, at)[atom]) for at in range(cell.n_operators)}


def _changed(state: _State, cell: Cell) -> _State:
    return replace(state, cell=_symmetric(cell))


def _removed(state: _State, keyword: Keyword) -> _State:
    gone: set[int] = set()
    for value in keyword.values[1:]:
        gone |= _equivalent(state, _atom(state, keyword, int(value)))
    kept = [at for at in range(len(state.cell.labels)) if at not in gone]
    cell = state.cell
    return _changed(
        state,
        replace(
            cell,
            labels=tuple(cell.labels[at] for at in kept),
            sources=tuple(cell.sources[at] for at in kept),
            marks=tuple(cell.marks[at] for at in kept) if cell.marks else (),
            fractions=cell.fractions[kept],
        ),
    )


def _inserted(state: _State, keyword: Keyword) -> _State:
    if state.keeps_symmetry:
        raise DeckError(
            keyword.line, f"{keyword.written} with KEEPSYMM is not followed here."
        )
    cell = state.cell
    rows = [keyword.values[at : at + 4] for at in range(1, len(keyword.values), 4)]
    positions = np.array(
        [[float(x.replace("D", "E")) for x in row[1:]] for row in rows]
    )
    return _changed(
        state,
        replace(
            cell,
            labels=(*cell.labels, *(int(row[0]) for row in rows)),
            sources=(*cell.sources, *(-1 for _ in rows)),
            marks=(*cell.marks, *(0 for _ in rows)) if cell.marks else (),
            fractions=np.concatenate([cell.fractions, _fractions(state, positions)]),
        ),
    )


def _displaced(state: _State, keyword: Keyword) -> _State:
    """Move atoms; with KEEPSYMM each image moves as the first operator to it says."""
    cell = state.cell
    fractions = cell.fractions.copy()
    for at in range(1, len(keyword.values), 4):
        atom = _atom(state, keyword, keyword.integer(at))
        move = np.array([[keyword.number(at + one) for one in (1, 2, 3)]])
        step = _fractions(state, move)[0]
        moves: dict[int, Array] = {atom: step}
        for operator in range(cell.n_operators if state.keeps_symmetry else 0):
            image = int(_images(cell, operator)[atom])
            moves.setdefault(image, cell.rotations[operator] @ step)
        for image, one in moves.items():
            fractions[image] += one
    return _changed(state, replace(cell, fractions=fractions))


def _fractions(state: _State, vectors: Array) -> Array:
    """Return vectors of the state's unit in the lattice's vectors."""
    if state.unit == "FRACTION":
        return vectors
    factor = ANGSTROM_PER_BOHR if state.unit == "BOHR" else 1.0
    fractions: Array = vectors * factor @ np.linalg.inv(state.cell.lattice_a)
    return fractions


def _strained(state: _State, keyword: Keyword) -> _State:
    if abs(keyword.integer(0)) != _STRAIN:
        raise DeckError(
            keyword.line,
            f"{keyword.written} of type {keyword.values[0]} is not followed here.",
        )
    matrix = _matrix(state, keyword, skip=1)
    size = state.cell.dimension
    matrix[:size, :size] += np.eye(size)
    return _changed(
        state, replace(state.cell, lattice_a=state.cell.lattice_a @ matrix.T)
    )


def _cut(state: _State, keyword: Keyword) -> _State:
    plane = np.array([keyword.number(at) for at in range(3)])
    first, n_layers = keyword.integer(3), keyword.integer(4)
    return _changed(state, cut(state.cell, plane, first, n_layers, keyword.line))


def _rolled(state: _State, keyword: Keyword) -> _State:
    first, second = keyword.integer(0), keyword.integer(1)
    if keyword.name == "SWCNT":
        # Its indices are those of hexagonal vectors at 60°; the cell has 120°.
        first += second
    return _changed(state, rolled(state.cell, (first, second), keyword.line))


def _without_symmetry(state: _State, keyword: Keyword) -> _State:
    del keyword
    cell = state.cell
    return replace(
        state,
        cell=replace(cell, rotations=np.eye(3)[None], translations=np.zeros((1, 3))),
    )


_ALTERATIONS: Final[dict[str, Callable[[_State, Keyword], _State]]] = {
    "SUPERCEL": _supercell,
    "SUPERCELL": _supercell,
    "SCELPHONO": _supercell,
    "SCELCONF": _supercell,
    "SUPERCON": _conventional_supercell,
    "ATOMSUBS": _substituted,
    "ATOMREMO": _removed,
    "ATOMINSE": _inserted,
    "ATOMDISP": _displaced,
    "MODISYMM": _modified,
    "SLABCUT": _cut,
    "SLAB": _cut,
    "NANOTUBE": _rolled,
    "SWCNT": _rolled,
    "ELASTIC": _strained,
    "SYMMREMO": _without_symmetry,
    "TRASREMO": lambda state, _: replace(state, cell=without_translations(state.cell)),
    "KEEPSYMM": lambda state, _: replace(state, keeps_symmetry=True),
    "BREAKSYM": lambda state, _: replace(state, keeps_symmetry=False),
    **{
        unit: lambda state, keyword: replace(state, unit=keyword.name)
        for unit in ("ANGSTROM", "BOHR", "FRACTION")
    },
}
