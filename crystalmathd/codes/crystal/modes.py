"""Tables of vibrational modes in an output of FREQCALC, and their intensities.

A line stands for a degenerate set; it is given out once for each of its modes.
Source: outputs of CRYSTAL06 to 22 at Γ, on meshes and along paths of q-points.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Mode

_SET: Final = re.compile(
    r" *(\d{1,9})- *(\d{1,9}) +\S+ +(\S+) +\S+ +\(([^)]*)\)"
    r"(?: +([AI]) +\( *(\S+)\) +([AI]))?"
)
"""`4-   6  eigenvalue  cm⁻¹  THz  (Fu )   A (    1.82)   I`; without activities
at other points than Γ."""

_RAMAN: Final = re.compile(r" *(\d{1,9})- *(\d{1,9}) +\S+ +\([^)]*\) +(\S+)")
"""`7-   8       71.0918 (Eg )    156.55     89.46     67.09`: total, ∥, ⊥."""

_MOST_DEGENERATE: Final = 100
"""Far above what symmetry allows; a damaged line must not make millions of modes."""

_HEADING_LINES: Final = 3
"""Most lines between the heading of a table (or of a q-point) and its first set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModeSet:
    """One line of a table; the intensities are those of the whole set."""

    first: int
    last: int
    frequency_cm: float
    irrep: str | None
    is_infrared_active: bool | None = None
    infrared_km_mol: float | None = None
    is_raman_active: bool | None = None

    @property
    def degeneracy(self) -> int:
        return self.last - self.first + 1


def read_sets(lines: Sequence[str], heading: int) -> tuple[ModeSet, ...]:
    """Read a table below its heading: sets that follow each other from mode 1 on.

    Empty if there is none: tables of LO modes begin with a higher number. Of a
    table that was cut, what is whole.
    """
    start = _first_set(lines, heading)
    sets: list[ModeSet] = []
    if start is None:
        return ()
    for index in range(start, len(lines)):
        found = _set(lines[index])
        expected = sets[-1].last + 1 if sets else 1
        if found is None or found.first != expected:
            break
        if not 0 < found.degeneracy <= _MOST_DEGENERATE:
            break
        sets.append(found)
    return tuple(sets)


def read_raman(lines: Sequence[str], heading: int) -> dict[int, float]:
    """Read the powder intensities: first mode of a set → I_tot of the set."""
    found: dict[int, float] = {}
    for index in range(heading + 2, len(lines)):
        match = _RAMAN.match(lines[index])
        if match is None:
            break
        if (total := fortran_float(match[3])) is not None:
            found[int(match[1])] = total
    return found


def expand(
    sets: Sequence[ModeSet], raman: Mapping[int, float], *, has_intensities: bool
) -> Iterator[Mode]:
    """Yield every mode; the intensities of a set are shared among its modes."""
    for group in sets:
        infrared = group.infrared_km_mol if has_intensities else None
        yield from (
            Mode(
                frequency_cm=group.frequency_cm,
                irrep=group.irrep,
                infrared_km_mol=_share(infrared, group),
                raman=_share(raman.get(group.first), group),
                is_infrared_active=group.is_infrared_active,
                is_raman_active=group.is_raman_active,
            )
            for _ in range(group.degeneracy)
        )


def _share(intensity: float | None, group: ModeSet) -> float | None:
    return None if intensity is None else intensity / group.degeneracy


def _first_set(lines: Sequence[str], heading: int) -> int | None:
    for index in range(heading + 1, min(heading + 1 + _HEADING_LINES, len(lines))):
        if _SET.match(lines[index]):
            return index
    return None


def _set(line: str) -> ModeSet | None:
    match = _SET.match(line)
    if match is None or (frequency := fortran_float(match[3])) is None:
        return None
    return ModeSet(
        first=int(match[1]),
        last=int(match[2]),
        frequency_cm=frequency,
        irrep=match[4].strip() or None,
        is_infrared_active=_is_active(match[5]),
        infrared_km_mol=None if match[6] is None else fortran_float(match[6]),
        is_raman_active=_is_active(match[7]),
    )


def _is_active(word: str | None) -> bool | None:
    return None if word is None else word == "A"
