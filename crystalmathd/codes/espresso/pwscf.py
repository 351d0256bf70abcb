"""The standard output of pw.x, and what it has saved beside it → Result."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.espresso.frame import Frame
from crystalmathd.codes.espresso.grading import Verdict
from crystalmathd.codes.espresso.levels import Levels
from crystalmathd.codes.espresso.motion import Motion
from crystalmathd.codes.espresso.report import Report
from crystalmathd.codes.espresso.savefile import SaveFile
from crystalmathd.codes.espresso.scf import FREE, Scf
from crystalmathd.codes.espresso.sites import Sites
from crystalmathd.codes.espresso.system import System
from crystalmathd.models.quantities import Bands
from crystalmathd.models.results import Result, Source
from crystalmathd.models.structures import Structure
from crystalmathd.structures.formula import formula
from crystalmathd.units import EV_PER_HARTREE, EV_PER_RYDBERG

_SAME_PLACE_A: Final = 1e-4
_SAME_ENERGY_EV: Final = 2e-7
"""The output has eight digits of the total energy in Ry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    report: Report
    system: System
    scf: Scf
    motion: Motion
    levels: Levels
    frame: Frame
    sites: Sites


def read_pwscf(
    program: str,
    stdout: str,
    report: Report,
    crash: bytes,
    saves: Iterable[SaveFile],
) -> Result:
    """Read a run of pw.x; of the save files that is used which belongs to it."""
    system = System(report)
    reading = _Reading(
        report=report,
        system=system,
        scf=Scf(report),
        motion=Motion(report, system),
        levels=Levels(report, system),
        frame=Frame(report),
        sites=Sites(report),
    )
    parts = (system, reading.scf, reading.motion, reading.levels, reading.frame)
    report.scan(*parts, reading.sites)
    result = _result(program, stdout, reading, crash)
    own = next((save for save in saves if _belongs(save, result)), None)
    return result if own is None else _with_saved(result, own, reading)


def _result(program: str, stdout: str, reading: _Reading, crash: bytes) -> Result:
    system, scf, motion = reading.system, reading.scf, reading.motion
    levels, frame, loop = reading.levels, reading.frame, scf.last
    cpu, wall = frame.times_s
    bands, n_plane_waves = levels.bands()
    charges = reading.sites.charges()
    loops = {one.step: one.is_converged for one in scf.loops}
    steps = tuple(
        step.model(is_scf_converged=loops.get(at))
        for at, step in enumerate(motion.steps)
    )
    last = steps[-1] if steps else None
    verdict = _verdict(reading, _calculation(reading))
    known = system.initial or system.reprinted
    criteria = (scf.accuracy(), *motion.measures())
    return Result(
        code="espresso",
        program=program,
        code_version=reading.report.header[1] if reading.report.header else None,
        build=frame.build,
        calculation=verdict.calculation,
        headline_energy_kind=None if scf.energy_ry is None else FREE,
        energy_ev=None if scf.energy_ry is None else scf.energy_ry * EV_PER_RYDBERG,
        energy_as_printed=scf.energy_ry,
        energy_unit=None if scf.energy_ry is None else "Ry",
        energy_source=_source(stdout, reading.report, scf.source),
        energies_ev=_energies(reading),
        functional=system.functional,
        spin=_spin(reading, bands),
        n_atoms=system.n_atoms,
        formula=None if known is None else formula(known.atomic_numbers),
        n_electrons=system.n_electrons,
        cell_charge=system.cell_charge,
        n_basis_functions=n_plane_waves,
        n_kpoints=system.n_kpoints,
        n_symmetry_operators=system.n_symmetry_operators,
        n_scf_cycles=None if loop is None else loop.n_cycles,
        n_geometry_steps=motion.n_steps,
        is_scf_converged=verdict.is_scf_converged,
        is_geometry_converged=verdict.is_geometry_converged,
        is_normal_end=verdict.is_normal_end,
        criteria=tuple(one for one in criteria if one is not None),
        initial_structure=system.initial,
        final_structure=last.structure if last else system.initial,
        forces_ev_a=last.forces_ev_a if last else (),
        stress_gpa=last.stress_gpa if last else None,
        pressure_gpa=motion.pressure_gpa if last and last.stress_gpa else None,
        gaps=levels.gaps(None if bands is None else bands.energies_ev),
        fermi_energy_ev=levels.fermi_ev,
        magnetisation_bohr=_magnetisation(scf.magnetisation),
        charges=() if charges is None else (charges,),
        bands=bands,
        n_ranks=frame.n_ranks,
        n_threads=frame.n_threads,
        n_pools=frame.n_pools,
        wall_time_s=wall,
        cpu_time_s=cpu,
        max_memory_mb=frame.measured_mb or frame.estimated_mb,
        grade=verdict.grade,
        flags=verdict.flags,
        warnings=(*frame.warnings, *levels.warnings),
        cause=_cause(reading, crash),
        scf_loops=tuple(one.model() for one in scf.loops),
        steps=steps,
    )


