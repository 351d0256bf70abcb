"""Materials and how their sources answered, as people read it."""

import time
from collections.abc import Sequence
from typing import Final

from crystalmath.cli.output import Output
from crystalmath.cli.tables import columns, facts
from crystalmath.durations import duration
from crystalmath_protocol.calculations import Structure
from crystalmath_protocol.materials import (
    FetchMaterialDetailsResult,
    Material,
    MaterialProperty,
    SearchMaterialsResult,
    SourceReport,
)

GAP: Final = "band_gap_ev"
HULL: Final = "energy_above_hull_ev_atom"
ANSWERED: Final = ("answered", "empty")
HEADER: Final = (
    *("ID", "FORMULA", "SPACE_GROUP", "SITES", "GAP/eV", "ABOVE_HULL/eV/atom"),
    *("SOURCE", "AGE"),
)
_RIGHT: Final = (3, 4, 5)
_AXES: Final = "abc"


def has_answer(reports: Sequence[SourceReport]) -> bool:
    """Tell whether anybody has answered, if only that there is nothing."""
    return any(report.state in ANSWERED for report in reports)


def found_text(found: SearchMaterialsResult, output: Output) -> str:
    """Return a line for every material."""
    rows = [_row(one, found.reports) for one in found.materials]
    header = [""] * len(HEADER) if output.is_silent else list(HEADER)
    return columns(header, rows, right=_RIGHT)


def _row(material: Material, reports: Sequence[SourceReport]) -> list[str]:
    values = {one.name: one for one in material.properties}
    report = _report_of(material, reports)
    return [
        material.material_id,
        material.formula,
        material.space_group,
        "" if material.n_sites is None else str(material.n_sites),
        _number(values.get(GAP)),
        _number(values.get(HULL)),
        material.source,
        _age(report),
    ]


def _report_of(
    material: Material, reports: Sequence[SourceReport]
) -> SourceReport | None:
    """Return how the source of a material answered; of OPTIMADE, its provider."""
    own = [one for one in reports if one.source == material.source]
    provider = material.material_id.partition("/")[0]
    named = [one for one in own if one.provider == provider]
    return next(iter(named or own), None)


def _number(value: MaterialProperty | None) -> str:
    is_number = value is not None and isinstance(value.value, int | float)
    return f"{value.value:.3f}" if is_number and value is not None else ""


def _age(report: SourceReport | None) -> str:
    if report is None:
        return ""
    return age_text(report.fetched_ms, is_stale=report.is_stale)


def age_text(fetched_ms: int | None, *, is_stale: bool = False) -> str:
    """Return how old an answer is: `now`, `3d04h`, `9d00h stale`."""
    if fetched_ms is None:
        return ""
    seconds = time.time() - fetched_ms / 1000
    age = "now" if seconds < 1 else duration(seconds)
    return f"{age} stale" if is_stale else age


def reports_text(reports: Sequence[SourceReport], output: Output) -> list[str]:
    """Return a line for each source that there is something to say of."""
    return [
        _report_text(report)
        for report in reports
        if output.is_verbose
        or report.message
        or report.state not in ANSWERED
        or report.is_partial
    ]


def _report_text(report: SourceReport) -> str:
    words = [report.state]
    words += ["pages are missing"] if report.is_partial else []
    if report.is_stale:
        words.append(f"old answer ({age_text(report.fetched_ms)})")
    elif report.is_cached:
        words.append("kept answer")
    name = source_name(report.source, report.provider)
    return f"{name}: {', '.join(words)}. {report.message}".rstrip()


def source_name(source: str, provider: str) -> str:
    """Return `mp`, or `optimade/cod` for one provider of many."""
    return source if provider in {"", source} else f"{source}/{provider}"


def details_text(found: FetchMaterialDetailsResult, output: Output) -> str:
    """Return all that is known of a material."""
    material = found.material
    report = _report_of(material, found.reports)
    pairs = [
        ("id", material.material_id),
        ("formula", material.formula),
        ("space group", material.space_group),
        *_structure_facts(material),
        *((one.name, _value(one)) for one in material.properties),
        ("source", material.source),
        ("database", material.database_version),
        ("licence", material.licence),
        ("cite", material.citation),
        ("page", material.url),
        ("age", _age(report)),
    ]
    text = facts([(name, value) for name, value in pairs if value])
    if material.structure is not None and output.is_verbose:
        text += "\n\n" + _atoms_text(material)
    for one in found.contributions:
        pairs = [(value.name, _value(value)) for value in one.properties]
        pairs += [("cite", one.citation), ("page", one.url)]
        title = f"contributed: {one.material_id} {one.provider}".rstrip()
        body = facts([(name, value) for name, value in pairs if value])
        text += f"\n\n{title}\n{body}"
    return text


def _structure_facts(material: Material) -> list[tuple[str, str]]:
    sourced = material.structure
    if sourced is None:
        return []
    pairs = [("atoms", str(len(sourced.structure.atomic_numbers)))]
    if sourced.structure.lattice_a:
        pairs.append(("cell", _cell_text(sourced.structure)))
    if sourced.moments_ub:
        moments = " ".join(f"{one:.3g}" for one in sourced.moments_ub)
        pairs.append(("moments", f"{moments} μB"))
    pairs += [("partial", one) for one in sourced.partial]
    return pairs


def _cell_text(structure: Structure) -> str:
    lengths = [sum(x * x for x in vector) ** 0.5 for vector in structure.lattice_a]
    said = ", ".join(
        f"{axis} {length:.4f}" for axis, length in zip(_AXES, lengths, strict=False)
    )
    return f"{said} Å ({structure.dimension}D)"


def _atoms_text(material: Material) -> str:
    assert material.structure is not None  # noqa: S101  # asked before
    structure = material.structure.structure
    rows = [
        [str(number), *(f"{x:.6f}" for x in position)]
        for number, position in zip(
            structure.atomic_numbers, structure.positions_a, strict=True
        )
    ]
    return columns(["Z", "x/Å", "y/Å", "z/Å"], rows, right=range(4))


def _value(one: MaterialProperty) -> str:
    value = one.value
    if isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
    method = f" ({one.method})" if one.method else ""
    return f"{text} {one.unit}".rstrip() + method
