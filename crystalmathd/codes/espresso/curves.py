"""Tables of curves: `.gnu` of bands.x, densities of states of dos.x and projwfc.x."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.espresso.report import Report
from crystalmathd.codes.espresso.system import floats
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import (
    Bands,
    DensityOfStates,
    KLabel,
    Projection,
)

_FERMI: Final = re.compile(r"EFermi *= *(\S+) *eV")
_SHELL: Final = re.compile(r"pdos_atm#(\d{1,9})\((\w+)\)_wfc#(\d{1,9})\(([^)]*)\)$")
_SPINS: Final = {"up": "up", "dw": "down"}
_SAME_DISTANCE: Final = 1.01e-4


def path_labels(report: Report) -> dict[float, str]:
    """Return distance along the path → the point there, Cartesian in 2π/alat."""
    labels = {}
    for line in report.lines:
        if "high-symmetry point" in line and "x coordinate" in line:
            numbers = floats(line)
            if len(numbers) == len("xyz") + 1:
                k = numbers[:3]
                name = " ".join(f"{x:g}" for x in k) if any(k) else "Γ"
                labels[numbers[3]] = name
    return labels


def path_bands(data: bytes, labels: Mapping[float, str]) -> Bands | None:
    """Read a `.gnu`: distance and energy (eV) in rows, an empty line behind a band."""
    blocks: list[list[tuple[float, float]]] = [[]]
    for line in data.decode("utf-8", "replace").split("\n")[:-1]:
        numbers = [fortran_float(word) for word in line.split()]
        if not numbers and blocks[-1]:
            blocks.append([])
        elif len(numbers) == len("xe"):
            x, energy = numbers
            if x is None or energy is None:
                return None
            blocks[-1].append((x, energy))
        elif numbers:
            return None
    bands = [block for block in blocks if block]
    if not bands or len({len(band) for band in bands}) > 1:
        return None
    distances = [x for x, _ in bands[0]]
    energies = tuple(tuple(band[k][1] for band in bands) for k in range(len(distances)))
    return Bands(
        energies_ev=(energies,),
        distances=tuple(distances),
        labels=tuple(
            KLabel(index=index, name=name)
            for index, x in enumerate(distances)
            for place, name in labels.items()
            if abs(place - x) < _SAME_DISTANCE
        ),
    )


def density_of_states(files: Mapping[str, bytes]) -> DensityOfStates | None:
    """Read `fildos`, or `pdos_tot` with the projections beside it, states/eV.

    A grid that differs from the first one's belongs to another run: it is left out,
    as are tables by k-point.
    """
    grid: tuple[float, ...] = ()
    fermi = None
    curves: list[Projection] = []
    for name in sorted(files, key=_order):
        table = _table(files[name])
        if table is None:
            continue
        columns, rows, one_fermi = table
        energies = tuple(row[0] for row in rows)
        if grid and energies != grid:
            continue
        grid, fermi = energies, fermi if one_fermi is None else one_fermi
        curves += _projections(name, columns, rows)
    if not curves:
        return None
    return DensityOfStates(energies_ev=grid, curves=tuple(curves), fermi_ev=fermi)


def _order(name: str) -> tuple[bool, int, int, str]:
    match = _SHELL.search(name)
    if match is None:
        return False, 0, 0, name
    return True, int(match[1]), int(match[3]), name


def _table(
    data: bytes,
) -> tuple[list[str], list[list[float]], float | None] | None:
    head, *lines = data.decode("utf-8", "replace").split("\n")[:-1] or [""]
    columns = head.removeprefix("#").split("EFermi")[0].split()
    if not head.startswith("#") or columns[:2] != ["E", "(eV)"]:
        return None
    rows = []
    for line in lines:
        values = [fortran_float(word) for word in line.split()]
        if not values or None in values:
            continue
        rows.append([value for value in values if value is not None])
    if not rows or len({len(row) for row in rows}) > 1:
        return None
    fermi = _FERMI.search(head)
    return columns[2:], rows, None if fermi is None else fortran_float(fermi[1])


def _projections(
    name: str, columns: list[str], rows: list[list[float]]
) -> list[Projection]:
    """Return the columns of the density itself: sums over m, no integrals."""
    shell = _SHELL.search(PurePosixPath(name).name)
    wanted = "ldos" if shell else "dos"
    title = f"{shell[2]}{shell[1]} {shell[4]}" if shell else "total"
    found = []
    for at, column in enumerate(columns, start=1):
        kind = column.partition("(")[0].lower()
        spin = _SPINS.get(kind[-2:])
        if kind.removesuffix(kind[-2:] if spin else "") == wanted and at < len(rows[0]):
            density = tuple(row[at] for row in rows)
            found.append(Projection(name=title, spin=spin, density=density))
    return found
