"""OUTCAR, vasprun.xml and the standard output of VASP → Result.

The OUTCAR is read first: it is there while the run lasts and says most. What is
only in vasprun.xml (densities of states, positions with more digits) is added to it.
"""

from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.vasp import outcar as outcars
from crystalmathd.codes.vasp import verdict
from crystalmathd.codes.vasp.boxes import cause, warnings
from crystalmathd.codes.vasp.functionals import functional
from crystalmathd.codes.vasp.gaps import gaps
from crystalmathd.codes.vasp.outcar_bands import read_bands, read_charges
from crystalmathd.codes.vasp.outcar_ending import read_ending
from crystalmathd.codes.vasp.outcar_response import read_response
from crystalmathd.codes.vasp.outcar_settings import read_settings
from crystalmathd.codes.vasp.outcar_steps import StepReader
from crystalmathd.codes.vasp.recognition import (
    OUTCAR,
    VASPRUN,
    is_outcar,
    is_vasprun,
)
from crystalmathd.codes.vasp.run import Run, Step
from crystalmathd.codes.vasp.stdout import read_stdout
from crystalmathd.codes.vasp.vasprun import complete, is_same_run, read_vasprun
from crystalmathd.models.results import IonicStep, Result, ScfLoop, Source
from crystalmathd.structures.formula import formula

ZERO: Final = "energy_sigma_zero"
"""E0: extrapolated to no smearing, `energy(sigma->0)`."""

FREE: Final = "free_energy"
"""F: `free  energy   TOTEN`."""

INTERNAL: Final = "energy_without_entropy"


def read_files(program: str, stdout: str, files: Mapping[str, bytes]) -> Result:
    """Read what a run left: OUTCAR, vasprun.xml, what it said, or some of them.

    `stdout` names the main output, which may be each of these under any name.
    """
    outcar, xml, said = (b"",) * 3
    outcar_name, xml_name = OUTCAR, VASPRUN
    for name in sorted(files, key=lambda one: one != stdout):
        data = files[name]
        if not xml and (name.startswith(VASPRUN) or is_vasprun(data)):
            xml, xml_name = data, name
        elif not outcar and (name.startswith(OUTCAR) or is_outcar(data)):
            outcar, outcar_name = data, name
        elif name == stdout:
            said = data
    if outcar:
        run = read_outcar(outcar, outcar_name)
        if xml:
            run = _together(run, read_vasprun(xml, xml_name), stdout)
    elif xml:
        run = read_vasprun(xml, xml_name)
    else:
        run = read_stdout(said, stdout)
    return result_of(program, run, outcar=outcar, stdout=said)


def _together(run: Run, fuller: Run, main: str) -> Run:
    """Add vasprun.xml to the OUTCAR; of two runs, the main output's counts."""
    if not run.tags and not run.version:
        return fuller
    if fuller.file == main and not is_same_run(run, fuller):
        return fuller
    return complete(run, fuller)


def read_outcar(data: bytes, name: str = OUTCAR) -> Run:
    """Read an OUTCAR, whole or as far as it goes."""
    outcar = outcars.read_lines(data)
    run = Run(file=name)
    read_settings(outcar, run)
    StepReader(outcar, run).read()
    read_bands(outcar, run)
    read_charges(outcar, run)
    read_response(outcar, run)
    read_ending(outcar, run)
    return run


def read_output(
    program: str, outcar_name: str, outcar: bytes, stdout: bytes = b""
) -> Result:
    """Read OUTCAR; from the standard output comes why VASP stopped.

    The energy is that of the last ionic step that ended: one that was cut in
    its electronic loop has none.
    """
    run = read_outcar(outcar, outcar_name)
    return result_of(program, run, outcar=outcar, stdout=stdout)


