"""From a structure and options to a deck that CRYSTAL runs.

This needs numpy, spglib and basis_set_exchange, which are not there in every
installation: it is imported inside functions, in a worker.
"""

from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.alterations import altered
from crystalmathd.codes.crystal.basis_choice import BasisChoice, chosen_basis
from crystalmathd.codes.crystal.basis_records import basis_records
from crystalmathd.codes.crystal.deck_findings import deck_findings
from crystalmathd.codes.crystal.electron_counts import (
    Electrons,
    charge_findings,
    counted,
)
from crystalmathd.codes.crystal.functionals import Functional, functional
from crystalmathd.codes.crystal.geometry_writing import written_geometry
from crystalmathd.codes.crystal.gui import write_gui
from crystalmathd.codes.crystal.gui_writing import gui_of
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.meshes import Mesh, mesh_of
from crystalmathd.codes.crystal.options import (
    CrystalOptions,
    check_options,
)
from crystalmathd.codes.crystal.presets import Preset, preset
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.crystal.scf_records import ScfValues, scf_records, scf_values
from crystalmathd.codes.crystal.spin_choice import (
    SpinChoice,
    chosen_spins,
    parity_findings,
)
from crystalmathd.codes.crystal.structure_findings import structure_findings
from crystalmathd.codes.crystal.task_records import task_records
from crystalmathd.codes.crystal.written import WrittenGeometry
from crystalmathd.models.inputs import GeneratedFile, GeneratedInput, InputFinding
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.formula import unit_formula

_TITLE_LENGTH: Final = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """What a deck is put together from."""

    source: SourcedStructure
    options: CrystalOptions
    preset: Preset
    functional: Functional
    basis: BasisChoice
    spin: SpinChoice
    written: WrittenGeometry
    electrons: Electrons
    task: tuple[str, ...]
    mesh: Mesh | None
    scf: ScfValues


def generated(
    source: SourcedStructure, options: CrystalOptions, name: str = "crystal"
) -> GeneratedInput:
    """Return the deck `<name>.d12` of a structure, with all that was chosen for it.

    Without a file if atoms have no basis set: a finding names the element.

    Raises
    ------
    InputRefusedError
        If an option is impossible, or the structure has sites of more than one
        element, or atoms that coincide.
    """
    structure = source.structure
    if source.partial:
        raise InputRefusedError(
            "no input is made of a structure with partly occupied sites: "
            + " ".join(source.partial)
        )
    check_options(options, structure.dimension, structure.n_atoms)
    level = preset(options.preset)
    hamiltonian = functional(
        options.functional,
        dispersion=options.dispersion,
        hybrid_percent=options.hybrid_percent,
    )
    basis = chosen_basis(structure, options, hamiltonian, level.basis)
    spin = chosen_spins(source, options)
    ghosts = set(options.ghosts)
    written = written_geometry(
        structure,
        labels_for=basis.labels,
        kinds=[(sign, at in ghosts) for at, sign in enumerate(spin.atoms, start=1)],
        tolerance_a=options.symmetry_tolerance_a,
        may_shift=options.may_shift,
        wants_symmetry=options.wants_symmetry,
        wants_rhombohedral_cell=options.wants_rhombohedral,
    )
    if options.wants_rhombohedral and not written.geometry.has_rhombohedral_cell:
        raise InputRefusedError(
            f"wants_rhombohedral: group {written.group_number} "
            f"({written.group_symbol}) has no rhombohedral cell."
        )
    findings = [
        *basis.findings,
        *spin.findings,
        *structure_findings(structure, options, written),
    ]
    if not basis.is_complete:
        return _answer((), {}, findings)
    charge = _charge(source, options, written)
    electrons = counted(basis, _bodies(basis, written, ghosts), charge)
    findings += electrons.findings
    findings += charge_findings(charge, structure.dimension)
    findings += parity_findings(spin, electrons.parity, options, structure.dimension)
    task, task_values = task_records(options, level, structure.dimension)
    parts = _Parts(
        source=source,
        options=options,
        preset=level,
        functional=hamiltonian,
        basis=basis,
        spin=spin,
        written=written,
        electrons=electrons,
        task=tuple(task),
        mesh=_mesh(written, task, options, level, has_spins=any(spin.atoms)),
        scf=scf_values(options, level, hamiltonian),
    )
    text = "\n".join(_records(parts, is_charged=bool(charge))) + "\n"
    findings += deck_findings(text)
    files = [GeneratedFile(name=f"{name}.d12", text=text)]
    if options.wants_external:
        gui = write_gui(gui_of(written)).decode("ascii")
        files.append(GeneratedFile(name=f"{name}.gui", text=gui))
    return _answer(
        tuple(files),
        {**_settings(parts, charge), **task_values},
        findings,
        (*hamiltonian.references, *basis.references),
    )