def _verdict(reading: _Reading, calculation: str | None) -> Verdict:
    frame, loop = reading.frame, reading.scf.last
    return Verdict(
        calculation=calculation,
        is_scf_converged=None if loop is None else loop.is_converged,
        is_geometry_converged=reading.motion.is_geometry_converged,
        is_normal_end=frame.has_ended and frame.stopped is None,
        has_bands=reading.levels.start is not None,
        warnings=tuple(frame.warnings),
        motion=reading.motion,
    )


def _spin(reading: _Reading, bands: Bands | None) -> str | None:
    system, magnetisation = reading.system, reading.scf.magnetisation
    if system.initial is None:
        return None
    if system.is_noncollinear or len(magnetisation) > 1:
        return "noncollinear"
    has_two = bands is not None and len(bands.energies_ev) > 1
    is_polarised = system.is_spin_polarised or bool(magnetisation) or has_two
    return "unrestricted" if is_polarised else "restricted"


def _magnetisation(components: tuple[float, ...]) -> float | None:
    """Return the total moment; of a noncollinear run the length of its vector."""
    if len(components) == 1:
        return components[0]
    return math.hypot(*components) if components else None


def _energies(reading: _Reading) -> dict[str, float]:
    energies = reading.scf.energies_ev()
    if reading.motion.enthalpy_ry is not None and not reading.motion.has_final_scf:
        energies["enthalpy"] = reading.motion.enthalpy_ry * EV_PER_RYDBERG
    return energies


def _calculation(reading: _Reading) -> str | None:
    if reading.motion.is_dynamics:
        return "molecular_dynamics"
    if reading.motion.is_relaxing:
        return "optimisation"
    if reading.levels.is_band_structure:
        # A path of bands has no Fermi level; the two are alike in all else.
        is_path = reading.frame.has_ended and not reading.levels.has_occupations
        return "bands" if is_path else "nscf"
    return "scf" if reading.scf.loops else None


def _cause(reading: _Reading, crash: bytes) -> str | None:
    error = reading.frame.cause(crash)
    if error is not None:
        return error
    # Dynamics end after so many steps as was asked for.
    motion = None if reading.motion.is_dynamics else reading.motion.cause
    found = [n for n in (reading.scf.cause, motion) if n is not None]
    if found:
        return reading.report.line(min(found)).strip()
    return reading.frame.stopped


def _source(stdout: str, report: Report, at: int | None) -> Source | None:
    if at is None:
        return None
    return Source(file=stdout, line=report.number(at), text=report.line(at).strip())


def _belongs(save: SaveFile, result: Result) -> bool:
    """Tell whether a save file was written at the end of this run.

    Several runs write to one outdir: the last total energy must be the same, or, of
    a run without one, its kind and its k-points.
    """
    structure = save.structure
    if structure is None or structure.n_atoms != result.n_atoms:
        return False
    if result.energy_ev is not None:
        energy = save.energy_hartree
        is_same = energy is not None and (
            abs(energy * EV_PER_HARTREE - result.energy_ev) < _SAME_ENERGY_EV
        )
        return is_same and save.calculation not in {"nscf", "bands"}
    return (
        result.calculation in {"nscf", "bands"}
        and save.calculation in {"nscf", "bands"}
        and save.n_kpoints == result.n_kpoints
    )


def _with_saved(result: Result, save: SaveFile, reading: _Reading) -> Result:
    """Put in what the output does not print, and full digits of what it does."""
    bands = save.bands or result.bands
    forces = save.forces_ev_a
    forces = forces if len(forces) == len(result.forces_ev_a) else result.forces_ev_a
    stress = save.stress_gpa if result.stress_gpa is not None else None
    structure = _nearest(save.structure, result.final_structure)
    steps = result.steps
    if steps:
        last = replace(
            steps[-1],
            structure=structure,
            forces_ev_a=forces,
            stress_gpa=stress or result.stress_gpa,
        )
        steps = (*steps[:-1], last)
    numbers = () if structure is None else structure.atomic_numbers
    calculation = "bands" if save.calculation == "bands" else result.calculation
    verdict = _verdict(reading, calculation)
    return replace(
        result,
        calculation=calculation,
        n_electrons=save.n_electrons or result.n_electrons,
        cell_charge=(
            result.cell_charge if save.cell_charge is None else save.cell_charge
        ),
        kpoint_mesh=save.mesh,
        formula=result.formula or formula(numbers) or None,
        final_structure=structure,
        forces_ev_a=forces,
        stress_gpa=stress or result.stress_gpa,
        bands=bands,
        gaps=result.gaps
        or reading.levels.gaps(None if bands is None else bands.energies_ev),
        grade=verdict.grade,
        flags=verdict.flags,
        steps=steps,
    )


def _nearest(saved: Structure | None, printed: Structure | None) -> Structure | None:
    """Take the saved structure if it is the printed one.

    A relaxation that came to its end of steps has saved the next one already.
    """
    if saved is None or printed is None:
        return saved or printed
    rows = (*saved.positions_a, *saved.lattice_a)
    others = (*printed.positions_a, *printed.lattice_a)
    is_same = saved.n_atoms == printed.n_atoms and all(
        abs(a - b) < _SAME_PLACE_A
        for row, other in zip(rows, others, strict=True)
        for a, b in zip(row, other, strict=True)
    )
    return saved if is_same else printed
