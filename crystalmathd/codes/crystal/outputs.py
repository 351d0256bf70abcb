"""The main output of a finished (or broken-off) run of CRYSTAL → Result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crystalmathd.codes.crystal import ending, levels, populations, trust
from crystalmathd.codes.crystal.calculation import space_group
from crystalmathd.codes.crystal.charge import cell_charge
from crystalmathd.codes.crystal.cycles import Energy
from crystalmathd.codes.crystal.dielectric import read_dielectric
from crystalmathd.codes.crystal.elastic import read_elastic
from crystalmathd.codes.crystal.equation_of_state import read_equation_of_state
from crystalmathd.codes.crystal.forces import pressure_gpa
from crystalmathd.codes.crystal.plots import read_plots
from crystalmathd.codes.crystal.run import Run
from crystalmathd.codes.crystal.sections import Section, main_section, read_sections
from crystalmathd.codes.crystal.vibrations import read_vibrations
from crystalmathd.models.results import Result, Source
from crystalmathd.structures.formula import formula
from crystalmathd.units import EV_PER_HARTREE

TOTAL: Final = "total_energy"
"""Electronic energy with dispersion and GCP, where the run has them."""

SCF: Final = "scf_energy"
"""Electronic energy without corrections, with the parts that it is the sum of: of the
SCF at the result's geometry; absent if the files do not show that SCF."""

WAVEFUNCTION: Final = "wavefunction_energy"
"""Energy of the wavefunction that `properties` has read; it computes none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plots:
    """Files in which `properties` leaves curves; empty where there is none."""

    fort25: bytes = b""
    band_dat: bytes = b""
    doss_dat: bytes = b""


NO_PLOTS: Final = Plots()


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A result with a reader of its own: the Result's field, and what gives it away.

    `read` gets the lines of a run if one of them begins with one of `marks`.
    """

    field: str
    marks: tuple[str, ...]
    read: Callable[[Sequence[str]], object | None]


BLOCKS: Final = (
    Block(
        field="vibrations",
        marks=("    MODES ", "  DISPERSION K POINT"),
        read=read_vibrations,
    ),
    Block(field="elastic", marks=(" SYMMETRIZED ELASTIC",), read=read_elastic),
    Block(
        field="equation_of_state",
        marks=(" SORTING VOLUMES/ENERGIES", "SORTING VOLUMES/ENERGIES"),
        read=read_equation_of_state,
    ),
    Block(
        field="dielectric",
        marks=(" POLARIZABILITY (ALPHA)", " SUM TENSOR OF THE VIBRATIONAL"),
        read=read_dielectric,
    ),
)

_PLOT_MARKS: Final = (" *  BAND STRUCTURE ", " *** PROJECTION", " TOTAL AND PROJECTED")


