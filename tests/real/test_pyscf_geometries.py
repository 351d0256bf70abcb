"""The energy of a structure as it was given, and behind the deck written of it."""

import os
from pathlib import Path

import numpy as np
import pytest

from crystalmathd.codes.crystal.geometry_writing import written_geometry
from crystalmathd.models.structures import Structure, Vector
from tests.real.test_pyscf_engine import energy_hartree

pytestmark = pytest.mark.pyscf

pytest.importorskip("pyscf")

SAME_HARTREE = 1e-6

# Hartree-Fock: the grids of a functional do not turn with the structure.
REST = """BASISSET
STO-3G
{mesh}TOLDEE
9
END
"""

FCC = ((0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))

Case = tuple[Structure, str]


def structure(
    scale: float, lattice: tuple[Vector, ...], atoms: list[tuple[int, Vector]]
) -> Structure:
    """Return a structure; `atoms` have Cartesian positions in units of the scale."""
    return Structure(
        dimension=len(lattice),
        lattice_a=tuple((scale * x, scale * y, scale * z) for x, y, z in lattice),
        atomic_numbers=tuple(number for number, _ in atoms),
        positions_a=tuple((scale * x, scale * y, scale * z) for _, (x, y, z) in atoms),
    )


CASES: dict[str, Case] = {
    "diamond": (
        structure(3.567, FCC, [(6, (0.1, 0.2, 0.3)), (6, (0.35, 0.45, 0.55))]),
        "SHRINK\n1 1\n",
    ),
    "lithium hydride": (
        structure(4.08, FCC, [(3, (0.5, 0.0, 0.0)), (1, (0.0, 0.0, 0.0))]),
        "SHRINK\n1 1\n",
    ),
    "water": (
        structure(
            1.0, (), [(8, (1.0, 2, 3)), (1, (1.76, 2.59, 3.0)), (1, (0.24, 2.59, 3))]
        ),
        "",
    ),
}


def as_given(given: Structure) -> str:
    """Return the geometry block of a structure in group 1, made by hand."""
    vectors = np.eye(3)
    vectors[: given.dimension] = np.array(given.lattice_a).reshape(-1, 3)
    fractions = np.array(given.positions_a) @ np.linalg.inv(vectors)
    a, b, c = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors.T / np.outer((a, b, c), (a, b, c))
    alpha, beta, gamma = np.degrees(np.arccos(cosines[[1, 0, 0], [2, 2, 1]]))
    cell = {
        3: f"{a:.10f} {b:.10f} {c:.10f} {alpha:.10f} {beta:.10f} {gamma:.10f}\n",
        2: f"{a:.10f} {b:.10f} {gamma:.10f}\n",
        0: "",
    }[given.dimension]
    kind = {3: "CRYSTAL\n0 0 0", 2: "SLAB", 0: "MOLECULE"}[given.dimension]
    atoms = "".join(
        f"{number} {x:.12f} {y:.12f} {z:.12f}\n"
        for number, (x, y, z) in zip(given.atomic_numbers, fractions, strict=True)
    )
    return f"{kind}\n1\n{cell}{given.n_atoms}\n{atoms}"


IS_WHOLE = bool(os.environ.get("CRYSTALMATH_TEST_ALL_CELLS"))


@pytest.mark.parametrize("name", CASES if IS_WHOLE else ["lithium hydride", "water"])
def test_the_written_deck_has_the_energy_of_the_structure(
    name: str, tmp_path: Path
) -> None:
    given, mesh = CASES[name]
    written = written_geometry(given)
    assert written.group_number > 1
    rest = REST.format(mesh=mesh)
    energies = []
    for at, block in enumerate((as_given(given), "\n".join(written.lines) + "\n")):
        directory = tmp_path / str(at)
        directory.mkdir()
        energies.append(energy_hartree(f"{name}\n{block}{rest}", directory))
    assert energies[0] == pytest.approx(energies[1], abs=SAME_HARTREE)