def result_of(program: str, run: Run, *, outcar: bytes, stdout: bytes) -> Result:
    """Put the facts of a run together."""
    step = verdict.reference_step(run)
    energy = None if step is None else step.zero_ev
    final = (step.structure if step else None) or run.initial
    is_static = len(run.steps) < len("ab") and (run.integer("NSW") or 0) <= 1
    numbers = run.atomic_numbers
    found_gaps = gaps(run.bands, run.occupations) if run.bands else ()
    return Result(
        code="vasp",
        program=program,
        code_version=run.version,
        build=run.build,
        calculation=verdict.calculation(run),
        headline_energy_kind=None if energy is None else ZERO,
        energy_ev=energy,
        energy_as_printed=energy,
        energy_unit=None if energy is None else "eV",
        energy_source=_source(run, step),
        energies_ev=_energies(step),
        functional=functional(run),
        spin=_spin(run),
        n_atoms=run.integer("NIONS"),
        formula=formula(numbers) if numbers else None,
        n_electrons=run.number("NELECT"),
        cell_charge=_charge(run),
        n_basis_functions=run.n_plane_waves,
        n_kpoints=run.n_kpoints,
        kpoint_mesh=run.mesh,
        n_symmetry_operators=run.n_operators,
        n_scf_cycles=run.steps[-1].n_cycles if run.steps else None,
        n_geometry_steps=None if is_static else len(run.steps),
        is_scf_converged=verdict.is_scf_converged(run),
        is_geometry_converged=verdict.is_geometry_converged(run),
        is_normal_end=run.has_ended,
        criteria=verdict.criteria(run),
        initial_structure=run.initial,
        final_structure=final,
        forces_ev_a=step.forces_ev_a if step else (),
        stress_gpa=step.stress_gpa if step else None,
        pressure_gpa=_pressure(step),
        gaps=found_gaps,
        fermi_energy_ev=run.fermi_ev,
        magnetisation_bohr=run.magnetisation,
        charges=(run.charges,) if run.charges else (),
        vibrations=run.vibrations,
        elastic=run.elastic,
        dielectric=run.dielectric,
        bands=run.bands,
        dos=run.dos,
        n_ranks=run.n_ranks,
        n_threads=run.n_threads,
        wall_time_s=run.wall_time_s,
        cpu_time_s=run.cpu_time_s,
        max_memory_mb=run.max_memory_mb,
        grade=verdict.grade(run),
        flags=verdict.flags(
            run, is_metal=found_gaps[0].gap_ev == 0 if found_gaps else None
        ),
        warnings=tuple(dict.fromkeys([*run.warnings, *warnings(outcar, stdout)])),
        cause=None if run.has_ended else cause(stdout) or cause(outcar),
        scf_loops=tuple(_loop(found, n) for n, found in enumerate(run.steps)),
        steps=tuple(_ionic_step(found) for found in run.steps),
    )


def _source(run: Run, step: Step | None) -> Source | None:
    if step is None or step.zero_line is None:
        return None
    line, text = step.zero_line
    return Source(file=run.file, line=line, text=text)


def _energies(step: Step | None) -> dict[str, float]:
    if step is None:
        return {}
    kinds = {FREE: step.free_ev, INTERNAL: step.internal_ev, ZERO: step.zero_ev}
    return {kind: energy for kind, energy in kinds.items() if energy is not None}


def _pressure(step: Step | None) -> float | None:
    """Return the mean of the stress: "external pressure" is what PSTRESS leaves."""
    if step is None or step.stress_gpa is None:
        return None
    return sum(step.stress_gpa[i][i] for i in range(3)) / 3


def _spin(run: Run) -> str | None:
    if run.is_on("LNONCOLLINEAR") or run.is_on("LSORBIT"):
        return "noncollinear"
    return {1: "restricted", 2: "unrestricted"}.get(run.integer("ISPIN") or 0)


def _charge(run: Run) -> float | None:
    """Return the charge of the cell: valences of the POTCARs less the electrons."""
    electrons = run.number("NELECT")
    parts = [
        kind.valence * kind.count
        for kind in run.species
        if kind.valence is not None and kind.count is not None
    ]
    if electrons is None or not parts or len(parts) < len(run.species):
        return None
    return round(sum(parts) - electrons, 4) + 0.0


def _loop(step: Step, number: int) -> ScfLoop:
    return ScfLoop(
        geometry_step=number,
        is_converged=step.is_converged,
        n_cycles=step.n_cycles,
        energies_ev=tuple(step.energies_ev),
        deltas_ev=tuple(step.deltas_ev),
    )


def _ionic_step(step: Step) -> IonicStep:
    return IonicStep(
        number=step.number,
        energy_ev=step.zero_ev,
        structure=step.structure,
        forces_ev_a=step.forces_ev_a,
        stress_gpa=step.stress_gpa,
        is_scf_converged=step.is_converged,
    )
