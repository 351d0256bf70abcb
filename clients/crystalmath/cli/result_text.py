"""A result for people: every number with its unit, nothing that was not printed."""

import math
from collections.abc import Sequence
from typing import Final

from crystalmath.cli import quantities
from crystalmath.cli.output import Output
from crystalmath.cli.tables import columns
from crystalmath.durations import duration
from crystalmath_protocol.calculations import (
    CalculationResult,
    Gap,
    Structure,
    Vector,
    Vibrations,
)

Pairs = list[tuple[str, str]]
MOST_MODES: Final = 12
MOST_ATOMS: Final = 20
_YES_NO: Final = {True: "yes", False: "no"}


def result_facts(result: CalculationResult, output: Output) -> Pairs:
    """Return name and value of all that a result says."""
    return [
        *_program(result),
        *(energy_facts(result, output) or [("energy", "none was printed")]),
        *_trust(result, output),
        *quantity_facts(result),
        *_run(result),
        *said_facts(result),
    ]


def quantity_facts(result: CalculationResult) -> Pairs:
    """Return method, cell and what was computed beside the energy."""
    return [
        *_method(result),
        *_structure(result),
        *_electrons(result),
        *_mechanics(result),
        *_vibrations(result.vibrations),
    ]


def _program(result: CalculationResult) -> Pairs:
    version = f" {result.code_version}" if result.code_version else ""
    about = f"{result.code}: {result.program}{version}"
    if result.build:
        about += f" ({result.build})"
    pairs = [("program", about)]
    if result.calculation:
        pairs.append(("calculation", result.calculation.replace("_", " ")))
    return pairs


def energy_facts(result: CalculationResult, output: Output) -> Pairs:
    """Return the headline energy, the line that it was read from, and its parts."""
    lines = []
    if result.energy_ev is not None:
        kind = (result.headline_energy_kind or "").replace("_", " ")
        about = f" ({kind})" if kind else ""
        lines.append(f"{quantities.energy(result.energy_ev)} eV per cell{about}")
        if result.n_atoms:
            each = result.energy_ev / result.n_atoms
            lines[0] += f", {quantities.energy(each)} eV per atom"
    if result.energy_as_printed is not None and result.energy_unit:
        lines.append(f"{result.energy_as_printed!r} {result.energy_unit} as printed")
    source = result.energy_source
    if source is not None:
        lines.append(f"{source.file}:{source.line}: {source.text.strip()}")
    if output.is_verbose or result.energy_ev is None:
        others = sorted(result.energies_ev.items())
        lines += [f"{name}: {quantities.energy(ev)} eV" for name, ev in others]
    return [("energy", "\n".join(lines))] if lines else []


def _trust(result: CalculationResult, output: Output) -> Pairs:
    lines = [output.style(result.grade)]
    counts = (
        ("SCF", result.is_scf_converged, result.n_scf_cycles, "cycle"),
        ("geometry", result.is_geometry_converged, result.n_geometry_steps, "step"),
    )
    for what, is_converged, number, unit in counts:
        if is_converged is None and number is None:
            continue
        words = {True: "converged", False: "not converged", None: "not known"}
        plural = "" if number == 1 else "s"
        after = f" after {number} {unit}{plural}" if number is not None else ""
        lines.append(f"{what} {words[is_converged]}{after}")
    if result.is_normal_end is not None:
        lines.append(f"ended normally: {_YES_NO[result.is_normal_end]}")
    lines += [
        f"{one.name.replace('_', ' ')} {one.value:g}, at most {one.threshold:g} "
        f"{one.unit}: {'met' if one.is_met else 'not met'}"
        for one in result.criteria
    ]
    if result.flags:
        lines.append(", ".join(flag.replace("_", " ") for flag in result.flags))
    return [("grade", "\n".join(lines))]


