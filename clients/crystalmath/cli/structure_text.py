"""What is seen of a structure, as text."""

from collections.abc import Iterator
from typing import Final

from crystalmath.cli.output import Output
from crystalmath.cli.tables import columns as aligned
from crystalmath.cli.tables import facts
from crystalmath_protocol.sourced import Origin
from crystalmath_protocol.structures import NamedStructure, Preview, Symmetry

KINDS: Final = ("molecule", "polymer", "slab", "crystal")
_MOST_STEPS: Final = 8


def preview_text(preview: Preview, output: Output) -> str:
    rows = [row for row in _rows(preview, output) if row[1]]
    lines = [facts(rows)]
    for one in preview.warnings:
        lines.append(output.paint("warning:", "yellow") + f" {one.message}")
        if one.fix and not output.is_silent:
            lines.append(f"  {one.fix}")
    return "\n".join(lines)


def structures_text(found: tuple[NamedStructure, ...], output: Output) -> str:
    heads = ("NAME", "FORMULA", "ATOMS", "KIND", "FROM", "TAGS")
    return aligned(
        [""] * len(heads) if output.is_silent else heads,
        [
            (
                one.name,
                one.formula,
                str(one.n_atoms),
                KINDS[one.dimension],
                origin_text(one.origin),
                ", ".join(one.tags),
            )
            for one in found
        ],
        right={2},
    )


def origin_text(origin: Origin) -> str:
    where = f"{origin.source} " if origin.source else ""
    if origin.kind == "job":
        where += "job "
    steps = len(origin.steps)
    changed = f", {steps} step{'s' if steps > 1 else ''}" if steps else ""
    return f"{where}{origin.name}{changed}"


def _rows(preview: Preview, output: Output) -> Iterator[tuple[str, str]]:
    sourced = preview.sourced
    units = f" = {preview.n_units} {preview.reduced_formula}"
    yield "formula", preview.formula + (units if preview.n_units > 1 else "")
    yield "title", sourced.title
    yield "from", origin_text(sourced.origin)
    for step in sourced.origin.steps[:_MOST_STEPS] if output.is_verbose else ():
        yield "", step
    kind = KINDS[preview.dimension]
    yield "kind", f"{kind}, {preview.n_atoms} atoms" + _bonded(preview)
    if preview.cell is not None:
        a, b, c, alpha, beta, gamma = preview.cell
        yield "a b c", f"{a:.5f} {b:.5f} {c:.5f} Å"
        yield "α β γ", f"{alpha:.4f} {beta:.4f} {gamma:.4f}°"
    for n, vector in enumerate(sourced.structure.lattice_a):
        if preview.cell is None or output.is_verbose:
            yield f"vector {'abc'[n]}", " ".join(f"{x:.6f}" for x in vector) + " Å"
    if preview.volume_a3 is not None:
        yield "volume", f"{preview.volume_a3:.4f} Å³"
    if preview.area_a2 is not None:
        yield "area", f"{preview.area_a2:.4f} Å²"
    if preview.density_g_cm3 is not None:
        yield "density", f"{preview.density_g_cm3:.4f} g/cm³"
    yield from _symmetries(preview.symmetries)
    yield from _atoms(preview)


def _bonded(preview: Preview) -> str:
    bonded = preview.bonded_dimension
    if bonded is None or bonded == preview.dimension:
        return ""
    return f"; its bonds go on in {bonded} of {preview.dimension} directions"


def _symmetries(found: tuple[Symmetry, ...]) -> Iterator[tuple[str, str]]:
    """Yield a line a group: the tolerances at which it is the same are together."""
    groups: dict[tuple[str, str], list[Symmetry]] = {}
    for one in found:
        groups.setdefault((one.kind, one.symbol), []).append(one)
    for (kind, symbol), ones in groups.items():
        number = "" if ones[0].number is None else f" ({ones[0].number})"
        tolerances = ", ".join(f"{one.tolerance_a:g}" for one in ones)
        shifts = [
            one.largest_shift_a for one in ones if one.largest_shift_a is not None
        ]
        shift = f"; atoms off by {max(shifts):.4f} Å at most" if shifts else ""
        yield kind, f"{symbol}{number} within {tolerances} Å{shift}"


def _atoms(preview: Preview) -> Iterator[tuple[str, str]]:
    if preview.shortest is not None:
        one = preview.shortest
        numbers = preview.sourced.structure.atomic_numbers
        symbols = {look.atomic_number: look.symbol for look in preview.looks}
        names = [f"{symbols[numbers[n - 1]]} {n}" for n in (one.first, one.second)]
        yield "shortest", f"{one.distance_a:.4f} Å, {names[0]} – {names[1]}"
    moments = preview.sourced.moments_ub
    if moments:
        total, largest = sum(moments), max(map(abs, moments))
        yield "moments", f"{total:+.2f} µB in all, {largest:.2f} µB at most"
    if preview.sourced.charge:
        yield "charge", f"{preview.sourced.charge:+g} e"
    fixed = sum(not all(one) for one in preview.sourced.may_move)
    if fixed:
        yield "fixed", f"{fixed} of {preview.n_atoms} atoms (selective dynamics)"
