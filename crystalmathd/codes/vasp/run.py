"""What one run of VASP printed, whichever file it was read from."""

import re
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import (
    Bands,
    Charges,
    DensityOfStates,
    Dielectric,
    Elastic,
    Tensor,
    Vibrations,
)
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number

_EXACT: Final = 90
"""IALGO of ALGO = Exact."""
_MOST_ATOMS: Final = 1_000_000
"""More are a misprint, and would not fit into memory."""
_PLAIN: Final = re.compile(r"[-+]?\d*\.\d+(?:[EeDd][-+]?\d+)?|[-+]?\d+")


@dataclass(slots=True, kw_only=True)
class Species:
    """A POTCAR of the run, with the atoms that use it."""

    symbol: str
    title: str = ""
    valence: float | None = None
    count: int | None = None
    exchange: str | None = None
    """LEXCH of the POTCAR: PE, 91, CA …"""


@dataclass(slots=True, kw_only=True)
class Step:
    """One ionic step: its electronic loop, and what was computed after it.

    `energies_ev` after each electronic step are of the kind sigma→0. `changes_ev`:
    the last change of the energy and of the eigenvalues. `zero_line` counts from 1.
    """

    number: int
    energies_ev: list[float | None] = field(default_factory=list)
    deltas_ev: list[float | None] = field(default_factory=list)
    n_cycles: int = 0
    changes_ev: tuple[float | None, ...] = ()
    is_converged: bool | None = None
    free_ev: float | None = None
    internal_ev: float | None = None
    zero_ev: float | None = None
    zero_line: tuple[int, str] | None = None
    structure: Structure | None = None
    forces_ev_a: tuple[Vector, ...] = ()
    drift_ev_a: Vector | None = None
    stress_gpa: Tensor | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """Facts as printed; `tags` are the settings that VASP took, in capitals."""

    file: str
    version: str | None = None
    build: str | None = None
    n_ranks: int | None = None
    n_threads: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    species: list[Species] = field(default_factory=list)
    initial: Structure | None = None
    steps: list[Step] = field(default_factory=list)
    n_kpoints: int | None = None
    mesh: tuple[int, int, int] | None = None
    is_line_mode: bool = False
    n_operators: int | None = None
    n_plane_waves: int | None = None
    bands: Bands | None = None
    occupations: tuple[tuple[tuple[float, ...], ...], ...] = ()
    fermi_ev: float | None = None
    magnetisation: float | None = None
    charges: Charges | None = None
    vibrations: Vibrations | None = None
    elastic: Elastic | None = None
    dielectric: Dielectric | None = None
    dos: DensityOfStates | None = None
    is_image: bool = False
    """One image of an elastic band."""
    has_accuracy: bool | None = False
    """Whether VASP said that EDIFFG was reached; None if a file could not tell."""
    has_ended: bool = False
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    max_memory_mb: float | None = None
    warnings: list[str] = field(default_factory=list)

    def integer(self, tag: str) -> int | None:
        """Return a setting that is a whole number; None if it was not printed."""
        value = self.number(tag)
        return None if value is None else int(value)

    def number(self, tag: str) -> float | None:
        text = self.tags.get(tag)
        return None if text is None else fortran_float(text)

    def is_on(self, tag: str) -> bool:
        return self.tags.get(tag, "").strip(". ").upper().startswith("T")

    @property
    def is_exact(self) -> bool:
        """Say whether the Hamiltonian is diagonalised once: nothing is to converge."""
        return self.integer("IALGO") == _EXACT and self.integer("NELM") == 1

    @property
    def atomic_numbers(self) -> tuple[int, ...]:
        """Return one number an atom; empty if VASP did not say which they are."""
        numbers: list[int] = []
        for kind in self.species:
            number = atomic_number(kind.symbol)
            if not number or kind.count is None or kind.count > _MOST_ATOMS:
                return ()
            numbers += [number] * kind.count
        return tuple(numbers)


def row(line: str) -> tuple[float, ...]:
    """Return the numbers of a line; empty if one of them is none (`*****`).

    Fortran leaves no blank between two numbers that fill their fields.
    """
    try:
        return tuple(map(float, line.split()))
    except ValueError:
        if "*" in line or "NaN" in line:
            return ()
        values = [fortran_float(text) for text in _PLAIN.findall(line)]
        return tuple(value for value in values if value is not None)


def vector(values: tuple[float, ...] | list[float]) -> Vector | None:
    """Return the first three numbers; None if there are fewer."""
    if len(values) < len("xyz"):
        return None
    return values[0], values[1], values[2]


def tensor(rows: list[tuple[float, ...]]) -> Tensor | None:
    """Return three rows of three numbers; None if one is missing."""
    vectors = [vector(values) for values in rows[:3]]
    if len(vectors) < len("xyz"):
        return None
    first, second, third = vectors
    if first is None or second is None or third is None:
        return None
    return first, second, third
