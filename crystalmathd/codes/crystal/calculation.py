"""What a run says about itself: program, Hamiltonian, sizes, symmetry, kind."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float, whole_number

_SPINS: Final = {
    "RESTRICTED CLOSED SHELL": "restricted",
    "RESTRICTED OPEN SHELL": "restricted_open",
    "UNRESTRICTED OPEN SHELL": "unrestricted",
}
_TYPES: Final = (
    " TYPE OF CALCULATION :",
    " CRYSTAL - SCF - TYPE OF CALCULATION :",
    " CRYSTAL - PROPERTIES - TYPE OF CALCULATION :",
)
_SPINORS: Final = " - NUMBER OF FULLY OCCUPIED/TOTAL SPINORS"
"""Printed by a two-component (spin-orbit) calculation only."""


_MESH: Final = re.compile(r"\(MONKH\.\) *(\d{1,9}) +(\d{1,9}) +(\d{1,9})(?!\d)")
_IBZ: Final = re.compile(r"NUMBER OF K POINTS IN THE IBZ +(\d{1,9})(?!\d)")
_GROUPS: Final = {
    3: (" SPACE GROUP (", " SPACE  GROUP  N."),
    2: (" TWO-SIDED PLANE GROUP",),
    1: (" ROD GROUP",),
    0: (" POINT  GROUP",),
}
"""By periodic directions: the group of a bulk is not that of a slab cut from it."""

_GROUP_LOST: Final = " SYMMETRY CHANGED DURING OLD RUN"
_TOLERANCE: Final = re.compile(r"CONVERGENCE ON ENERGY +10\*\*- *(\d{1,9})(?!\d)")
_WORKING: Final = re.compile(r"^ *PROCESS +\d+ +OF +(\d{1,9}) +WORKING")
_PROCESSORS: Final = re.compile(r"^ +(\d{1,9}) PROCESSORS WORKING")
_THREADS: Final = re.compile(r"[Nn]umber of threads is: +(\d{1,9})(?!\d)")
_SHIFT: Final = re.compile(r"EIGENVALUE LEVEL SHIFTING OF +(\S+) HARTREE")

_DISPERSION: Final = re.compile(r"DFT-D\d(?:\(\w+\))?")
_BUILD_LINES: Final = 4
"""Lines of the banner that may tell release and build, behind the program's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calculation:
    """What was asked for, as the head of a run prints it; absent is None."""

    version: str | None = None
    build: str | None = None
    functional: str | None = None
    spin: str | None = None
    n_atoms: int | None = None
    n_basis_functions: int | None = None
    n_electrons: float | None = None
    n_operators: int | None = None
    kpoint_mesh: tuple[int, int, int] | None = None
    n_kpoints: int | None = None
    energy_tolerance_ha: float | None = None
    n_ranks: int | None = None
    n_threads: int | None = None
    has_level_shift: bool = False


def read_calculation(marked: MarkedLines) -> Calculation:
    version, build = _version(marked)
    n_atoms = _count(marked, " N. OF ATOMS PER CELL")
    mesh = _match(marked, " SHRINK. FACT.(MONKH.)", _MESH)
    exponent = _match(marked, " WEIGHT OF F(I) IN F(I+1)", _TOLERANCE)
    points = _match(marked, " SHRINK. FACT.(MONKH.)", _IBZ) or _match(
        marked, " NUMBER OF K POINTS IN THE IBZ", _IBZ
    )
    return Calculation(
        version=version,
        build=build,
        functional=_functional(marked),
        spin=_spin(marked),
        n_atoms=_atoms(marked) if n_atoms is None else n_atoms,
        n_basis_functions=_count(marked, " NUMBER OF AO "),
        n_electrons=_electrons(marked),
        n_operators=_count(marked, " N. OF SYMMETRY OPERATORS"),
        kpoint_mesh=None
        if mesh is None
        else (int(mesh[1]), int(mesh[2]), int(mesh[3])),
        n_kpoints=None if points is None else int(points[1]),
        energy_tolerance_ha=None if exponent is None else 10.0 ** -int(exponent[1]),
        n_ranks=_ranks(marked),
        n_threads=_threads(marked),
        has_level_shift=_has_level_shift(marked),
    )


def _version(marked: MarkedLines) -> tuple[str | None, str | None]:
    """Return `23 1.0.1` and the banner's words on release and build."""
    for number in marked.starting(" *   "):
        banner = printed.BANNER.match(marked.lines[number])
        if banner is None:
            continue
        release, words = None, []
        # Other ranks may speak into the banner.
        box = (line for line in marked.lines[number + 1 :] if line.startswith(" *"))
        for line in islice(box, _BUILD_LINES):
            text = line.strip(" *")
            if not text or "HTTP" in text.upper() or "AUTHORS" in text:
                break
            match = printed.RELEASE.match(line)
            release = release or (match[1] if match else None)
            words.append(" ".join(text.split()))
        version = f"{banner[1]} {release}" if release else banner[1]
        return version, ", ".join(words) or None
    return None, None


