"""What must hold of a deck or a geometry file that was written of a structure."""

import warnings
from dataclasses import dataclass

import numpy as np
import spglib
from numpy.typing import NDArray

from crystalmathd.codes.crystal.cells import Cell, primitive_cell
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.written import WrittenGeometry
from crystalmathd.models.structures import Structure

Array = NDArray[np.float64]

SAME_A = 1e-6


def read_back(written: WrittenGeometry) -> Cell:
    """Read the lines as the deck that they will be part of."""
    text = "\n".join(("title", *written.lines, "TESTGEOM", "END", ""))
    geometry = read_deck(text).geometry
    assert geometry == written.geometry
    return primitive_cell(geometry)


def assert_is_the_structure(
    written: WrittenGeometry, given: Structure, within_a: float = SAME_A
) -> None:
    """Check that every given atom, turned and not mirrored, lies on one of the deck."""
    cell = read_back(written)
    turn = written.turn
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn) > 0
    size = cell.dimension
    inverse = np.linalg.inv(cell.lattice_a)
    vectors = np.array(given.lattice_a).reshape(-1, 3) @ turn.T
    multiples = (vectors @ inverse)[:, :size]
    ends = (multiples - np.round(multiples)) @ cell.lattice_a[:size]
    # A supercell's vectors are strained as many times as they are longer.
    assert np.abs(ends).max(initial=0) < within_a * max(1, written.n_given_cells)
    n_cells = abs(np.linalg.det(np.round(multiples))) if size else 1
    assert round(n_cells) == written.n_given_cells
    positions = np.array(given.positions_a) @ turn.T
    start = cell.positions_a[written.places[0]] - positions[0]
    steps = (positions + start - cell.positions_a[list(written.places)]) @ inverse
    steps[:, :size] -= np.round(steps[:, :size])
    assert np.linalg.norm(steps @ cell.lattice_a, axis=1).max() < within_a
    for atom, place in enumerate(written.places):
        assert given.atomic_numbers[atom] == cell.labels[place] % 100
    assert given.n_atoms == len(cell.labels) * written.n_given_cells
    assert [written.places[atom] for atom in written.order] == list(
        range(len(cell.labels))
    )
    electrons = sum(label % 100 for label in cell.labels) * written.n_given_cells
    assert electrons == sum(given.atomic_numbers)


def space_group(lattice: Array, fractions: Array, numbers: Array) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry_dataset(
            (lattice.tolist(), fractions.tolist(), [int(one) for one in numbers]),
            symprec=1e-4,
        )
    assert found is not None
    return int(found.number)


@dataclass(frozen=True)
class Gui:
    """A geometry file as another program would read it: numbers, one after another."""

    dimension: int
    vectors: Array
    operators: Array
    numbers: Array
    positions: Array

    @classmethod
    def read(cls, data: bytes) -> "Gui":
        words = iter(data.decode().split())
        dimension = int(next(words))
        next(words), next(words)
        take = lambda n: np.array([float(next(words)) for _ in range(n)])  # noqa: E731
        vectors = take(9).reshape(3, 3)
        operators = take(12 * int(next(words))).reshape(-1, 4, 3)
        atoms = take(4 * int(next(words))).reshape(-1, 4)
        return cls(dimension, vectors, operators, atoms[:, 0].astype(int), atoms[:, 1:])

    def assert_is_symmetric(self) -> None:
        """Every operator maps the atoms on to themselves; together they are a group."""
        inverse = np.linalg.inv(self.vectors)
        rotations, translations = self.operators[:, :3], self.operators[:, 3]
        for rotation, translation in zip(rotations, translations, strict=True):
            assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-8)
            images = self.positions @ rotation.T + translation
            steps = (images[:, None, :] - self.positions[None, :, :]) @ inverse
            steps -= np.round(steps)
            away = np.linalg.norm(steps @ self.vectors, axis=2)
            away[self.numbers[:, None] != self.numbers[None, :]] = 9
            assert away.min(axis=1).max() < SAME_A
            assert len(set(away.argmin(axis=1))) == len(self.numbers)
        products = rotations[:, None] @ rotations[None, :]
        same = np.abs(products[:, :, None] - rotations[None, None]).max(axis=(3, 4))
        assert (same.min(axis=2) < SAME_A).all()

    def space_group(self) -> int:
        """Ask spglib for the group of the operators alone."""
        inverse = np.linalg.inv(self.vectors)
        rotations = self.vectors.T
        turned = np.linalg.inv(rotations) @ self.operators[:, :3] @ rotations
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            found = spglib.get_spacegroup_type_from_symmetry(
                np.round(turned).astype(int),
                self.operators[:, 3] @ inverse,
                lattice=self.vectors.tolist(),
                symprec=1e-5,
            )
        assert found is not None
        return int(found.number)

    def assert_holds(self, cell: Cell) -> None:
        """Say that the file has the atoms of a deck, one for one and in its frame."""
        size = self.dimension
        assert size == cell.dimension
        assert np.allclose(self.vectors[:size], cell.lattice_a[:size], atol=1e-9)
        assert self.numbers.tolist() == list(cell.labels)
        assert np.allclose(self.positions, cell.positions_a, atol=1e-9)
        assert len(self.operators) == cell.n_operators