def _answer(
    files: tuple[GeneratedFile, ...],
    settings: dict[str, Any],
    findings: list[InputFinding],
    references: tuple[str, ...] = (),
) -> GeneratedInput:
    return GeneratedInput(
        code="crystal",
        program="crystal",
        files=files,
        settings=settings,
        findings=tuple(findings),
        references=references,
    )


def _charge(
    source: SourcedStructure, options: CrystalOptions, written: WrittenGeometry
) -> float:
    if options.charge_e is not None:
        return options.charge_e
    return source.charge / written.n_given_cells


def _bodies(
    basis: BasisChoice, written: WrittenGeometry, ghosts: set[int]
) -> list[int]:
    """Return the labels of CRYSTAL's atoms that have a nucleus."""
    return [basis.labels[given] for given in written.order if given + 1 not in ghosts]


def _mesh(
    written: WrittenGeometry,
    task: list[str],
    options: CrystalOptions,
    level: Preset,
    *,
    has_spins: bool,
) -> Mesh | None:
    """Return the mesh of the cell that the SCF is done for: SCELPHONO makes it larger.

    Keywords in `extra` may change it too.
    """
    head = ["cell", *written.lines, *options.extra.get("geometry", ()), *task]
    try:
        # STO-3G stands for any basis: only the geometry part is looked at.
        deck = read_deck("\n".join([*head, "BASISSET", "STO-3G", "END", ""]))
        cell = altered(written.cell, deck.edits)
    except DeckError as error:
        raise InputRefusedError(f"in the geometry block: {error}") from None
    if len(cell.labels) != len(written.order) and (options.ghosts or has_spins):
        raise InputRefusedError(
            "ghosts and spins of atoms want the structure as it is computed, not with "
            "a supercell or an edit in the deck."
        )
    spacing = level.metal_k_spacing_inv_a if options.is_metal else level.k_spacing_inv_a
    return mesh_of(
        cell,
        spacing_inv_a=options.k_spacing_inv_a or spacing,
        factors=options.shrink,
        gilat=options.shrink_gilat,
        is_metal=options.is_metal or options.smear_hartree is not None,
    )


def _title(parts: _Parts) -> str:
    unit = unit_formula(parts.source.structure)
    origin = parts.source.origin
    words = [unit, origin.name if origin.kind == "material" else ""]
    words += [parts.functional.name, parts.preset.name]
    title = parts.options.title or " ".join(filter(None, words))
    plain = title.encode("ascii", "replace").decode("ascii")
    return " ".join(plain.split())[:_TITLE_LENGTH]


def _records(parts: _Parts, *, is_charged: bool) -> list[str]:
    extra = parts.options.extra
    head = ["EXTERNAL"] if parts.options.wants_external else parts.written.lines
    geometry = [*head, *extra.get("geometry", ()), *parts.task]
    keywords = [*_ghosts(parts), *(["CHARGED"] if is_charged else [])]
    keywords += extra.get("basis", ())
    if parts.basis.library is not None:
        basis = ["BASISSET", parts.basis.library, *keywords]
    else:
        entries = [one.entry for _, one in sorted(parts.electrons.sets.items())]
        basis = ["END", *basis_records(entries), *keywords, "END"]
    scf = scf_records(
        parts.scf, parts.functional, parts.spin, parts.written.order, parts.mesh, extra
    )
    return [_title(parts), *geometry, *basis, *scf]


def _ghosts(parts: _Parts) -> list[str]:
    ghosts = set(parts.options.ghosts)
    order = enumerate(parts.written.order, start=1)
    numbers = [str(at) for at, given in order if given + 1 in ghosts]
    return ["GHOSTS", str(len(numbers)), " ".join(numbers)] if numbers else []


def _settings(parts: _Parts, charge: float) -> dict[str, Any]:
    written, mesh = parts.written, parts.mesh
    sets = parts.electrons.sets.values()
    return {
        "functional": parts.functional.name,
        "preset": parts.preset.name,
        "task": parts.options.task,
        "basis": parts.basis.names(),
        "basis_sources": tuple(dict.fromkeys(one.source for one in sets)),
        "group_number": written.group_number,
        "group_symbol": written.group_symbol,
        "groups_by_tolerance_a": {
            f"{found.tolerance_a:g}": found.symbol for found in written.groups
        },
        "symmetry_tolerance_a": parts.options.symmetry_tolerance_a,
        "largest_shift_a": written.largest_shift_a,
        "n_given_cells": written.n_given_cells,
        "n_atoms": len(written.order),
        "n_electrons": parts.electrons.explicit,
        "charge_e": charge,
        "k_mesh": mesh.factors if mesh else None,
        "k_gilat": mesh.gilat if mesh else None,
        "is_spin_polarised": parts.spin.is_polarised,
        "atom_spins": tuple(parts.spin.atoms[given] for given in written.order),
        "spin_lock": parts.spin.lock,
        "ghosts": parts.options.ghosts,
        **parts.scf.settings(),
    }
