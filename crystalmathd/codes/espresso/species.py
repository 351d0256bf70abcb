"""Atomic species of a pw.x input: an element, or an element with a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import EspressoOptions
from crystalmathd.codes.espresso.upf import Pseudopotential
from crystalmathd.models.inputs import NOTE, WARNING, InputFinding
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.elements import symbol

_DECIMALS: Final = 2
"""Moments that agree to 0.01 µB are one species: databases print rounding noise."""
_MAGNETIC: Final = frozenset({"Cr", "Mn", "Fe", "Co", "Ni"}) | {
    symbol(number) for number in range(58, 71)
}
"""Elements that are often magnetic in solids; used for a warning alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Species:
    """`label`: `Fe`, or `Fe1` where an element has several moments."""

    label: str
    element: str
    moment_ub: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeciesOfAtoms:
    """The species, and which of them each atom is."""

    species: tuple[Species, ...]
    kinds: tuple[int, ...]
    is_magnetic: bool


def species_of(sourced: SourcedStructure, options: EspressoOptions) -> SpeciesOfAtoms:
    """Tell the atoms apart by element and moment, in the order of the structure.

    Raises
    ------
    InputRefusedError
        If moments do not fit the atoms, or magnetism is asked for without any.
    """
    elements = [symbol(number) for number in sourced.structure.atomic_numbers]
    moments = _moments(sourced, options, elements)
    is_magnetic = any(moments) if options.is_magnetic is None else options.is_magnetic
    if is_magnetic and not any(moments):
        raise InputRefusedError(
            "is_magnetic needs moments to begin with: give moments_ub, or"
            " element_moments_ub by symbol"
        )
    if not is_magnetic:
        moments = [0.0] * len(moments)
    pairs = [
        (element, round(moment, _DECIMALS) + 0.0)
        for element, moment in zip(elements, moments, strict=True)
    ]
    distinct = sorted(dict.fromkeys(pairs), key=lambda pair: elements.index(pair[0]))
    return SpeciesOfAtoms(
        species=tuple(
            Species(label=label, element=element, moment_ub=moment)
            for label, (element, moment) in zip(
                _labels(distinct), distinct, strict=True
            )
        ),
        kinds=tuple(distinct.index(pair) for pair in pairs),
        is_magnetic=is_magnetic,
    )


def starting_magnetizations(
    told: SpeciesOfAtoms, by_element: Mapping[str, Pseudopotential]
) -> tuple[tuple[float, ...], tuple[InputFinding, ...]]:
    """Return moment / valence electrons of each species, and what does not fit.

    Source: INPUT_PW, starting_magnetization: from -1 (all valence electrons down) to 1.
    """
    values, findings = [], []
    for one in told.species:
        fraction = one.moment_ub / by_element[one.element].valence
        if abs(fraction) > 1:
            findings.append(_clipped(one))
        values.append(max(-1.0, min(1.0, fraction)))
    return tuple(values), tuple(findings)


def unknown_moments(
    sourced: SourcedStructure, options: EspressoOptions, told: SpeciesOfAtoms
) -> tuple[InputFinding, ...]:
    """Warn of elements that are often magnetic where no moment is known."""
    is_known = bool(
        sourced.moments_ub or options.moments_ub or options.element_moments_ub
    )
    if is_known or options.is_magnetic is not None:
        return ()
    found = sorted({one.element for one in told.species} & _MAGNETIC)
    if not found:
        return ()
    return (
        InputFinding(
            code="spin.unknown",
            severity=WARNING,
            message=f"{', '.join(found)}: no moments known; the run is without spin",
            fix="give element_moments_ub, or is_magnetic=false to say that it is so",
        ),
    )


def _moments(
    sourced: SourcedStructure, options: EspressoOptions, elements: Sequence[str]
) -> list[float]:
    if options.element_moments_ub:
        strangers = sorted(set(options.element_moments_ub) - set(elements))
        if strangers:
            raise InputRefusedError(
                f"element_moments_ub: {', '.join(strangers)} is not in the structure"
            )
        return [options.element_moments_ub.get(element, 0.0) for element in elements]
    moments = options.moments_ub or sourced.moments_ub
    if moments and len(moments) != len(elements):
        raise InputRefusedError(
            f"{len(moments)} moments for {len(elements)} atoms: give one an atom"
        )
    return list(moments) or [0.0] * len(elements)


def _labels(distinct: Sequence[tuple[str, float]]) -> list[str]:
    """Return `Fe1`, `Fe2` for an element that is there twice; 3 characters at most."""
    elements = [element for element, _ in distinct]
    labels = []
    for at, element in enumerate(elements):
        place = elements[: at + 1].count(element)
        is_single = elements.count(element) == 1
        labels.append(element if is_single else f"{element}{_digit(element, place)}")
    return labels


def _digit(element: str, place: int) -> str:
    """Return the mark of a species: pw.x takes labels of three characters."""
    marks = "123456789abcdefghijklmnopqrstuvwxyz"
    if place > len(marks):
        raise InputRefusedError(
            f"{element} has more than {len(marks)} different moments"
        )
    mark = marks[place - 1]
    # `C` with the mark `a` would be calcium: a letter stands behind a hyphen.
    return mark if mark.isdigit() or len(element) > 1 else f"-{mark}"


def _clipped(one: Species) -> InputFinding:
    return InputFinding(
        code="spin.too_large",
        severity=NOTE,
        message=f"{one.label}: {one.moment_ub:g} µB is more than its valence electrons"
        " can have; the run starts with all of them parallel",
    )
