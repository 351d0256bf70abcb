"""fort.25: bands, densities of states and maps for Crgra and other plotters.

Every record has a heading (`-%-0BAND   14    7 …`: kind of wavefunction, what it is,
numbers of rows and columns, three numbers), a line of two numbers, a line of six whole
numbers and its values, six a line, twelve characters each, which may touch. Energies
are hartree on the zero of the wavefunction. Source: files of CRYSTAL14 to 23 and their
main outputs. FREQCALC writes phonon bands under the same name: this reader is for what
`properties` has written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal import kpath
from crystalmathd.codes.crystal.kpath import Ends, PathLine
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Bands, DensityOfStates, Projection
from crystalmathd.units import EV_PER_HARTREE

_HEADING: Final = re.compile(r"-%-(\d)([A-Z]{4})(.{5})(.{5})(.{12})(.{12})(.{12})")
_WIDTH: Final = 12
_INTEGER: Final = 5
_OPEN_SHELL: Final = frozenset("13")
_SPINS: Final = ("up", "down")
_FIRST_VALUES: Final = 3
"""Number of lines above the values of a record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plots:
    """`names`: of every record in the order of the file (BAND, DOSS, MAPN …)."""

    names: tuple[str, ...]
    bands: Bands | None = None
    dos: DensityOfStates | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    name: str
    is_open_shell: bool
    n_rows: int
    n_columns: int
    step: float
    fermi: float
    origin: float
    """Second number of the second line: the first energy of a DOSS."""
    whole: tuple[int, ...]
    values: tuple[float, ...]


def read_fort25(
    data: bytes, *, denominator: int | None = None, projections: Sequence[str] = ()
) -> Plots | None:
    """Read what is whole; None if the file is no fort.25.

    Parameters
    ----------
    denominator
        ISS of the band path, which the file does not hold (`bands.read_bands` finds it
        in the main output): without it there are no k-points.
    projections
        Names of the projected densities in their order, if they are known.
    """
    lines = data.decode("utf-8", "replace").splitlines()
    names = tuple(match[2] for line in lines if (match := _HEADING.match(line)))
    if not names:
        return None
    records = list(_records(lines))
    n_dos = sum(record.name == "DOSS" for record in records)
    return Plots(
        names=names,
        bands=_bands([r for r in records if r.name == "BAND"], denominator),
        dos=_dos(
            [r for r in records if r.name == "DOSS"],
            projections,
            is_whole=n_dos == names.count("DOSS"),
        ),
    )


