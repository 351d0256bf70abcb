"""Slabs cut out of crystals, layer by layer of atoms.

numpy, scipy and spglib are needed: this is imported inside functions.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import CONVENTIONAL, PRIMITIVE, Step
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.kinds import vectors_of, with_atoms
from crystalmathd.structures.neighbours import positions
from crystalmathd.structures.soundness import MOST_ATOMS
from crystalmathd.structures.standardising import standardised

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SAME_LAYER_A: Final = 0.1
"""Atoms whose heights differ by less, from one to the next, are one layer."""
_AXES: Final = 3
_CENTRINGS: Final = 6
_MOST_INDEX: Final = 30
_WHOLE: Final = 1e-3
_WRAP: Final = 1e-7


def slab(sourced: SourcedStructure, step: Step) -> tuple[SourcedStructure, str]:
    """Return a slab with its vectors in the xy plane, the middle at z = 0; and a note.

    Raises
    ------
    StructureFaultError
        If it is no crystal, or the step does not say what is to be cut.
    """
    if step.miller is None or not any(step.miller):
        raise StructureFaultError("Miller indices other than 0 0 0 are wanted")
    if (step.layers is None) == (step.thickness_a is None):
        raise StructureFaultError("either layers or a thickness is wanted")
    conventional = standardised(sourced, _step(CONVENTIONAL, step))
    crystal = standardised(sourced, _step(PRIMITIVE, step))
    lattice = np.array(crystal.structure.lattice_a)
    plane = _plane(np.array(conventional.structure.lattice_a), step.miller, lattice)
    ways = _oriented(plane, lattice)
    turned = _turned(ways @ lattice)
    heights, atoms, inside = _layers(crystal, ways, turned)
    n_layers = len(heights)
    if not 0 <= step.termination < n_layers:
        raise StructureFaultError(
            f"the termination is one of 0 to {n_layers - 1}: so many layers repeat"
        )
    wanted = _count(step, heights, float(turned[2, 2]))
    placed, kept = [], []
    for number in range(step.termination, step.termination + wanted):
        turn, layer = divmod(number, n_layers)
        for atom in atoms[layer]:
            placed.append(inside[atom] + turn * turned[2])
            kept.append(atom)
    if not 0 < len(kept) <= MOST_ATOMS:
        raise StructureFaultError(f"the slab would have {len(kept)} atoms")
    made = _centred(crystal, turned, np.array(placed), kept, step.vacuum_a)
    note = (
        f"({' '.join(map(str, step.miller))}) of the conventional cell, {wanted} "
        f"layers of atoms, termination {step.termination} of {n_layers}."
    )
    return made, note


def _step(kind: str, step: Step) -> Step:
    return Step(kind=kind, tolerance_a=step.tolerance_a)


def _plane(conventional: Array, miller: tuple[int, int, int], lattice: Array) -> Whole:
    """Return the indices of the plane in the primitive cell, without common factor."""
    normal = np.linalg.inv(conventional) @ np.array(miller, dtype=np.float64)
    raw = lattice @ normal
    # Every primitive vector is a sum of conventional ones divided by 2 or 3 (centring).
    indices = np.round(raw * _CENTRINGS).astype(np.int64)
    if np.abs(raw * _CENTRINGS - indices).max() > _WHOLE:
        raise StructureFaultError("these Miller indices name no plane of the lattice")
    found: Whole = indices // math.gcd(*map(int, indices))
    if np.abs(found).max() > _MOST_INDEX:
        raise StructureFaultError("these Miller indices are too large")
    return found


def _oriented(plane: Whole, lattice: Array) -> Whole:
    """Return three lattice vectors: the shortest two in the plane, one to the next one.

    Rows in units of the lattice's own, with determinant ±1; right-handed, and 90° or
    more between the first two.
    """
    reach = int(np.abs(plane).max()) + 2
    axis = np.arange(-reach, reach + 1)
    grid = np.array(np.meshgrid(axis, axis, axis, indexing="ij")).reshape(3, -1).T
    grid = grid[np.argsort(np.linalg.norm(grid @ lattice, axis=1), kind="stable")]
    up = grid[grid @ plane == 1][0]
    inside = grid[(grid @ plane == 0) & grid.any(axis=1)]
    first = inside[0]
    # Rounded: the products of whole numbers are whole.
    volumes = np.round(np.abs(inside @ np.cross(up, first)))
    second = inside[volumes == 1][0]
    if (first @ lattice) @ (second @ lattice) > _WHOLE:
        second = -second
    ways: Whole = np.array((first, second, up), dtype=np.int64)
    if np.linalg.det(ways @ lattice) < 0:
        ways = ways[[1, 0, 2]]
    return ways


def _turned(vectors: Array) -> Array:
    """Return the vectors with the first along x, the second in the xy plane."""
    a, b, c = vectors
    x = a / np.linalg.norm(a)
    z = np.cross(a, b)
    z = z / np.linalg.norm(z)
    axes = np.array((x, np.cross(z, x), z))
    turned: Array = np.array((a, b, c)) @ axes.T
    turned[np.abs(turned) < 1e-12] = 0  # noqa: PLR2004 - Å
    return turned


def _layers(
    crystal: SourcedStructure, ways: Whole, turned: Array
) -> tuple[list[float], list[list[int]], Array]:
    """Return heights (Å) and atoms of the layers that repeat, and all positions.

    The lowest layer begins at the widest gap: no layer is cut by the border.
    """
    own = positions(crystal.structure) @ np.linalg.inv(
        np.array(crystal.structure.lattice_a)
    )
    inside = own @ np.linalg.inv(ways)
    inside -= np.floor(inside + _WRAP)
    order = np.argsort(inside[:, 2], kind="stable")
    steps = np.diff(inside[order, 2], append=inside[order[0], 2] + 1)
    start = (int(np.argmax(steps)) + 1) % len(order)
    order = np.roll(order, -start)
    if start:
        inside[order[len(order) - start :], 2] += 1
    placed: Array = inside @ turned
    heights: list[float] = []
    layers: list[list[int]] = []
    before = -math.inf
    for atom in order:
        height = float(placed[atom, 2])
        if height - before > SAME_LAYER_A:
            layers.append([])
            heights.append(height)
        layers[-1].append(int(atom))
        before = height
    return heights, layers, placed


def _count(step: Step, heights: list[float], period: float) -> int:
    """Return the number of layers: those asked for, or the fewest that are as thick."""
    if step.layers is not None:
        if not 0 < step.layers <= MOST_ATOMS:
            raise StructureFaultError("a slab has one layer or more")
        return step.layers
    thickness = step.thickness_a or 0.0
    if not 0 < thickness < 10_000:  # noqa: PLR2004 - Å
        raise StructureFaultError("the thickness is a positive number of Å")
    n_layers = len(heights)
    lowest = heights[step.termination]
    wanted = 1
    while True:
        turn, layer = divmod(step.termination + wanted - 1, n_layers)
        if heights[layer] + turn * period - lowest >= thickness - _WHOLE:
            return wanted
        wanted += 1


def _centred(
    crystal: SourcedStructure,
    turned: Array,
    placed: Array,
    kept: list[int],
    vacuum_a: float | None,
) -> SourcedStructure:
    """Return the slab with its atoms inside of the cell's two vectors."""
    placed[:, 2] -= (placed[:, 2].max() + placed[:, 2].min()) / 2
    plane = turned[:2, :2]
    fractions = placed[:, :2] @ np.linalg.inv(plane)
    fractions -= np.floor(fractions + _WRAP)
    placed[:, :2] = fractions @ plane
    vectors = turned[:2]
    if vacuum_a is not None:
        if vacuum_a <= 0:
            raise StructureFaultError("the vacuum is a positive number of Å")
        height = float(placed[:, 2].max() - placed[:, 2].min()) + vacuum_a
        vectors = np.vstack([vectors, [0.0, 0.0, height]])
        placed[:, 2] += height / 2
    return with_atoms(crystal, kept, vectors_of(placed), vectors_of(vectors))
