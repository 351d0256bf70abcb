"""A structure and options → INCAR, KPOINTS, POSCAR and what the POTCAR is made of.

Needs numpy, spglib and pymatgen: it is imported inside functions, and run by a worker.
A POTCAR is never written: its text is under VASP's licence (see `potcar_assembly`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.atom_kinds import AtomKinds, refuse_unfit
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.endless_meshes import refuse_endless
from crystalmathd.codes.plane_waves import atoms_and_cell
from crystalmathd.codes.vasp import input_sets, potcar_choice
from crystalmathd.codes.vasp.options import (
    DISPERSIONS,
    FUNCTIONALS,
    PRESETS,
    TASKS,
    Value,
    VaspOptions,
)
from crystalmathd.codes.vasp.poscar_writing import Grouped, grouped, poscar_text
from crystalmathd.codes.vasp.potcar_assembly import SPEC, Spec, write_spec
from crystalmathd.codes.vasp.spins import parity_findings, spin_findings
from crystalmathd.codes.vasp.tag_types import check_tags
from crystalmathd.codes.vasp.task_tags import tags_for
from crystalmathd.codes.vasp.writing import incar_text, mesh_text, path_text
from crystalmathd.codes.written_cells import WrittenCell
from crystalmathd.models.inputs import (
    NOTE,
    GeneratedFile,
    GeneratedInput,
    InputFinding,
)
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.formula import formula
from crystalmathd.structures.meshes import Mesh, mesh_for

_FIXED_DENSITY: Final = frozenset({"bands", "dos"})
_DENSER: Final = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """The texts' contents, before they are texts."""

    atoms: Grouped
    tags: Mapping[str, Value]
    kpoints: str
    mesh: Mesh | None


def generate(sourced: SourcedStructure, options: VaspOptions) -> GeneratedInput:
    """Make the inputs of one VASP run.

    Raises
    ------
    InputRefusedError
        If something that is needed is missing, or an option cannot be fulfilled.
    """
    _check(options)
    refuse_unfit(sourced)
    told, cell = atoms_and_cell(sourced, options)
    own = check_tags(options.incar)
    potcar_choice.check_symbols(told.elements, options)
    if options.input_set is not None:
        return _of_set(sourced, options, told, cell, own)
    made = _made(sourced, options, told, cell, own)
    spec = potcar_choice.spec_for(made.atoms.elements, options)
    return _assembled(sourced, options, told, cell, made, spec)


def _check(options: VaspOptions) -> None:
    for name, value, known in (
        ("preset", options.preset, PRESETS),
        ("task", options.task, TASKS),
        ("functional", options.functional.upper(), FUNCTIONALS),
        ("dispersion", options.dispersion, (*DISPERSIONS, None)),
    ):
        if value not in known:
            listed = ", ".join(str(one) for one in known if one)
            raise InputRefusedError(f"{name} {value}: there are {listed}")
    tags = FUNCTIONALS[options.functional.upper()]
    if options.task == "bands" and not tags.keys().isdisjoint({"LHFCALC", "METAGGA"}):
        raise InputRefusedError(
            f"bands with {options.functional}: at a fixed density VASP knows no hybrid"
            " or meta-GGA; take the set MPHSEBSSet, or PBE"
        )


def _made(
    sourced: SourcedStructure,
    options: VaspOptions,
    told: AtomKinds,
    cell: WrittenCell,
    own: Mapping[str, Value],
) -> _Made:
    atoms = grouped([told.kinds[kind].element for kind in cell.kinds])
    charge = sourced.charge if options.charge is None else options.charge
    if options.charge is None:
        charge /= cell.n_of_given
    mesh = None if options.task == "bands" else _mesh(options, cell)
    tags = tags_for(
        options,
        atoms,
        moments_ub=[told.kinds[cell.kinds[at]].moment_ub for at in atoms.order]
        if told.is_magnetic
        else None,
        charge=charge,
        n_kpoints=None if mesh is None else math.prod(mesh),
        n_periodic=cell.n_periodic,
    )
    text = (
        path_text(options.k_path or cell.k_path)
        if mesh is None
        else mesh_text(mesh, f"centred on Gamma, for {options.preset}")
    )
    return _Made(atoms=atoms, tags={**tags, **own}, kpoints=text, mesh=mesh)