def _records(lines: Sequence[str]) -> Iterator[_Record]:
    """Yield the bands and densities whose values are all there and are numbers."""
    starts = [i for i, line in enumerate(lines) if _HEADING.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        record = _record(lines[start:end])
        if record is not None:
            yield record


def _record(lines: Sequence[str]) -> _Record | None:
    match = _HEADING.match(lines[0])
    if match is None or match[2] not in ("BAND", "DOSS") or len(lines) < _FIRST_VALUES:
        return None
    counts = _integers(match[3] + match[4])
    step, fermi = fortran_float(match[6]), fortran_float(match[7])
    origin = fortran_float(lines[1][_WIDTH : 2 * _WIDTH])
    whole = _integers(lines[2])
    values = _values(lines[_FIRST_VALUES:])
    if counts is None or step is None or fermi is None or origin is None or not whole:
        return None
    n_values = counts[0] * counts[1]
    if not 0 < n_values <= len(values):
        return None
    return _Record(
        name=match[2],
        is_open_shell=match[1] in _OPEN_SHELL,
        n_rows=counts[0],
        n_columns=counts[1],
        step=step,
        fermi=fermi,
        origin=origin,
        whole=whole,
        values=tuple(values[:n_values]),
    )


def _values(lines: Sequence[str]) -> list[float]:
    """Read up to the first field that is no number."""
    values: list[float] = []
    for line in lines:
        for begin in range(0, len(line.rstrip()), _WIDTH):
            value = fortran_float(line[begin : begin + _WIDTH].strip())
            if value is None:
                return values
            values.append(value)
    return values


def _integers(text: str) -> tuple[int, ...] | None:
    fields = (text[i : i + _INTEGER] for i in range(0, len(text.rstrip()), _INTEGER))
    try:
        return tuple(int(one) for one in fields)
    except ValueError:
        return None


def _bands(records: Sequence[_Record], denominator: int | None) -> Bands | None:
    """Join the lines of the path; of two paths with other bands, the first."""
    records = [r for r in records if len(r.whole) == 2 * len("xyz")]
    records = [r for r in records if r.n_rows == records[0].n_rows]
    if not records:
        return None
    spins = _by_spin(records)
    path = [
        PathLine(
            start=_ends(record.whole[:3]),
            end=_ends(record.whole[3:]),
            n_points=record.n_columns,
            step=record.step,
        )
        for record in spins[0]
    ]
    return Bands(
        energies_ev=tuple(
            tuple(row for record in spin for row in _rows(record)) for spin in spins
        ),
        kpoints=kpath.kpoints(path, denominator),
        distances=kpath.distances(path),
        labels=kpath.labels(path, denominator),
        fermi_ev=records[0].fermi * EV_PER_HARTREE,
    )


def _rows(record: _Record) -> Iterator[tuple[float, ...]]:
    """Yield the energies at each k-point."""
    for begin in range(0, len(record.values), record.n_rows):
        row = record.values[begin : begin + record.n_rows]
        yield tuple(energy * EV_PER_HARTREE for energy in row)


def _by_spin(records: Sequence[_Record]) -> list[Sequence[_Record]]:
    """Split into α and β: the second walks the same path, as a whole or by the line.

    A β path that is not whole is left out, and so is a path that a closed shell
    walks a second time.
    """
    paths = [record.whole for record in records]
    n_spins = 2 if records[0].is_open_shell else 1
    if n_spins > 1 and len(paths) % 2 == 0 and paths[::2] == paths[1::2]:
        return [records[::2], records[1::2]]
    n = _walk_length(paths, may_end_early=n_spins > 1)
    walks = [records[i : i + n] for i in range(0, n_spins * n, n)]
    return [walk for walk in walks if len(walk) == n]


def _walk_length(paths: Sequence[tuple[int, ...]], *, may_end_early: bool) -> int:
    """Return after how many lines the path begins anew; all of them if it does not.

    `may_end_early`: of an open shell in a file that was cut, the second walk.
    """
    n_lines = len(paths)
    half = n_lines // 2
    if n_lines % 2 == 0 and paths[:half] == paths[half:]:
        return half
    candidates = (
        n
        for n in range(1, n_lines)
        if paths[n] == paths[0] and (may_end_early or n_lines % n == 0)
    )
    return next((n for n in candidates if paths[n:] == paths[:-n]), n_lines)


def _ends(numbers: Sequence[int]) -> Ends:
    return numbers[0], numbers[1], numbers[2]


def _dos(
    records: Sequence[_Record], projections: Sequence[str], *, is_whole: bool
) -> DensityOfStates | None:
    """Join the curves: those of α (or both) first, then β, the total behind each."""
    if not records:
        return None
    first = records[0]
    records = [r for r in records if _grid(r) == _grid(first)]
    begin = next(
        (i for i, r in enumerate(records) if i > 0 and r.whole[0] == first.whole[0]),
        len(records),
    )
    is_polarised = first.is_open_shell
    curves = []
    for place, record in enumerate(records):
        is_beta = place >= begin
        is_total = is_whole and (record is records[-1] or place == begin - 1)
        curves.append(
            Projection(
                name="total" if is_total else _name(record.whole[0], projections),
                spin=_SPINS[is_beta] if is_polarised else None,
                density=_density(record, sign=-1 if is_beta and is_polarised else 1),
            )
        )
    return DensityOfStates(
        energies_ev=tuple(
            (first.origin + first.step * i) * EV_PER_HARTREE
            for i in range(first.n_columns)
        ),
        curves=tuple(curves),
        fermi_ev=first.fermi * EV_PER_HARTREE,
    )


def _grid(record: _Record) -> tuple[int, float, float]:
    return record.n_columns, record.origin, record.step


def _name(number: int, projections: Sequence[str]) -> str:
    is_named = 0 < number <= len(projections)
    return projections[number - 1] if is_named else f"projection {number}"


def _density(record: _Record, *, sign: int) -> tuple[float, ...]:
    """Return states/eV; β densities are written negative, to be drawn downwards."""
    return tuple(sign * value / EV_PER_HARTREE for value in record.values)
