"""The texts of INCAR, KPOINTS and POSCAR. Source: vasp.at wiki, the pages of each."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crystalmathd.codes.vasp.options import Value
from crystalmathd.models.structures import Vector
from crystalmathd.structures.band_paths import KPath
from crystalmathd.structures.meshes import Mesh

_POINTS_ON_LINE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouped:
    """Atoms one element after the other, as POSCAR, POTCAR and MAGMOM count them.

    `order`: for each atom of the file, which of the cell's atoms it is.
    """

    elements: tuple[str, ...]
    counts: tuple[int, ...]
    order: tuple[int, ...]


def grouped(elements_of_atoms: Sequence[str]) -> Grouped:
    """Group atoms by element; elements and atoms keep the order they come in."""
    elements = tuple(dict.fromkeys(elements_of_atoms))
    order = sorted(
        range(len(elements_of_atoms)),
        key=lambda at: elements.index(elements_of_atoms[at]),
    )
    return Grouped(
        elements=elements,
        counts=tuple(list(elements_of_atoms).count(element) for element in elements),
        order=tuple(order),
    )


def incar_text(tags: Mapping[str, Value]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in tags.items())


def poscar_text(
    title: str,
    lattice_a: Sequence[Vector],
    fractions: Sequence[Vector],
    atoms: Grouped,
) -> str:
    lines = [
        title,
        "1.0",
        *(_numbers(row) for row in lattice_a),
        " ".join(atoms.elements),
        " ".join(map(str, atoms.counts)),
        "Direct",
        *(_numbers(fractions[at]) for at in atoms.order),
    ]
    return "\n".join(lines) + "\n"


def mesh_text(mesh: Mesh, title: str) -> str:
    """Write a mesh centred on Γ: right for every lattice, hexagonal and fcc too."""
    return f"{title}\n0\nGamma\n{' '.join(map(str, mesh))}\n0 0 0\n"


def path_text(path: KPath) -> str:
    """Write a path line by line: each from a point to the next."""
    pairs = [pair for line in path for pair in itertools.pairwise(line)]
    rows = [
        f"{_numbers(start)} ! {name}\n{_numbers(end)} ! {other}\n"
        for (name, start), (other, end) in pairs
    ]
    return f"path\n{_POINTS_ON_LINE}\nLine-mode\nReciprocal\n" + "\n".join(rows)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return ".TRUE." if value else ".FALSE."
    if isinstance(value, list):
        return " ".join(_repeated(value))
    return str(value)


def _repeated(values: Sequence[float]) -> Iterable[str]:
    """Yield `4*0.6` for equal values in a row: an INCAR's lines are short."""
    for value, same in itertools.groupby(values):
        count = len(list(same))
        yield f"{count}*{value:g}" if count > 1 else f"{value:g}"


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:21.16f}" for value in values)