def _method(result: CalculationResult) -> Pairs:
    pairs = []
    if result.functional:
        spin = f", {result.spin.replace('_', ' ')}" if result.spin else ""
        pairs.append(("functional", result.functional + spin))
    elif result.spin:
        pairs.append(("spin", result.spin.replace("_", " ")))
    mesh = result.kpoint_mesh
    sizes = (
        ("basis functions", _number(result.n_basis_functions)),
        ("k-points", _number(result.n_kpoints)),
        ("mesh", "×".join(map(str, mesh)) if mesh else ""),
        ("electrons", _number(result.n_electrons)),
        ("charge", _number(result.cell_charge) if result.cell_charge else ""),
    )
    said = ", ".join(f"{name} {value}" for name, value in sizes if value)
    return [*pairs, ("size", said)] if said else pairs


def _structure(result: CalculationResult) -> Pairs:
    counts = [result.formula or ""]
    if result.n_atoms is not None:
        counts.append(f"{result.n_atoms} atom{'' if result.n_atoms == 1 else 's'}")
    pairs = []
    if any(counts):
        pairs.append(("cell", ", ".join(filter(None, counts))))
    symmetry = [
        result.space_group or "",
        f"{result.n_symmetry_operators} operators"
        if result.n_symmetry_operators
        else "",
    ]
    if any(symmetry):
        pairs.append(("symmetry", ", ".join(filter(None, symmetry))))
    structure = result.final_structure or result.initial_structure
    return pairs if structure is None else [*pairs, *_lattice(structure)]


def _lattice(structure: Structure) -> Pairs:
    lattice = structure.lattice_a
    if not lattice:
        return []
    lengths = "  ".join(f"{math.hypot(*one):.6f}" for one in lattice)
    pairs = [("lengths", f"{lengths} Å")]
    if len(lattice) == len("abc"):
        a, b, c = lattice
        angles = "  ".join(f"{_angle(*two):.4f}" for two in ((b, c), (a, c), (a, b)))
        pairs.append(("angles", f"{angles}°"))
        pairs.append(("volume", f"{_volume(a, b, c):.6f} Å³"))
    return pairs


