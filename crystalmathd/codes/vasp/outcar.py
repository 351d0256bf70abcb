"""The lines of an OUTCAR, and where in it something begins.

VASP starts each thing it prints with the same words; the blanks before them differ
between versions. One pass notes where they stand, everything else is read from there.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.lines import complete_lines

_WORDS: Final = {
    "vasp.": "version",
    "running ": "running",
    "serial version": "serial",
    "each image running": "image",
    "INCAR:": "incar",
    "POTCAR:": "potcar",
    "VRHFIN": "element",
    "TITEL ": "title",
    "LEXCH  =": "exchange",
    "POMASS =": "valence",
    "ions per type": "counts",
    "Dimension of arrays": "settings",
    "Subroutine INISYM": "operators",
    "Subroutine GETGRP": "operators",
    "Subroutine DYNSYM": "operators",
    "generate k-points for": "mesh",
    "interpolating k-points": "line_mode",
    "k-points in reciprocal lattice": "kpoints",
    "direct lattice vectors": "lattice",
    "position of ions in cartesian": "initial",
    "maximum number of plane-waves": "plane_waves",
    "total energy-change": "change",
    "energy without entropy": "cycle",
    "free  energy": "free",
    "energy  without entropy": "zero",
    "reached required accuracy": "accuracy",
    "General timing": "timing",
    "POSITION  ": "forces",
    "total drift": "drift",
    "in kB ": "stress",
    "E-fermi": "fermi",
    "number of electron ": "electrons",
    "total charge": "charge",
    "magnetization (": "moments",
    "MACROSCOPIC STATIC": "dielectric",
    "BORN EFFECTIVE": "born",
    "Eigenvectors and eigenvalues of": "modes",
    "TOTAL ELASTIC MODULI": "elastic",
    "SYMMETRIZED ELASTIC MODULI": "elastic_clamped",
    "PIEZOELECTRIC TENSOR": "piezoelectric",
    "Total CPU time": "cpu",
    "Elapsed time": "wall",
    "Maximum memory used": "memory",
    "WARNING": "warning",
    "IVDW  ": "dispersion",
    "LDA+U is selected": "hubbard",
    "METAGGA =": "metagga",
}
_LENGTH: Final = 5
"""Of the beginning that is looked up; no word above is shorter."""


def _by_beginning() -> dict[str, tuple[tuple[str, str], ...]]:
    table: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for words, name in _WORDS.items():
        table[words[:_LENGTH]].append((words, name))
    return {beginning: tuple(found) for beginning, found in table.items()}


_RULE: Final = "-" * _LENGTH
_BEGINNINGS: Final = _by_beginning() | {_RULE: ()}


@dataclass(slots=True)
class Outcar:
    """`marks`: (index of the line, what begins there), in the order of the file."""

    lines: list[str]
    marks: list[tuple[int, str]] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)

    def first(self, name: str) -> int | None:
        found = self.places.get(name)
        return found[0] if found else None

    def last(self, name: str) -> int | None:
        found = self.places.get(name)
        return found[-1] if found else None

    def all(self, name: str) -> list[int]:
        return self.places.get(name, [])

    def first_line(self, name: str) -> str:
        """Return the line that starts it; empty if there is none."""
        place = self.first(name)
        return "" if place is None else self.lines[place]

    def last_line(self, name: str) -> str:
        place = self.last(name)
        return "" if place is None else self.lines[place]


def read_lines(data: bytes) -> Outcar:
    """Note where everything begins. A line that was cut while written is left out."""
    outcar = Outcar(complete_lines(data))
    note = outcar.marks.append
    look_up = _BEGINNINGS.get
    for place, line in enumerate(outcar.lines):
        bare = line.lstrip(" ")
        found = look_up(bare[:_LENGTH])
        if found is None:
            continue
        for words, name in found:
            if bare.startswith(words):
                note((place, name))
        if not found:
            # Rules of dashes, with words in the middle of some.
            bare = bare.lstrip("-")
            if bare.startswith(" Iteration"):
                note((place, "iteration"))
            elif bare.startswith(" aborting loop"):
                note((place, "abort"))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in outcar.marks:
        places[name].append(place)
    outcar.places = dict(places)
    return outcar