def _mesh(options: VaspOptions, cell: WrittenCell) -> Mesh:
    if options.mesh is not None:
        refuse_endless(options.mesh)
        if min(options.mesh) < 1:
            raise InputRefusedError(
                f"a mesh has a point along each axis: {options.mesh}"
            )
        return options.mesh
    spacing = options.k_spacing_per_a or PRESETS[options.preset].k_spacing_per_a
    if spacing <= 0:
        raise InputRefusedError(f"k_spacing_per_a has to be positive, not {spacing:g}")
    if options.task == "dos":
        spacing *= _DENSER
    return refuse_endless(
        mesh_for(
            cell.lattice_a,
            spacing,
            n_periodic=cell.n_periodic,
            rotations=cell.rotations,
        )
    )


def _assembled(
    sourced: SourcedStructure,
    options: VaspOptions,
    told: AtomKinds,
    cell: WrittenCell,
    made: _Made,
    spec: Spec,
) -> GeneratedInput:
    numbers = sourced.structure.atomic_numbers
    title = f"{formula(numbers).replace(' ', '')} {sourced.origin.name}".strip()
    title = title.encode("ascii", "replace").decode().replace("\n", " ")[:40]
    poscar = poscar_text(title, cell.lattice_a, cell.fractions, made.atoms)
    is_gamma = made.mesh is not None and math.prod(made.mesh) == 1
    return GeneratedInput(
        code="vasp",
        program="vasp_gam" if is_gamma else "vasp_std",
        files=(
            GeneratedFile(name="INCAR", text=incar_text(made.tags)),
            GeneratedFile(name="KPOINTS", text=made.kpoints),
            GeneratedFile(name="POSCAR", text=poscar),
            GeneratedFile(name=SPEC, text=write_spec(spec)),
        ),
        settings=_settings(options, told, cell, made, spec),
        findings=(
            *spin_findings(told, made.tags, options),
            *cell.findings,
            *_encut_finding(options, made),
            *_density_finding(options),
            *parity_findings(
                options,
                made.atoms,
                spec,
                made.tags,
                is_periodic=bool(cell.n_periodic),
            ),
        ),
        references=tuple(one for one in (sourced.origin.citation,) if one),
    )


def _settings(
    options: VaspOptions,
    told: AtomKinds,
    cell: WrittenCell,
    made: _Made,
    spec: Spec,
) -> dict[str, Any]:
    return {
        "preset": options.preset,
        "task": options.task,
        "input_set": options.input_set,
        "functional": options.functional,
        "potcar_functional": spec.functional,
        "potcar_symbols": [one.symbol for one in spec.datasets],
        "incar": dict(made.tags),
        "mesh": None if made.mesh is None else list(made.mesh),
        "species": list(made.atoms.elements),
        "counts": list(made.atoms.counts),
        "moments_ub": [told.kinds[cell.kinds[at]].moment_ub for at in made.atoms.order],
        **cell.settings,
    }


def _encut_finding(options: VaspOptions, made: _Made) -> tuple[InputFinding, ...]:
    is_said = options.encut_ev or options.input_set or "ENCUT" in options.incar
    if is_said or potcar_choice.largest_enmax_ev(made.atoms.elements, options):
        return ()
    return (
        InputFinding(
            code="vasp.encut_without_enmax",
            severity=NOTE,
            message=f"ENMAX of the datasets is not known here: ENCUT is the preset's"
            f" {made.tags['ENCUT']} eV",
            fix="give encut_ev, or enmax_ev by symbol",
        ),
    )


def _density_finding(options: VaspOptions) -> tuple[InputFinding, ...]:
    if options.task not in _FIXED_DENSITY or options.input_set:
        return ()
    return (
        InputFinding(
            code="vasp.needs_density",
            severity=NOTE,
            message=f"{options.task} read CHGCAR of a static run of the same cell",
            fix="take it from that job by its role charge_density",
        ),
    )


def _of_set(
    sourced: SourcedStructure,
    options: VaspOptions,
    told: AtomKinds,
    cell: WrittenCell,
    own: Mapping[str, Value],
) -> GeneratedInput:
    """Let one of pymatgen's sets say what stands in INCAR and KPOINTS."""
    atoms = grouped([told.kinds[kind].element for kind in cell.kinds])
    said = input_sets.from_set(
        str(options.input_set),
        cell,
        told,
        atoms,
        options,
        own,
    )
    made = _Made(atoms=atoms, tags=said.tags, kpoints=said.kpoints, mesh=said.mesh)
    spec = potcar_choice.spec_of(said.symbols, said.potcar_functional, options)
    made_input = _assembled(sourced, options, told, cell, made, spec)
    if said.kpoints:
        return made_input
    files = tuple(one for one in made_input.files if one.name != "KPOINTS")
    return GeneratedInput(
        code=made_input.code,
        program="vasp_std",
        files=files,
        settings=made_input.settings,
        findings=made_input.findings,
        references=made_input.references,
    )
