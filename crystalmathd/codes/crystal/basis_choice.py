"""Which basis set each atom of a structure gets, and what is not covered.

This needs basis_set_exchange for explicit sets: it is imported inside functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.basis_sets import (
    AtomSet,
    NoBasisError,
    exchange_set,
    relabelled,
    sets_with,
    written_set,
)
from crystalmathd.codes.crystal.coverage import libraries_with, library_coverage
from crystalmathd.codes.crystal.functionals import Functional
from crystalmathd.codes.crystal.libraries import key
from crystalmathd.codes.crystal.options import LIBRARY, CrystalOptions
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import atomic_number, symbol

_SECOND: Final = 100
"""Added to the conventional atomic number of atoms with a second basis set."""

_DIFFUSE: Final = 0.06
"""Exponents below this, 1/bohr², make functions of a solid linearly dependent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisChoice:
    """The basis of a deck: `library` is BASISSET's name, else `sets` are written.

    `labels`: the conventional atomic number of each given atom. `sets`: by these.
    """

    labels: tuple[int, ...]
    library: str | None = None
    sets: Mapping[int, AtomSet] = field(default_factory=dict)
    findings: tuple[InputFinding, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every atom has functions, so that a deck can be written."""
        return self.library is not None or all(
            label in self.sets for label in self.labels
        )

    @property
    def references(self) -> tuple[str, ...]:
        every = [one for found in self.sets.values() for one in found.references]
        return tuple(dict.fromkeys(every))

    def names(self) -> dict[str, str]:
        """Return element (or element and label, of a second set) → set."""
        if self.library is not None:
            return {symbol(z): self.library for z in sorted(set(self.labels))}
        return {
            symbol(label % _SECOND)
            if label // _SECOND % 2 == 0
            else f"{symbol(label % _SECOND)} ({label})": found.name
            for label, found in sorted(self.sets.items())
        }


def chosen_basis(
    structure: Structure,
    options: CrystalOptions,
    functional: Functional,
    default: str,
) -> BasisChoice:
    """Return the basis of each atom; `default` is the preset's set.

    Raises
    ------
    InputRefusedError
        If a set or an element is none, or a 3c method is given another basis.
    """
    if functional.basis is not None:
        _check_composite(options, functional)
        return _library(structure, functional.basis)
    if options.basis_form == LIBRARY:
        return _library(structure, options.basis or default)
    return _explicit(structure, options, options.basis or default)


def _check_composite(options: CrystalOptions, functional: Functional) -> None:
    others = (
        options.basis_by_element,
        options.basis_text_by_element,
        options.second_basis,
    )
    if any(others) or key(options.basis) not in ("", key(str(functional.basis))):
        raise InputRefusedError(
            f"{functional.name} belongs to the basis set {functional.basis}; with "
            "another one its corrections are wrong."
        )


def _library(structure: Structure, name: str) -> BasisChoice:
    coverage = library_coverage(name)
    findings: list[InputFinding] = []
    if coverage is None:
        findings.append(
            InputFinding(
                code="basis.coverage",
                severity=WARNING,
                message=f"Which elements {name} has in CRYSTAL's library is not known.",
                fix="Write the shells (explicit), or try a one-atom cell first.",
            )
        )
    else:
        missing = sorted(set(structure.atomic_numbers) - coverage.elements)
        findings += [
            _missing(number, f"{name} has no {symbol(number)}.", coverage.source)
            for number in missing
        ]
    return BasisChoice(
        labels=structure.atomic_numbers, library=name, findings=tuple(findings)
    )


def _missing(number: int, message: str, source: str) -> InputFinding:
    element = symbol(number)
    explicit, library = sets_with(number), libraries_with(number)
    fix = f"Explicit sets with {element}: {', '.join(explicit)}. " if explicit else ""
    if library:
        fix += f"CRYSTAL's library has it in {', '.join(library)} (basis_form library)."
    return InputFinding(
        code="basis.missing",
        severity=ERROR,
        message=message,
        fix=fix.strip() or f"Give {element} a set by name, or its shells as text.",
        source=source,
    )


def _explicit(
    structure: Structure, options: CrystalOptions, default: str
) -> BasisChoice:
    present = set(structure.atomic_numbers)
    names = _by_number(options.basis_by_element, present)
    texts = _by_number(options.basis_text_by_element, present)
    sets: dict[int, AtomSet] = {}
    label_of: dict[int, int] = {}
    findings: list[InputFinding] = []
    for number in sorted(present):
        try:
            found = (
                written_set(texts[number], symbol(number), number)
                if number in texts
                else exchange_set(names.get(number, default), number)
            )
        except NoBasisError as error:
            findings.append(_missing(number, str(error), "Basis Set Exchange"))
            continue
        label_of[number] = found.entry.label
        sets[found.entry.label] = found
    labels = [label_of.get(number, number) for number in structure.atomic_numbers]
    for atom, name in options.second_basis.items():
        number = structure.atomic_numbers[atom - 1]
        try:
            second = relabelled(exchange_set(name, number), _SECOND)
        except NoBasisError as error:
            findings.append(_missing(number, str(error), "Basis Set Exchange"))
            continue
        if sets.setdefault(second.entry.label, second).name != name:
            raise InputRefusedError(
                f"{symbol(number)} cannot have more than two basis sets."
            )
        labels[atom - 1] = second.entry.label
    used = {label: sets[label] for label in sorted(set(labels)) if label in sets}
    if structure.dimension:
        findings += [finding for one in used.values() for finding in _diffuse(one)]
    return BasisChoice(labels=tuple(labels), sets=used, findings=tuple(findings))


def _by_number(given: Mapping[str, str], present: set[int]) -> dict[int, str]:
    found = {}
    for element, value in given.items():
        number = atomic_number(element)
        if number not in present or number is None:
            raise InputRefusedError(
                f"a basis is given for {element}, which the structure has not."
            )
        found[number] = value
    return found


def _diffuse(one: AtomSet) -> list[InputFinding]:
    lowest = min(
        (row.exponent for shell in one.entry.shells for row in shell.primitives),
        default=_DIFFUSE,
    )
    if lowest >= _DIFFUSE:
        return []
    element = symbol(one.entry.label % _SECOND)
    return [
        InputFinding(
            code="basis.diffuse",
            severity=WARNING,
            message=f"{one.name} of {element} has the exponent {lowest:g}: in a solid "
            "such functions become linearly dependent.",
            fix="Take a set made for solids (POB-DZVP-REV2), or remove the shell.",
            source="CRYSTAL's warning GAUNOV ... PERHAPS TOO DIFFUSE",
        )
    ]