def _functional(marked: MarkedLines) -> str | None:
    """Join what is said about the Hamiltonian, dispersion too, to one line."""
    if marked.first(" HARTREE-FOCK HAMILTONIAN") is not None:
        words = ["HARTREE-FOCK"]
    elif (line := marked.first(" (EXCHANGE)[CORRELATION] FUNCTIONAL:")) is not None:
        words = [f"KOHN-SHAM {_after_colon(marked.lines[line])}"]
    elif marked.first(" KOHN-SHAM HAMILTONIAN") is not None:
        words = ["KOHN-SHAM"]
    else:
        return None
    if (line := marked.first(" NON-LOCAL WEIGHTING FACTOR (EXCHANGE)")) is not None:
        exchange = marked.lines[line].rsplit(maxsplit=1)[-1]
        correlation = marked.line(line + 1).rsplit(maxsplit=1)[-1:]
        words.append(f"NON-LOCAL WEIGHTS {' '.join([exchange, *correlation])}")
    if (line := marked.first(" HYBRID EXCHANGE - PERCENTAGE")) is not None:
        words.append(f"FOCK EXCHANGE {marked.lines[line].rsplit(maxsplit=1)[-1]} %")
    if (line := marked.first(" OMEGA (SHORT-RANGE)[LONG-RANGE]:")) is not None:
        omega = "".join(_after_colon(marked.lines[line]).split())
        words.append(f"OMEGA (SHORT-RANGE)[LONG-RANGE] {omega}")
    for prefix in (" INFORMATION **** DFTD", " INFORMATION **** VDWD"):
        if (line := marked.first(prefix)) is not None and (
            match := _DISPERSION.search(marked.lines[line])
        ):
            words.append(match[0])
    return ", ".join(words)


def _after_colon(line: str) -> str:
    return line.partition(":")[2].strip()


def _spin(marked: MarkedLines) -> str | None:
    if marked.first(_SPINORS) is not None:
        return "noncollinear"
    for prefix in _TYPES:
        line = marked.first(prefix)
        if line is not None:
            return _SPINS.get(_after_colon(marked.lines[line]))
    return None


def _atoms(marked: MarkedLines) -> int | None:
    match = _match(marked, " ATOMS IN THE ASYMMETRIC UNIT", printed.ATOMS, last=True)
    return None if match is None else int(match[1])


def _count(marked: MarkedLines, prefix: str) -> int | None:
    line = marked.last(prefix)
    fields = () if line is None else marked.lines[line][len(prefix) :].split()
    return whole_number(fields[0]) if fields else None


def space_group(marked: MarkedLines, dimension: int) -> str | None:
    """Return the symbol (or number) of the group that the input's geometry has."""
    lines = marked.starting_any(_GROUPS[dimension])
    if not lines or marked.first(_GROUP_LOST) is not None:
        return None
    return " ".join(_after_colon(marked.lines[lines[0]]).split()) or None


def _electrons(marked: MarkedLines) -> float | None:
    """Return the electrons per cell, without those that ghosts have lost."""
    left = marked.last(" TOTAL ELECTRONIC CHARGE")
    if left is not None:
        return fortran_float(marked.lines[left].rsplit(maxsplit=1)[-1])
    count = _count(marked, " N. OF ELECTRONS PER CELL")
    return None if count is None else float(count)


def _ranks(marked: MarkedLines) -> int | None:
    """Return the number of ranks; a serial program says none.

    In front of its banner a parallel one says how many work. Some builds do not: then
    the ranks are counted by the CPU times in the end, which others print of one only.
    """
    banner = marked.first(" EEEEEEEEEE STARTING")
    for line in marked.lines[: banner or 0]:
        match = _PROCESSORS.match(line) or _WORKING.match(line)
        if match is not None:
            return int(match[1])
    nodes = {marked.lines[line][:9] for line in marked.starting("NODE ")}
    return len(nodes) or None


def _threads(marked: MarkedLines) -> int | None:
    match = _match(marked, " Default number of threads", _THREADS)
    return None if match is None else int(match[1])


def _has_level_shift(marked: MarkedLines) -> bool:
    shift = _match(marked, " EIGENVALUE LEVEL SHIFTING OF", _SHIFT, last=True)
    if shift is None or not fortran_float(shift[1]):
        return False
    return not any(
        "LEVEL SHIFT" in marked.lines[line] and "DISABLED" in marked.lines[line]
        for line in marked.starting(" INFORMATION ****")
    )


def _match(
    marked: MarkedLines, prefix: str, form: re.Pattern[str], *, last: bool = False
) -> re.Match[str] | None:
    """Search a form in the first (or last) line that begins so and has it."""
    lines = marked.starting(prefix)
    for line in reversed(lines) if last else lines:
        match = form.search(marked.lines[line])
        if match is not None:
            return match
    return None
