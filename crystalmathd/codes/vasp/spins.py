"""What should be known of the spins of a VASP run before it starts.

Source: vasp.at wiki, pages ISPIN, MAGMOM and NELECT.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from crystalmathd.codes.atom_kinds import AtomKinds
from crystalmathd.codes.vasp.options import Value, VaspOptions
from crystalmathd.codes.vasp.poscar_writing import Grouped
from crystalmathd.codes.vasp.potcar_assembly import Spec
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_POLARISED: Final = 2
_PAIR: Final = 2
_WHOLE: Final = 1e-6
_DEFAULT_UB: Final = 1.0
"""MAGMOM of every atom, if INCAR does not say it."""


def spin_findings(
    told: AtomKinds, tags: Mapping[str, Value], options: VaspOptions
) -> tuple[InputFinding, ...]:
    """Warn of moments that are not known, or that a set leaves out.

    `tags`: all of INCAR. A set, or the person's own tags, may begin with moments
    where the structure has none.
    """
    if told.is_magnetic:
        return () if "MAGMOM" in tags else (_left_out(options),)
    if tags.get("ISPIN") != _POLARISED:
        return told.findings
    if "MAGMOM" in {name.upper() for name in options.incar}:
        return ()
    moments = tags.get("MAGMOM", [_DEFAULT_UB])
    largest = max(map(float, moments)) if isinstance(moments, list) else _DEFAULT_UB
    who = options.input_set or "VASP"
    return tuple(
        replace(
            one,
            message=f"{one.message.partition(':')[0]}: no moments known; {who} begins"
            f" with {largest:g} µB, all in one direction",
        )
        for one in told.findings
    )


def _left_out(options: VaspOptions) -> InputFinding:
    return InputFinding(
        code="vasp.set_without_moments",
        severity=WARNING,
        message=f"{options.input_set} writes no MAGMOM: the moments are left out",
        fix="give ISPIN and MAGMOM in incar, or take another set",
    )


def parity_findings(
    options: VaspOptions,
    atoms: Grouped,
    spec: Spec,
    tags: Mapping[str, Value],
    *,
    is_periodic: bool,
) -> tuple[InputFinding, ...]:
    """Tell of electrons that cannot all be paired, in a run without spin.

    Nothing is said of a metal, nor where the datasets' electrons are not known. An
    error for a molecule alone: what repeats may be a metal.
    """
    if tags.get("ISPIN") == _POLARISED or options.is_metal:
        return ()
    given = tags.get("NELECT")
    electrons = (
        float(given)
        if isinstance(given, int | float)
        else _electrons(options, atoms, spec)
    )
    if electrons is None or abs(electrons / _PAIR - round(electrons / _PAIR)) < _WHOLE:
        return ()
    return (
        InputFinding(
            code="electrons.odd",
            severity=WARNING if is_periodic else ERROR,
            message=f"an odd or broken number of {electrons:g} electrons without spin",
            fix="give moments (element_moments_ub), another charge, or is_metal",
        ),
    )


def _electrons(options: VaspOptions, atoms: Grouped, spec: Spec) -> float | None:
    """Return the valence electrons of the cell; None unless all datasets' are known."""
    known = options.valence_electrons
    if any(one.symbol not in known for one in spec.datasets):
        return None
    pairs = zip(spec.datasets, atoms.counts, strict=True)
    return sum(known[one.symbol] * count for one, count in pairs)
