"""A structure and options → the inputs of pw.x.

Needs numpy and spglib: it is imported inside functions, and run by a worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.atom_kinds import AtomKinds, refuse_unfit
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso import keys, occupations, pseudopotentials
from crystalmathd.codes.espresso.impossible import check_numbers, check_sizes
from crystalmathd.codes.espresso.isolation import (
    MAKOV_PAYNE,
    charge_findings,
    isolation,
)
from crystalmathd.codes.espresso.kpoints import Points, points_for
from crystalmathd.codes.espresso.options import (
    DISPERSIONS,
    PRESETS,
    TASKS,
    EspressoOptions,
    Preset,
    Value,
)
from crystalmathd.codes.espresso.pseudopotentials import Chosen
from crystalmathd.codes.espresso.species import labels, starting_magnetizations
from crystalmathd.codes.espresso.upf import Pseudopotential, functional_name
from crystalmathd.codes.espresso.writing import card_text, namelists_text, numbers
from crystalmathd.codes.plane_waves import atoms_and_cell
from crystalmathd.codes.written_cells import WrittenCell
from crystalmathd.models.inputs import (
    WARNING,
    GeneratedFile,
    GeneratedInput,
    InputFinding,
)
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.elements import SYMBOLS
from crystalmathd.structures.formula import unit_formula
from crystalmathd.structures.masses import standard_weight

_AFTER_SCF: Final = ("nscf", "bands")
_FILES: Final = {"bands": "path"}
"""What a file is called if not by its task: `si.bands.in` means bands.x, not pw.x."""
_MIXING: Final = 0.4
_PRESSURE_KBAR: Final = 0.5
_FREE_AXES: Final = {3: "all", 2: "2Dxy", 1: "x"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """What all files of one input share."""

    options: EspressoOptions
    preset: Preset
    told: AtomKinds
    labels: tuple[str, ...]
    cell: WrittenCell
    assume_isolated: str | None
    chosen: Chosen
    cutoff_ry: float
    density_cutoff_ry: float
    electrons: float
    charge: float
    prefix: str


def generate(
    sourced: SourcedStructure,
    options: EspressoOptions,
    library: Sequence[Pseudopotential],
    *,
    directory: str = "the library",
) -> GeneratedInput:
    """Make the inputs; `bands` and `nscf` get the scf before them as a first file.

    `library`: heads of the pseudopotentials that are at hand, `directory` where they
    are, for messages.

    Raises
    ------
    InputRefusedError
        If something that is needed is missing, or an option cannot be fulfilled.
    """
    _check(sourced, options)
    check_numbers(options)
    preset = PRESETS[options.preset]
    told, cell = atoms_and_cell(sourced, options)
    chosen = pseudopotentials.choose(
        library,
        told.elements,
        options.functional,
        by_name=options.pseudopotentials,
        directory=directory,
    )
    cutoff = options.cutoff_ry or pseudopotentials.suggested_cutoff_ry(
        chosen, preset.cutoff_factor, preset.least_cutoff_ry
    )
    charge = sourced.charge if options.charge is None else options.charge
    if options.charge is None:
        charge = charge / cell.n_of_given
    parts = _Parts(
        options=options,
        preset=preset,
        told=told,
        labels=labels(told.kinds),
        cell=cell,
        assume_isolated=isolation(
            options.assume_isolated, sourced.structure, cell.lattice_a[2][2]
        ),
        chosen=chosen,
        cutoff_ry=cutoff,
        density_cutoff_ry=options.density_cutoff_ry
        or pseudopotentials.density_cutoff_ry(chosen, cutoff, preset.cutoff_factor),
        electrons=_electrons(cell, told, chosen) - charge,
        charge=charge,
        prefix=options.prefix or _prefix(sourced),
    )
    check_sizes(
        options,
        electrons=parts.electrons,
        cutoff_ry=parts.cutoff_ry,
        density_cutoff_ry=parts.density_cutoff_ry,
    )
    return _assembled(sourced, parts)


def _check(sourced: SourcedStructure, options: EspressoOptions) -> None:
    if options.preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise InputRefusedError(f"preset {options.preset}: there are {known}")
    if options.task not in TASKS:
        raise InputRefusedError(f"task {options.task}: there are {', '.join(TASKS)}")
    if options.dispersion is not None and options.dispersion not in DISPERSIONS:
        known = ", ".join(DISPERSIONS)
        raise InputRefusedError(f"dispersion {options.dispersion}: there are {known}")
    refuse_unfit(sourced)
    if options.task == "vc-relax" and not sourced.structure.lattice_a:
        raise InputRefusedError("vc-relax: a molecule has no cell to relax; use relax")
    keys.check_extra(options.extra)


def _electrons(cell: WrittenCell, told: AtomKinds, chosen: Chosen) -> float:
    return sum(
        chosen.by_element[told.kinds[kind].element].valence for kind in cell.kinds
    )


def _prefix(sourced: SourcedStructure) -> str:
    return unit_formula(sourced.structure).lower()


def _assembled(sourced: SourcedStructure, parts: _Parts) -> GeneratedInput:
    options = parts.options
    magnetizations, clipped = starting_magnetizations(
        parts.told.kinds, parts.chosen.by_element
    )
    filled = occupations.occupations_for(
        options, parts.preset, parts.electrons, _moments(parts)
    )
    tasks = ("scf", options.task) if options.task in _AFTER_SCF else (options.task,)
    files, points = [], []
    for task in tasks:
        points.append(points_for(task, options, parts.preset, parts.cell))
        namelists = _namelists(parts, task, magnetizations, filled.values)
        files.append(
            GeneratedFile(
                name=f"{parts.prefix}.{_FILES.get(task, task)}.in",
                text=_text(parts, namelists, points[-1]),
            )
        )
    return GeneratedInput(
        code="espresso",
        program="pw.x",
        files=tuple(files),
        settings=_settings(parts, points, filled.values, magnetizations),
        findings=(
            *parts.chosen.findings,
            *parts.told.findings,
            *clipped,
            *filled.findings,
            *parts.cell.findings,
            *charge_findings(parts.charge, parts.assume_isolated, sourced.structure),
            *_override(parts),
        ),
        references=tuple(
            dict.fromkeys(one for one in (sourced.origin.citation,) if one)
        ),
    )


def _moments(parts: _Parts) -> float | None:
    """Return the sum of the moments in µB; None without spin."""
    if not parts.told.is_magnetic:
        return None
    return sum(parts.told.kinds[kind].moment_ub for kind in parts.cell.kinds)


def _namelists(
    parts: _Parts,
    task: str,
    magnetizations: Sequence[float],
    occupation: Mapping[str, Value],
) -> dict[str, dict[str, Value]]:
    options, preset, n_atoms = parts.options, parts.preset, len(parts.cell.kinds)
    is_moving = task in {"relax", "vc-relax"}
    control: dict[str, Value] = {
        "calculation": task,
        "prefix": parts.prefix,
        "outdir": "./",
    }
    if options.pseudo_dir is not None:
        control["pseudo_dir"] = options.pseudo_dir
    if is_moving:
        control["etot_conv_thr"] = _rounded(preset.energy_change_ry_atom * n_atoms)
        control["forc_conv_thr"] = preset.force_ry_bohr
        control["nstep"] = 100
    else:
        control["tprnfor"] = task == "scf"
    system: dict[str, Value] = {
        **_shape(parts),
        "nat": n_atoms,
        "ntyp": len(parts.told.kinds),
        "ecutwfc": parts.cutoff_ry,
        "ecutrho": parts.density_cutoff_ry,
    }
    if parts.charge:
        system["tot_charge"] = parts.charge
    system |= occupation
    if parts.told.is_magnetic:
        system["nspin"] = 2
        for place, value in enumerate(magnetizations, start=1):
            system[f"starting_magnetization({place})"] = value
    optional: tuple[tuple[str, Value | None], ...] = (
        ("input_dft", options.input_dft),
        ("vdw_corr", options.dispersion),
        ("nbnd", options.n_bands),
        ("assume_isolated", parts.assume_isolated),
    )
    system |= {key: value for key, value in optional if value is not None}
    namelists: dict[str, dict[str, Value]] = {
        "CONTROL": control,
        "SYSTEM": system,
        "ELECTRONS": {
            "conv_thr": _rounded(preset.convergence_ry_atom * n_atoms),
            "electron_maxstep": options.max_cycles,
            "mixing_beta": _MIXING,
        },
    }
    if is_moving:
        namelists["IONS"] = {"ion_dynamics": "bfgs"}
    if task == "vc-relax":
        namelists["CELL"] = {
            "cell_dynamics": "bfgs",
            "press_conv_thr": _PRESSURE_KBAR,
            "cell_dofree": _FREE_AXES[parts.cell.n_periodic],
        }
    for name, values in options.extra.items():
        own = namelists.setdefault(name.upper(), {})
        own.update({key.lower(): value for key, value in values.items()})
    return namelists


def _is_cube(parts: _Parts) -> bool:
    """Tell whether the cell must be given by ibrav=1.

    pw.x makes the correction of Makov and Payne for ibrav 1, 2 and 3 alone (6.7).
    """
    return parts.assume_isolated == MAKOV_PAYNE


def _shape(parts: _Parts) -> dict[str, Value]:
    if _is_cube(parts):
        return {"ibrav": 1, "a": parts.cell.lattice_a[0][0]}
    return {"ibrav": 0}


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _text(
    parts: _Parts, namelists: Mapping[str, Mapping[str, Value]], points: Points
) -> str:
    species = [
        f"{label:<3} {standard_weight(SYMBOLS.index(one.element)):10.5f}"
        f" {parts.chosen.by_element[one.element].file_name}"
        for label, one in zip(parts.labels, parts.told.kinds, strict=True)
    ]
    atoms = [
        f"{parts.labels[kind]:<3} {numbers(at)}"
        for kind, at in zip(parts.cell.kinds, parts.cell.fractions, strict=True)
    ]
    lattice = parts.cell.lattice_a
    return "".join(
        (
            namelists_text(namelists),
            card_text("ATOMIC_SPECIES", species),
            ""
            if _is_cube(parts)
            else card_text("CELL_PARAMETERS angstrom", map(numbers, lattice)),
            card_text("ATOMIC_POSITIONS crystal", atoms),
            card_text(points.head, points.rows),
        )
    )


def _override(parts: _Parts) -> tuple[InputFinding, ...]:
    asked = parts.options.input_dft
    if asked is None or parts.chosen.functionals == (functional_name(asked),):
        return ()
    return (
        InputFinding(
            code="pseudo.functional_override",
            severity=WARNING,
            message=f"input_dft {asked} on pseudopotentials that were made with"
            f" {', '.join(parts.chosen.functionals)}",
            fix="take pseudopotentials of that functional where there are any",
            source="INPUT_PW, input_dft: use at your own risk",
        ),
    )


def _settings(
    parts: _Parts,
    points: Sequence[Points],
    occupation: Mapping[str, Value],
    magnetizations: Sequence[float],
) -> dict[str, Any]:
    cell = parts.cell
    return {
        "preset": parts.options.preset,
        "task": parts.options.task,
        "functional": parts.options.input_dft or "/".join(parts.chosen.functionals),
        "pseudopotentials": {
            element: {
                "file": one.file_name,
                "kind": one.kind,
                "functional": one.functional,
                "valence_electrons": one.valence,
                "sha256": one.sha256,
            }
            for element, one in parts.chosen.by_element.items()
        },
        "cutoff_ry": parts.cutoff_ry,
        "density_cutoff_ry": parts.density_cutoff_ry,
        "electrons": parts.electrons,
        "charge": parts.charge,
        "occupations": dict(occupation),
        "species": {
            label: {"moment_ub": one.moment_ub, "starting_magnetization": value}
            for label, one, value in zip(
                parts.labels, parts.told.kinds, magnetizations, strict=True
            )
        },
        "k_points": {
            name: one.settings
            for name, one in zip(("first", "second"), points, strict=False)
        },
        **cell.settings,
        "vacuum_a": parts.options.vacuum_a if cell.n_periodic < len("xyz") else None,
        "assume_isolated": parts.assume_isolated,
    }
