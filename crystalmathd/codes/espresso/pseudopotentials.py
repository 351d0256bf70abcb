"""Which pseudopotentials of a library an input takes, and the cutoffs they want."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.upf import (
    COULOMB,
    NORM_CONSERVING,
    PAW,
    ULTRASOFT,
    Pseudopotential,
    functional_name,
)
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

MIXED: Final = "pseudo.functional_mixed"
SEVERAL: Final = "pseudo.several"
UNUSUAL: Final = "pseudo.unusual"
_PREFERRED: Final = (PAW, ULTRASOFT, NORM_CONSERVING)
_DENSITY_FACTORS: Final = {NORM_CONSERVING: 4.0, ULTRASOFT: 8.0, PAW: 8.0, COULOMB: 4.0}
"""ecutrho / ecutwfc where no head says more. 4 is the default of pw.x, and exact for
norm-conserving ones; ultrasoft and PAW need 8 to 12 (INPUT_PW, ecutrho)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """One pseudopotential an element, and what should be known of the choice."""

    by_element: Mapping[str, Pseudopotential]
    findings: tuple[InputFinding, ...]

    @property
    def functionals(self) -> tuple[str, ...]:
        return tuple(sorted({one.functional for one in self.by_element.values()}))


def choose(
    library: Sequence[Pseudopotential],
    elements: Sequence[str],
    functional: str | None,
    *,
    by_name: Mapping[str, str] | None = None,
    directory: str = "the library",
) -> Chosen:
    """Choose a pseudopotential for each element.

    `by_name`: element → file name, taken whatever it is for. Without `functional`, one
    that has all the others is taken, if there is only one such.

    Raises
    ------
    InputRefusedError
        If an element has none; the sentence names element, functional and directory.
    """
    named = _named(library, by_name or {}, directory)
    others = [one for one in elements if one not in named]
    wanted = _wanted(library, others, functional, named, directory)
    chosen, findings = {}, []
    for element in elements:
        if element in named:
            chosen[element] = named[element]
            continue
        fitting = sorted(_fitting(library, element, wanted), key=_rank)
        if not fitting:
            raise InputRefusedError(_missing(library, element, wanted, directory))
        chosen[element] = fitting[0]
        if len(fitting) > 1:
            findings.append(_several(element, fitting))
    findings += _about(chosen)
    return Chosen(by_element=chosen, findings=tuple(findings))


def suggested_cutoff_ry(chosen: Chosen, factor: float, least_ry: float = 0.0) -> float:
    """Return the largest suggested cutoff of the wavefunctions times a factor.

    At least `least_ry`: what a head suggests may be far too little.

    Raises
    ------
    InputRefusedError
        If a head suggests none (0 Ry): then the cutoff has to be given.
    """
    silent = [p.file_name for p in chosen.by_element.values() if p.cutoff_ry is None]
    if silent:
        raise InputRefusedError(
            f"{', '.join(silent)}: no cutoff is suggested in the file (0 Ry means that"
            " it is absent); give cutoff_ry, after a convergence test"
        )
    largest = max(p.cutoff_ry or 0.0 for p in chosen.by_element.values())
    return float(round(max(largest * factor, least_ry)))


def density_cutoff_ry(chosen: Chosen, cutoff_ry: float, factor: float) -> float:
    """Return the cutoff of the density: what the kinds need, at least the suggested."""
    kinds = [_DENSITY_FACTORS[one.kind] for one in chosen.by_element.values()]
    suggested = [p.density_cutoff_ry or 0.0 for p in chosen.by_element.values()]
    return float(round(max(cutoff_ry * max(kinds), *(s * factor for s in suggested))))


def _named(
    library: Sequence[Pseudopotential], by_name: Mapping[str, str], directory: str
) -> dict[str, Pseudopotential]:
    named = {}
    for element, name in by_name.items():
        found = next((one for one in library if one.file_name == name), None)
        if found is None:
            raise InputRefusedError(
                f"{name}: there is no such pseudopotential in {directory}"
            )
        if found.element != element:
            raise InputRefusedError(f"{name} is for {found.element}, not {element}")
        named[element] = found
    return named


def _wanted(
    library: Sequence[Pseudopotential],
    elements: Sequence[str],
    functional: str | None,
    named: Mapping[str, Pseudopotential],
    directory: str,
) -> str | None:
    if functional is not None:
        return functional_name(functional)
    if len(given := {one.functional for one in named.values()}) == 1:
        return given.pop()
    if not elements:
        return None
    full = sorted(
        {
            one.functional
            for one in library
            if all(any(_fitting(library, e, one.functional)) for e in elements)
        }
    )
    if len(full) == 1:
        return full[0]
    if not full:
        raise InputRefusedError(
            f"{directory} has no functional with pseudopotentials for all of"
            f" {', '.join(elements)}"
        )
    raise InputRefusedError(
        f"{directory} has {', '.join(elements)} for several functionals: name one of"
        f" {', '.join(full)}"
    )


def _fitting(
    library: Sequence[Pseudopotential], element: str, functional: str | None
) -> Iterator[Pseudopotential]:
    return (
        one
        for one in library
        if one.element == element
        and one.kind != COULOMB
        and (functional is None or one.functional == functional)
    )


def _rank(one: Pseudopotential) -> tuple[bool, bool, bool, int, str]:
    return (
        one.is_unusual,
        one.is_fully_relativistic,
        one.cutoff_ry is None,
        _PREFERRED.index(one.kind),
        one.file_name,
    )


def _missing(
    library: Sequence[Pseudopotential],
    element: str,
    functional: str | None,
    directory: str,
) -> str:
    others = sorted({one.functional for one in library if one.element == element})
    also = f"; there are some for {', '.join(others)}" if others else ""
    kind = f" for {functional}" if functional else ""
    return f"{element}: no pseudopotential{kind} in {directory}{also}"


def _several(element: str, fitting: Sequence[Pseudopotential]) -> InputFinding:
    first, *others = (one.file_name for one in fitting)
    return InputFinding(
        code=SEVERAL,
        severity=NOTE,
        message=f"{element}: {first} of {len(fitting)} that fit; {', '.join(others)}"
        " were left",
        fix=f"name the file for {element} to take another one",
    )


def mixed_functionals(
    chosen: Sequence[Pseudopotential], *, file: str = ""
) -> tuple[InputFinding, ...]:
    """Return the error that pseudopotentials of several functionals are."""
    named = [one for one in chosen if one.functional]
    if len({one.functional for one in named}) <= 1:
        return ()
    said = ", ".join(f"{one.file_name}: {one.functional}" for one in named)
    return (
        InputFinding(
            code=MIXED,
            severity=ERROR,
            message=f"pseudopotentials of different functionals: {said}",
            fix="take pseudopotentials of one functional",
            file=file,
        ),
    )


def _about(chosen: Mapping[str, Pseudopotential]) -> Iterator[InputFinding]:
    yield from mixed_functionals(tuple(chosen.values()))
    for one in chosen.values():
        if one.is_unusual:
            yield InputFinding(
                code=UNUSUAL,
                severity=WARNING,
                message=f"{one.file_name} leaves {one.valence:g} electrons to"
                f" {one.element}: a core with a hole, or a mixture of atoms",
                fix=f"name another file for {one.element}",
            )
