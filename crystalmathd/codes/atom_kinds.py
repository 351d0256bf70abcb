"""Atoms told apart by element and magnetic moment, as an input has to name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.open_shells import magnetic_elements, unknown_moments
from crystalmathd.models.inputs import InputFinding
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.elements import SYMBOLS, symbol

_DECIMALS: Final = 2
"""Moments that agree to 0.01 µB are one kind: databases print rounding noise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomKind:
    element: str
    moment_ub: float


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomKinds:
    """The kinds, one element after the other, and which of them each atom is."""

    kinds: tuple[AtomKind, ...]
    of_atoms: tuple[int, ...]
    is_magnetic: bool
    findings: tuple[InputFinding, ...] = ()

    @property
    def elements(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.element for one in self.kinds))


def refuse_unfit(sourced: SourcedStructure) -> None:
    """Refuse a structure that no input can be made of.

    Raises
    ------
    InputRefusedError
        If sites are mixed, or atoms are no elements.
    """
    numbers = sourced.structure.atomic_numbers
    if sourced.partial:
        raise InputRefusedError(f"no input of mixed sites: {' '.join(sourced.partial)}")
    if not numbers:
        raise InputRefusedError("the structure has no atoms")
    if any(not 0 < number < len(SYMBOLS) for number in numbers):
        raise InputRefusedError("plane waves have no ghosts: an atom is no element")


def kinds_of(
    sourced: SourcedStructure,
    *,
    moments_ub: Sequence[float] = (),
    element_moments_ub: Mapping[str, float] | None = None,
    is_magnetic: bool | None = None,
) -> AtomKinds:
    """Tell the atoms apart; moments are those given, else those of the structure.

    Raises
    ------
    InputRefusedError
        If moments do not fit the atoms, or magnetism is asked for without any.
    """
    elements = [symbol(number) for number in sourced.structure.atomic_numbers]
    given = element_moments_ub or {}
    moments = _moments(sourced, moments_ub, given, elements)
    has_spin = any(moments) if is_magnetic is None else is_magnetic
    if has_spin and not any(moments):
        raise InputRefusedError(
            "is_magnetic needs moments to begin with: give moments_ub, or"
            " element_moments_ub by symbol"
        )
    pairs = [
        AtomKind(
            element=element,
            moment_ub=round(moment, _DECIMALS) + 0.0 if has_spin else 0.0,
        )
        for element, moment in zip(elements, moments, strict=True)
    ]
    distinct = sorted(dict.fromkeys(pairs), key=lambda one: elements.index(one.element))
    is_known = bool(sourced.moments_ub or moments_ub or given)
    return AtomKinds(
        kinds=tuple(distinct),
        of_atoms=tuple(distinct.index(one) for one in pairs),
        is_magnetic=has_spin,
        findings=()
        if is_known or is_magnetic is not None
        else unknown_moments(
            magnetic_elements(sourced.structure),
            "give element_moments_ub, or is_magnetic=false to say that it is so",
        ),
    )


def _moments(
    sourced: SourcedStructure,
    moments_ub: Sequence[float],
    by_element: Mapping[str, float],
    elements: Sequence[str],
) -> list[float]:
    if by_element and moments_ub:
        raise InputRefusedError(
            "moments_ub and element_moments_ub both say the moments: give one of them"
        )
    if by_element:
        strangers = sorted(set(by_element) - set(elements))
        if strangers:
            raise InputRefusedError(
                f"element_moments_ub: {', '.join(strangers)} is not in the structure"
            )
        return [by_element.get(element, 0.0) for element in elements]
    moments = moments_ub or sourced.moments_ub
    if moments and len(moments) != len(elements):
        raise InputRefusedError(
            f"{len(moments)} moments for {len(elements)} atoms: give one an atom"
        )
    return list(moments) or [0.0] * len(elements)