def _angle(one: Vector, other: Vector) -> float:
    dot = math.fsum(x * y for x, y in zip(one, other, strict=True))
    cosine = dot / (math.hypot(*one) * math.hypot(*other) or 1.0)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def _volume(a: Vector, b: Vector, c: Vector) -> float:
    return abs(
        a[0] * (b[1] * c[2] - b[2] * c[1])
        + a[1] * (b[2] * c[0] - b[0] * c[2])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


def _electrons(result: CalculationResult) -> Pairs:
    pairs = [("gap", _gap(one)) for one in result.gaps]
    if result.fermi_energy_ev is not None:
        pairs.append(("Fermi energy", f"{result.fermi_energy_ev:.4f} eV"))
    if result.magnetisation_bohr is not None:
        pairs.append(("magnetisation", f"{result.magnetisation_bohr:.4f} μB per cell"))
    for one in result.charges:
        for name, values, unit in (
            ("electrons", one.electrons, "e"),
            ("moments", one.moments_bohr, "μB"),
        ):
            if values:
                pairs.append((f"{name} ({one.scheme})", f"{_some(values)} {unit}"))
    dielectric = result.dielectric
    for name in ("electronic", "static"):
        tensor = getattr(dielectric, name, None)
        if tensor is not None:
            pairs.append((f"ε {name}", _rows(tensor)))
    polarisability = getattr(dielectric, "polarisability_bohr3", None)
    if polarisability is not None:
        pairs.append(("polarisability", _rows(polarisability, "bohr³")))
    return pairs


def _gap(gap: Gap) -> str:
    if not gap.gap_ev:
        return "none: a metal" + (f" (spin {gap.spin})" if gap.spin else "")
    about = {True: "direct", False: "indirect", None: ""}[gap.is_direct]
    rest = ", ".join(filter(None, (about, f"spin {gap.spin}" if gap.spin else "")))
    return f"{gap.gap_ev:.4f} eV" + (f", {rest}" if rest else "")


def _some(values: Sequence[float]) -> str:
    shown = " ".join(f"{value:.3f}" for value in values[:MOST_ATOMS])
    more = len(values) - MOST_ATOMS
    return f"{shown} and {more} more" if more > 0 else shown


def _rows(tensor: Sequence[Sequence[float]], unit: str = "") -> str:
    rows = ["  ".join(f"{value:9.4f}" for value in row) for row in tensor]
    rows[0] += f" {unit}" if unit else ""
    return "\n".join(rows)


def _mechanics(result: CalculationResult) -> Pairs:
    pairs = []
    if result.forces_ev_a:
        most = max(math.hypot(*one) for one in result.forces_ev_a)
        pairs.append(("largest force", f"{most:.6f} eV/Å"))
    if result.pressure_gpa is not None:
        pairs.append(("pressure", f"{result.pressure_gpa:.4f} GPa"))
    if result.stress_gpa is not None:
        pairs.append(("stress", _rows(result.stress_gpa, "GPa")))
    elastic = result.elastic
    if elastic is not None:
        pairs.append(("elastic", _rows(elastic.constants_gpa, "GPa")))
        moduli = (
            ("bulk", elastic.bulk_hill_gpa),
            ("shear", elastic.shear_hill_gpa),
            ("Young", elastic.young_gpa),
        )
        said = [f"{name} {value:.2f}" for name, value in moduli if value is not None]
        if said:
            pairs.append(("moduli", f"{', '.join(said)} GPa (Hill)"))
    state = result.equation_of_state
    for fit in state.fits if state is not None else ():
        derivative = fit.bulk_modulus_derivative
        text = f"V₀ {fit.volume_a3:.4f} Å³, B₀ {fit.bulk_modulus_gpa:.2f} GPa"
        text += f", B₀' {derivative:.2f}" if derivative is not None else ""
        pairs.append((fit.model.replace("_", " "), text))
    return pairs


def _vibrations(vibrations: Vibrations | None) -> Pairs:
    if vibrations is None:
        return []
    pairs = []
    for point in vibrations.points[:1]:
        header = ("cm⁻¹", "irrep", "IR km/mol", "Raman")
        rows = [
            (
                f"{mode.frequency_cm:.2f}",
                mode.irrep or "",
                _number(mode.infrared_km_mol),
                _number(mode.raman),
            )
            for mode in point.modes[:MOST_MODES]
        ]
        more = len(point.modes) - MOST_MODES
        text = columns(header, rows, right={0, 2, 3}) if rows else "none"
        pairs.append(("modes", text + (f"\nand {more} more" if more > 0 else "")))
    if len(vibrations.points) > 1:
        pairs.append(("q-points", str(len(vibrations.points))))
    if vibrations.zero_point_ev is not None:
        zero_point = quantities.energy(vibrations.zero_point_ev)
        pairs.append(("zero point", f"{zero_point} eV per cell"))
    return pairs


def _run(result: CalculationResult) -> Pairs:
    times = (("wall", result.wall_time_s), ("CPU", result.cpu_time_s))
    said = [f"{name} {_took(value)}" for name, value in times if value is not None]
    pairs = [("time", ", ".join(said))] if said else []
    parts = (
        ("ranks", result.n_ranks),
        ("threads", result.n_threads),
    )
    machine = [f"{name} {number}" for name, number in parts if number]
    if result.max_memory_mb is not None:
        machine.append(f"memory {result.max_memory_mb:.0f} MiB")
    return [*pairs, ("machine", ", ".join(machine))] if machine else pairs


def _took(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 60 else duration(seconds)  # noqa: PLR2004 - a minute


def said_facts(result: CalculationResult) -> Pairs:
    """Return what the program has said in words."""
    texts = (
        ("it said", result.cause or ""),
        ("warnings", "\n".join(result.warnings)),
        ("ignored", ", ".join(result.ignored_keywords)),
    )
    return [(name, text) for name, text in texts if text]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