def read_output(
    program: str,
    stdout: str,
    output: bytes,
    error_unit: bytes = b"",
    scf_log: bytes = b"",
    plots: Plots = NO_PLOTS,
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
    plots
        What `properties` wrote of bands and densities of states, if it computed them.
    """
    sections = read_sections(output)
    behind = sections[main_section(sections) :]
    main = behind[0]
    log = read_sections(scf_log)[-1].marked if scf_log else None
    run = Run(marked=main.marked, log=log)
    error = ending.first_error(behind)
    has_ended = all(ending.has_ended(section.marked) for section in behind)
    if error is None and not has_ended:
        error = _first_error(error_unit)
    result = replace(
        _described(program, run),
        warnings=ending.warnings(behind),
        is_normal_end=has_ended and error is None,
        cause=error or _unconverged(run),
    )
    result = _with_energies(result, run, main, stdout)
    result = _with_geometries(result, run)
    result = _with_electrons(result, run, behind)
    result = _with_plots(_judged(result, run), behind, plots)
    return _with_blocks(result, behind)


def read_files(program: str, stdout: str, files: Mapping[str, bytes]) -> Result:
    return read_output(
        program,
        stdout,
        files.get(stdout, b""),
        files.get(error_file(stdout), b""),
        _first(files, scf_logs(stdout)),
        Plots(**{kind: _first(files, names) for kind, names in _plots(stdout).items()}),
    )


def error_file(stdout: str) -> str:
    """Return the name that fort.87 has beside this main output."""
    return f"{_stem(stdout)}.ERROR"


def scf_logs(stdout: str) -> tuple[str, ...]:
    """Return the names that SCFOUT.LOG may have beside this main output."""
    return (f"{_stem(stdout)}.SCFLOG", "SCFOUT.LOG")


def plot_files(stdout: str) -> tuple[str, ...]:
    """Return the names that plots of `properties` may have beside this main output."""
    return tuple(name for names in _plots(stdout).values() for name in names)


def _plots(stdout: str) -> dict[str, tuple[str, ...]]:
    """Field of `Plots` → names, first the one that only this run can have."""
    stem = _stem(stdout)
    return {
        "fort25": (f"{stem}.f25", "fort.25"),
        "band_dat": (f"{stem}_dat.BAND", "BAND.DAT"),
        "doss_dat": (f"{stem}_dat.DOSS", "DOSS.DAT"),
    }


def _first(files: Mapping[str, bytes], names: Sequence[str]) -> bytes:
    return next((files[name] for name in names if files.get(name)), b"")


def _stem(stdout: str) -> str:
    return stdout.rsplit(".", 1)[0]


def _described(program: str, run: Run) -> Result:
    """Begin a Result with what the run says about itself."""
    what = run.calculation
    return Result(
        code="crystal",
        program=program,
        code_version=what.version,
        build=what.build,
        calculation=run.kind,
        functional=what.functional,
        spin=what.spin,
        n_atoms=what.n_atoms,
        n_electrons=what.n_electrons,
        cell_charge=cell_charge(run.marked, run.initial, what.n_electrons),
        n_basis_functions=what.n_basis_functions,
        n_kpoints=what.n_kpoints,
        kpoint_mesh=what.kpoint_mesh,
        n_symmetry_operators=what.n_operators,
        space_group=(
            None
            if run.initial is None
            else space_group(run.marked, run.initial.dimension)
        ),
        n_ranks=what.n_ranks,
        n_threads=what.n_threads,
        wall_time_s=_wall_time_s(run),
        cpu_time_s=ending.cpu_time_s(run.marked, what.n_ranks),
    )


def _with_energies(result: Result, run: Run, main: Section, stdout: str) -> Result:
    energies = dict(run.parts)
    final = run.history.final
    if final is not None and final.loop.electronic is not None:
        energies[SCF] = _ev(final.loop.electronic)
    if run.wavefunction_energy is not None:
        energies[WAVEFUNCTION] = _ev(run.wavefunction_energy)
    kind, headline = TOTAL, run.energy
    if headline is None:
        kind, headline = WAVEFUNCTION, run.wavefunction_energy
    if headline is None:
        return replace(result, energies_ev=energies)
    energies[kind] = _ev(headline)
    return replace(
        result,
        headline_energy_kind=kind,
        energy_ev=energies[kind],
        energy_as_printed=headline.energy_ha,
        energy_unit="hartree",
        energy_source=Source(
            file=stdout,
            line=main.lines_before + headline.line + 1,
            text=run.marked.lines[headline.line].strip(),
        ),
        energies_ev=energies,
    )


def _with_geometries(result: Result, run: Run) -> Result:
    history = run.history
    final = history.final
    structure = run.structure
    gradient = None if final is None else final.gradient()
    forces = () if gradient is None else gradient.forces_ev_a
    stress = None if gradient is None else gradient.stress_gpa
    if structure is not None and len(forces) != structure.n_atoms:
        forces = ()
    return replace(
        result,
        n_atoms=result.n_atoms or (None if structure is None else structure.n_atoms),
        formula=None if structure is None else formula(structure.atomic_numbers),
        n_scf_cycles=history.n_cycles,
        n_geometry_steps=history.n_points,
        is_scf_converged=_is_scf_converged(run),
        is_geometry_converged=history.is_geometry_converged,
        criteria=run.criteria,
        initial_structure=run.initial,
        final_structure=structure,
        forces_ev_a=forces,
        stress_gpa=stress,
        pressure_gpa=pressure_gpa(stress),
        scf_loops=history.scf_loops(),
        steps=run.steps,
    )


def _with_electrons(result: Result, run: Run, behind: Sequence[Section]) -> Result:
    """Add levels and populations; a run of `properties` behind may have analysed."""
    found = run.populations
    for section in behind[1:]:
        if found.charges is None:
            found = populations.read_analysis(section.marked)
    return replace(
        result,
        gaps=run.levels.gaps,
        fermi_energy_ev=run.levels.fermi_ev,
        magnetisation_bohr=found.magnetisation_bohr,
        charges=() if found.charges is None else (found.charges,),
    )


def _judged(result: Result, run: Run) -> Result:
    """Add grade and flags."""
    history = run.history
    last = history.last
    facts = trust.Facts(
        is_scf_converged=result.is_scf_converged,
        is_geometry_converged=result.is_geometry_converged,
        is_normal_end=bool(result.is_normal_end),
        measures=history.points[-1].measures if history.points else (),
        is_cell_fixed_at_end=_is_cell_fixed_at_end(run),
        has_level_shift=run.calculation.has_level_shift,
        is_spin_locked=run.levels.is_spin_locked,
        gap_has_closed=(
            last is not None
            and run.levels.has_gap is False
            and levels.was_insulating(last.marked, last.loop.start, last.loop.closed)
        ),
        first_moments=populations.first_moments(run.marked, 0, len(run.marked.lines)),
        moments=result.charges[0].moments_bohr if result.charges else (),
    )
    return replace(result, grade=trust.grade(facts), flags=trust.flags(facts))


def _with_plots(result: Result, behind: Sequence[Section], plots: Plots) -> Result:
    """Add bands and densities if a run says that it computed them."""
    for section in behind:
        marks = section.marked.starting_any(_PLOT_MARKS)
        if marks:
            bands, dos = read_plots(
                section.marked.lines[marks[0] :],
                fort25=plots.fort25,
                band_dat=plots.band_dat,
                doss_dat=plots.doss_dat,
            )
            result = replace(result, bands=bands, dos=dos)
    return result


def _with_blocks(result: Result, behind: Sequence[Section]) -> Result:
    for block in BLOCKS:
        for section in behind:
            if not section.marked.starting_any(block.marks):
                continue
            value = block.read(section.marked.lines)
            if value is not None:
                changes: dict[str, Any] = {block.field: value}
                result = replace(result, **changes)
    return result


def _is_scf_converged(run: Run) -> bool | None:
    if ending.scf_has_failed(run.marked):
        return False
    last = run.history.last
    return None if last is None else last.loop.is_converged


def _is_cell_fixed_at_end(run: Run) -> bool:
    points = run.history.points
    return (
        len(points) < 2  # noqa: PLR2004  # the cell is still the first one
        or not any(point.varies_cell for point in points)
        or run.marked.first(" FINALRUN OPTION") is not None
    )


def _unconverged(run: Run) -> str | None:
    """Return the words of an SCF that ended at its limit of cycles."""
    last = run.history.last
    if last is None or last.loop.end is None or last.loop.end.is_converged:
        return None
    return last.marked.lines[last.loop.closed - 1].strip()


def _wall_time_s(run: Run) -> float | None:
    """Return the last time that was printed; SCFOUT.LOG may be ahead of the output."""
    times = [ending.wall_time_s(run.marked)]
    if run.log is not None and run.history.has_log:
        times.append(ending.wall_time_s(run.log))
    return max((time for time in times if time is not None), default=None)


def _first_error(error_unit: bytes) -> str | None:
    lines = error_unit[:65536].decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in lines if "****" in line), None)


def _ev(energy: Energy) -> float:
    return energy.energy_ha * EV_PER_HARTREE
