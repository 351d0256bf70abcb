"""BAND.DAT and DOSS.DAT: the plots of `properties` for xmgrace.

A heading of `#` and `@` lines, rows of numbers, and `# EFERMI (HARTREE)` behind them;
the rows of β follow with a second foot. Energies count from the Fermi energy. Source:
files of CRYSTAL17 and 23 in public repositories.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from crystalmathd.codes.crystal import kpath
from crystalmathd.codes.numbers import fortran_floats
from crystalmathd.models.quantities import Bands, DensityOfStates, KLabel, Projection
from crystalmathd.models.structures import Vector
from crystalmathd.units import EV_PER_HARTREE

_BANDS: Final = re.compile(r"# *NKPT +(\d{1,9}) +NBND +(\d{1,9}) +NSPIN +(\d)")
_DENSITIES: Final = re.compile(r"# *NEPTS +(\d{1,9}) +NPROJ +(\d{1,9}) +NSPIN +(\d)")
_LABEL: Final = re.compile(r"# +(\d{1,9}) +(\S.*?) *$")
_WHOLE: Final = re.compile(r"\( *(-?\d{1,9}), *(-?\d{1,9}), *(-?\d{1,9})\)/(\d{1,9})$")
_SPINS: Final = ("up", "down")


@dataclass(slots=True)
class _Table:
    """The parts of a file; `blocks` holds the rows of each spin."""

    is_ev: bool = False
    labels: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[list[tuple[float, ...]]] = field(default_factory=list)

    @property
    def ev(self) -> float:
        """The unit of energy of the file in eV."""
        return 1.0 if self.is_ev else EV_PER_HARTREE


def read_band_dat(data: bytes) -> Bands | None:
    """Read BAND.DAT; None if it is none, or if it does not hold every k-point."""
    table = _read(data, _BANDS)
    if table is None or not table.blocks:
        return None
    labels = tuple(
        KLabel(index=number - 1, name=_name(text)) for number, text in table.labels
    )
    return Bands(
        energies_ev=tuple(
            tuple(tuple(e * table.ev for e in row[1:]) for row in block)
            for block in table.blocks
        ),
        kpoints=_kpoints(table),
        distances=tuple(row[0] for row in table.blocks[0]),
        labels=labels,
        fermi_ev=0.0,
    )


def read_doss_dat(
    data: bytes, projections: Sequence[str] = ()
) -> DensityOfStates | None:
    """Read DOSS.DAT; None if it is none, or if it does not hold every energy.

    The last column is the total; `projections` names the others, if known.
    """
    table = _read(data, _DENSITIES)
    if table is None or not table.blocks:
        return None
    curves = [
        Projection(
            name=_column_name(number, len(block[0]) - 1, projections),
            spin=_SPINS[spin] if len(table.blocks) > 1 else None,
            # β densities are written negative, to be drawn downwards.
            density=tuple((-1) ** spin * row[number] / table.ev for row in block),
        )
        for spin, block in enumerate(table.blocks)
        for number in range(1, len(block[0]))
    ]
    return DensityOfStates(
        energies_ev=tuple(row[0] * table.ev for row in table.blocks[0]),
        curves=tuple(curves),
        fermi_ev=0.0,
    )


def _read(data: bytes, heading: re.Pattern[str]) -> _Table | None:
    lines = data.decode("utf-8", "replace").splitlines()
    match = next((m for line in lines[:5] if (m := heading.match(line))), None)
    if match is None:
        return None
    table = _Table()
    for line in lines:
        if line.startswith("@"):
            table.is_ev |= "AXIS LABEL" in line and "(EV)" in line.upper()
        elif label := _LABEL.match(line):
            table.labels.append((int(label[1]), label[2]))
    n_rows, n_columns, n_spins = (int(n) for n in match.groups())
    rows = list(_rows(lines, 1 + n_columns))
    blocks = [rows[i : i + n_rows] for i in range(0, n_rows * n_spins, n_rows or 1)]
    table.blocks = [block for block in blocks if block and len(block) == n_rows]
    return table


def _rows(lines: Sequence[str], length: int) -> Iterator[tuple[float, ...]]:
    """Yield whole rows; one of more than a thousand numbers goes on in the next line.

    Ends at a word that is no number.
    """
    row: tuple[float, ...] = ()
    for line in lines:
        if line.startswith(("#", "@", "&")) or not line.strip():
            continue
        numbers = fortran_floats(line)
        if numbers is None:
            return
        row += numbers
        if len(row) == length:
            yield row
            row = ()
        elif len(row) > length:
            return


def _name(text: str) -> str:
    """`(2,0,2)/4` → `1/2 0 1/2`; a name that the deck gave stays as it is."""
    whole = _WHOLE.match(text)
    if whole is None:
        return text
    ends = int(whole[1]), int(whole[2]), int(whole[3])
    return kpath.name_of(ends, int(whole[4]))


def _kpoints(table: _Table) -> tuple[Vector, ...]:
    """Return the points between the labels; none if one label has no coordinates."""
    ends: list[tuple[int, Vector]] = []
    n_points = len(table.blocks[0])
    for number, text in table.labels:
        whole = _WHOLE.match(text)
        if whole is None or not int(whole[4]) or number > n_points:
            return ()
        x, y, z = (int(whole[i]) / int(whole[4]) for i in (1, 2, 3))
        ends.append((number - 1, (x, y, z)))
    points = dict(ends[:1])
    for (first, a), (last, b) in pairwise(ends):
        for index in range(first + 1, last + 1):
            share = (index - first) / (last - first)
            x, y, z = (p + (q - p) * share for p, q in zip(a, b, strict=True))
            points[index] = (x, y, z)
    if sorted(points) != list(range(n_points)):
        return ()
    return tuple(points[index] for index in range(n_points))


def _column_name(number: int, n_columns: int, projections: Sequence[str]) -> str:
    if number == n_columns:
        return "total"
    is_named = number <= len(projections)
    return projections[number - 1] if is_named else f"projection {number}"
