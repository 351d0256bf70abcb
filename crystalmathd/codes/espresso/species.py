"""Atomic species of a pw.x input: labels, and the moments that they start with."""

from collections.abc import Mapping, Sequence
from typing import Final

from crystalmathd.codes.atom_kinds import AtomKind
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.upf import Pseudopotential
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.inputs import NOTE, InputFinding

_PAIR: Final = 2
_MARKS: Final = "123456789abcdefghijklmnopqrstuvwxyz"


def labels(kinds: Sequence[AtomKind]) -> tuple[str, ...]:
    """Return a label a kind: `Fe`, or `Fe1` and `Fe2` where an element has several.

    Raises
    ------
    InputRefusedError
        If an element has more kinds than labels of three characters can tell apart.
    """
    elements = [one.element for one in kinds]
    return tuple(
        element
        if elements.count(element) == 1
        else _marked(element, elements[: at + 1].count(element))
        for at, element in enumerate(elements)
    )


def starting_magnetizations(
    kinds: Sequence[AtomKind], by_element: Mapping[str, Pseudopotential]
) -> tuple[tuple[float, ...], tuple[InputFinding, ...]]:
    """Return moment / valence electrons of each kind, and what does not fit.

    Source: INPUT_PW, starting_magnetization: from -1 (all valence electrons down) to 1.
    """
    values, findings = [], []
    for one in kinds:
        fraction = one.moment_ub / by_element[one.element].valence
        if abs(fraction) > 1:
            findings.append(_too_large(one))
        values.append(round(max(-1.0, min(1.0, fraction)), 6))
    return tuple(values), tuple(findings)


def lacks_mass(words: Sequence[str]) -> bool:
    """Tell whether a row is a label and a file, as in `Si Si.pbe.UPF`."""
    is_pair = len(words) == _PAIR and "." in words[1]
    return is_pair and fortran_float(words[1]) is None


def _marked(element: str, place: int) -> str:
    if place > len(_MARKS):
        raise InputRefusedError(
            f"{element} has more than {len(_MARKS)} different moments"
        )
    mark = _MARKS[place - 1]
    # `C` with the mark `a` would be calcium: a letter stands behind a hyphen.
    return element + (mark if mark.isdigit() or len(element) > 1 else f"-{mark}")


def _too_large(one: AtomKind) -> InputFinding:
    return InputFinding(
        code="spin.too_large",
        severity=NOTE,
        message=f"{one.element}: {one.moment_ub:g} µB is more than its valence"
        " electrons can have; the run starts with all of them parallel",
    )
