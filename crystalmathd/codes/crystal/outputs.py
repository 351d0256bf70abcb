"""The main output of a finished (or broken-off) run of CRYSTAL → Result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from crystalmathd.codes.crystal import coordinates, ending, printed, trust
from crystalmathd.codes.crystal.calculation import Calculation, read_calculation
from crystalmathd.codes.crystal.charge import cell_charge
from crystalmathd.codes.crystal.cycles import Energy
from crystalmathd.codes.crystal.forces import pressure_gpa
from crystalmathd.codes.crystal.history import History, Located, read_history
from crystalmathd.codes.crystal.kinds import kind_of
from crystalmathd.codes.crystal.levels import (
    Levels,
    had_gap,
    merged,
    read_final_levels,
    read_levels,
)
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.parts import read_parts
from crystalmathd.codes.crystal.populations import (
    Populations,
    first_moments,
    read_analysis,
    read_cycle,
)
from crystalmathd.codes.crystal.sections import Section, main_section, read_sections
from crystalmathd.codes.crystal.trust import Facts
from crystalmathd.models.progress import Measure
from crystalmathd.models.results import Result, Source
from crystalmathd.models.structures import Structure
from crystalmathd.structures.formula import formula
from crystalmathd.units import EV_PER_HARTREE

TOTAL: Final = "total_energy"
"""Electronic energy with dispersion and GCP, where the run has them."""

SCF: Final = "scf_energy"
"""Electronic energy without corrections; with it stand the parts it is the sum of."""

WAVEFUNCTION: Final = "wavefunction_energy"
"""Energy of the wavefunction that `properties` has read; it computes none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A result that has a reader of its own: which field, and how it is recognised.

    `read` gets the lines of one run, if one of them begins with one of `marks`.
    """

    field: str
    marks: tuple[str, ...]
    read: Callable[[Sequence[str]], object | None]


BLOCKS: Final[tuple[Block, ...]] = ()


def read_output(
    program: str,
    stdout: str,
    output: bytes,
    error_unit: bytes = b"",
    scf_log: bytes = b"",
) -> Result:
    """Read a main output; what stands around CRYSTAL's own lines is passed over.

    Of several runs in one file the last one with a wavefunction gives the values; the
    end and the errors are those of it and of all runs behind it.

    Parameters
    ----------
    error_unit
        fort.87, where CRYSTAL writes the line of a fatal error once more; a
        parallel run that aborts may leave it there only.
    scf_log
        SCFOUT.LOG, where the SCFs of an optimisation stand from its second point on.
    """
    sections = read_sections(output)
    number = main_section(sections)
    main, behind = sections[number], sections[number:]
    log = read_sections(scf_log)[-1].marked if scf_log else None
    history = read_history(main.marked, log)
    end = _end(behind, error_unit, history)
    result = Result(code="crystal", program=program, **end)
    for part in (
        _setting(main.marked),
        _energies(main, history, stdout),
        _geometries(main.marked, history),
        _electrons(main.marked, history, behind),
        _blocks(behind),
    ):
        result = replace(result, **part)
    return _judged(result, main.marked, history)
