"""The texts of INCAR and KPOINTS. Source: vasp.at wiki, the pages of each."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from crystalmathd.codes.vasp.options import Value
from crystalmathd.codes.vasp.poscar_writing import number_row
from crystalmathd.structures.band_paths import KPath
from crystalmathd.structures.meshes import Mesh

_POINTS_ON_LINE = 20


def incar_text(tags: Mapping[str, Value]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in tags.items())


def mesh_text(mesh: Mesh, title: str) -> str:
    """Write a mesh centred on Γ: right for every lattice, hexagonal and fcc too."""
    return f"{title}\n0\nGamma\n{' '.join(map(str, mesh))}\n0 0 0\n"


def path_text(path: KPath) -> str:
    """Write a path line by line: each from a point to the next."""
    pairs = [pair for line in path for pair in itertools.pairwise(line)]
    rows = [
        f"{number_row(start)} ! {name}\n{number_row(end)} ! {other}\n"
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
