"""What is wrong with the basis sets of a deck that can be read."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal import libraries
from crystalmathd.codes.crystal.check_shells import is_shell
from crystalmathd.codes.crystal.coverage import library_coverage
from crystalmathd.codes.crystal.deck import (
    CAPACITY,
    AtomBasis,
    Basis,
    Deck,
    Shell,
    ShellType,
)
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.elements import symbol

_DIFFUSE: Final = 0.06
"""bohr^-2; below, "PERHAPS TOO DIFFUSE" and linear dependence in solids."""

_SAME: Final = 1e-4
_ARTICLES: Final = dict.fromkeys(ShellType, "a") | dict.fromkeys(
    (ShellType.S, ShellType.SP, ShellType.F), "an"
)
_SHELL_WORDS: Final = 5
_LAST_ALL_ELECTRON: Final = 200
"""Conventional numbers above have a core potential."""


def basis_findings(deck: Deck, places: Places) -> Iterator[InputFinding]:
    """Yield what is wrong with the basis itself, and with it for these atoms."""
    basis = deck.basis
    if basis is None:
        return
    labels = used_labels(deck)
    if basis.name is not None:
        yield from _library(basis, basis.name, labels, places)
        return
    swallowed = next(_swallowed(basis, places), None)
    if swallowed is not None:
        yield swallowed
        return
    yield from _configurations(deck, places)
    yield from _entries(basis, labels, places)
    for entry in basis.entries:
        yield from _potential(entry, places)
        yield from _shells(entry, places, is_solid=deck.geometry.dimension != 0)
    if labels and not _has_own_charges(deck):
        yield from _neutrality(basis, set(labels), places)


def _swallowed(basis: Basis, places: Places) -> Iterator[InputFinding]:
    """Yield shells that take the heads of the next ones for their primitives."""
    for shell in (shell for entry in basis.entries for shell in entry.shells):
        for at in range(len(shell.primitives)):
            line = shell.line + at
            if line < len(places.lines) and is_shell(places.lines[line].split()):
                yield places.at(
                    shell.line,
                    "basis.primitives",
                    ERROR,
                    f"The shell counts {shell.n_primitives} primitives (NG), but"
                    f" {at or 'none'} {'follows' if at == 1 else 'follow'}: line"
                    f" {line + 1} is the head of the next shell.",
                    fix="put the missing exponents and coefficients there",
                    last=line,
                )
                break


def _configurations(deck: Deck, places: Places) -> Iterator[InputFinding]:
    """Yield a CHEMOD that counts more atoms than have a record."""
    words = deck.basis.keywords if deck.basis is not None else ()
    for word in words:
        rows = word.last_line - word.line - 1
        if word.name == "CHEMOD" and word.values:
            count = whole_number(word.values[0])
            if count is not None and count > rows:
                yield places.at(
                    word.line + 1,
                    "record.count",
                    ERROR,
                    f"CHEMOD counts {count} atoms, but {rows}"
                    f" {'follows' if rows == 1 else 'follow'}.",
                    fix=f"write {rows}, or as many atoms as are counted",
                    word=0,
                )


def used_labels(deck: Deck) -> dict[int, int]:
    """Return the conventional atomic number of each kind of atom → its line.

    Those that keywords bring in are there too; empty if another file has the atoms.
    """
    if not deck.geometry.atoms:
        return {}
    labels: dict[int, int] = {}
    for atom in deck.geometry.atoms:
        labels.setdefault(atom.label, atom.line)
    for edit in deck.edits:
        step = {"ATOMSUBS": 2, "ATOMINSE": 4, "HYDROSUB": 3}.get(edit.name)
        at = 0 if edit.name == "ATOMINSE" else 1
        if step is not None:
            for value in edit.values[1 + at :: step]:
                labels.setdefault(int(value), edit.line)
    return labels


def _has_own_charges(deck: Deck) -> bool:
    words = (*(deck.basis.keywords if deck.basis else ()), *deck.scf)
    names = {word.name for word in words}
    return bool(names & {"CHARGED", "CHEMOD"})


def _library(
    basis: Basis, name: str, labels: dict[int, int], places: Places
) -> Iterator[InputFinding]:
    if not libraries.is_known(name):
        close = near(name.upper(), libraries.NAMES)
        yield places.at(
            basis.last_line,
            "basis.library",
            WARNING,
            f"{shown(name)} is not a basis set that is known here, so its elements"
            " were not checked.",
            fix=f"write {close[0]}" if close else "",
            word=0,
        )
    coverage = library_coverage(name)
    for label, line in labels.items():
        number = label % 100
        if coverage is not None and number and number not in coverage.elements:
            yield places.at(
                line,
                "basis.library-element",
                ERROR,
                f"The basis set {name} does not have {symbol(number)} ({number}).",
                fix="take another basis set, or give one explicitly",
                word=0,
                source=coverage.source,
            )


def _entries(
    basis: Basis, labels: dict[int, int], places: Places
) -> Iterator[InputFinding]:
    for entry in basis.entries:
        if len(places.lines[entry.line - 1].split()) >= _SHELL_WORDS:
            yield places.at(
                entry.line,
                "basis.entry",
                ERROR,
                "The head of a shell stands where that of a basis set should be: its"
                " atom number and number of shells are missing.",
                fix="put NAT NSHL before this line",
            )
            return
    given = {entry.label for entry in basis.entries}
    missing = [label for label in labels if label not in given]
    seen: set[int] = set()
    for entry in basis.entries:
        if entry.label in seen:
            yield places.at(
                entry.line,
                "basis.duplicate",
                ERROR,
                f"Atom number {entry.label} has a basis set already, above.",
                fix=f"write {missing[0]}, which has none"
                if missing
                else "keep one of the two",
                word=0,
            )
        seen.add(entry.label)
        if labels and not missing and entry.label not in labels:
            yield places.at(
                entry.line,
                "basis.unused",
                WARNING,
                f"No atom has the number {entry.label}: this basis set is not used.",
                word=0,
            )
    for label in missing if len(seen) == len(basis.entries) else ():
        others = [e for e in basis.entries if e.label % 100 == label % 100]
        other = others[0] if others and others[0].label not in labels else None
        yield places.at(
            labels[label],
            "basis.missing",
            ERROR,
            f"Atom number {label} ({symbol(label % 100)}) has no basis set"
            + ("." if other is None else f"; line {other.line} has {other.label}."),
            fix=f"put its basis set before 99 0 (line {basis.last_line})"
            if other is None
            else f"write {other.label}",
            word=0,
        )


def _potential(entry: AtomBasis, places: Places) -> Iterator[InputFinding]:
    """Yield the name of a core potential that is misspelt."""
    potential = entry.core_potential
    if potential is None or potential.library in (None, *libraries.POTENTIALS):
        return
    close = near(str(potential.library), ("INPUT", *libraries.POTENTIALS))
    if close:
        yield places.at(
            potential.line,
            "basis.potential-name",
            WARNING,
            f"{shown(str(potential.library))} is not a core potential that is known"
            f" here; {close[0]} is.",
            fix=f"write {close[0]}",
            word=0,
        )


def _shells(
    entry: AtomBasis, places: Places, *, is_solid: bool
) -> Iterator[InputFinding]:
    for shell in entry.shells:
        if not 0 <= shell.electrons <= CAPACITY[shell.type]:
            yield places.at(
                shell.line,
                "basis.charge",
                ERROR,
                f"The formal charge (CHE) of this shell is {shell.electrons:g}"
                f" electrons; {_ARTICLES[shell.type]} {shell.type.name.lower()} shell"
                f" holds 0 to {CAPACITY[shell.type]}.",
                fix=f"give a formal charge from 0 to {CAPACITY[shell.type]}",
                word=3,
            )
        smallest = min((one.exponent for one in shell.primitives), default=1.0)
        if is_solid and smallest < _DIFFUSE:
            at = [one.exponent for one in shell.primitives].index(smallest)
            yield places.at(
                shell.line + 1 + at,
                "basis.diffuse",
                WARNING,
                f"A function with the exponent {smallest:g} is very diffuse for a"
                " periodic system: the basis set may be linearly dependent.",
                word=0,
            )


def _neutrality(
    basis: Basis, labels: set[int], places: Places
) -> Iterator[InputFinding]:
    """Yield entries that keep the cell from being neutral, whatever its atoms.

    Electrons too many on one atom may be too few on another (Mg 10, O 10): only if all
    differ in one direction, it is certain.
    """
    found = {entry.label: entry for entry in basis.entries if entry.label in labels}
    # A ghost (number 0) has functions, and neither charge nor electrons.
    found = {label: entry for label, entry in found.items() if label % 100}
    if set(found) != {label for label in labels if label % 100}:
        return
    excess = {label: excess_of(entry) for label, entry in found.items()}
    values = [value for value in excess.values() if value is not None]
    is_certain = len(values) == len(excess) and (
        min(values, default=0) >= -_SAME or max(values, default=0) <= _SAME
    )
    for label, value in excess.items():
        if not is_certain or value is None or abs(value) < _SAME:
            continue
        entry = found[label]
        shell = _likely_shell(entry, value)
        if any(not 0 <= one.electrons <= CAPACITY[one.type] for one in entry.shells):
            continue
        total = sum(one.electrons for one in entry.shells)
        yield places.at(
            shell.line if shell else entry.line,
            "basis.neutral",
            ERROR,
            f"The shells of atom number {label} hold {total:g} electrons, but its"
            f" {'effective core charge' if entry.core_potential else 'nuclear charge'}"
            f" is {total - value:g}: the cell is not neutral.",
            fix=f"give this shell {shell.electrons - value:g} electrons, or put CHARGED"
            " behind 99 0"
            if shell
            else "correct the electrons of the shells, or put CHARGED behind 99 0",
            word=3 if shell else None,
        )


def excess_of(entry: AtomBasis) -> float | None:
    """Return electrons minus charge; None with the core potential of a library."""
    potential = entry.core_potential
    if potential is None:
        charge = float(entry.label % 100)
        if entry.label > _LAST_ALL_ELECTRON:
            return None
    elif potential.effective_charge is None:
        return None
    else:
        charge = potential.effective_charge
    return sum(shell.electrons for shell in entry.shells) - charge


def _likely_shell(entry: AtomBasis, excess: float) -> Shell | None:
    """Return the shell whose electrons were most likely meant to be others.

    Shells are full or empty, but for the outermost; d and f hold what they hold in
    the free atom.
    """
    free = _free_atom(entry.label % 100)
    wrong = [
        type_
        for type_, count in free.items()
        if abs(_electrons(entry, type_) - count - excess) < _SAME
    ]

    def doubt(shell: Shell) -> tuple[bool, int, bool, int]:
        right = shell.electrons - excess
        kind = 2
        if abs(right - CAPACITY[shell.type]) < _SAME:
            kind = 0
        elif abs(right) < _SAME:
            kind = 1
        is_settled = shell.electrons in {0, CAPACITY[shell.type]}
        return bool(wrong) and shell.type not in wrong, kind, is_settled, shell.line

    possible = [
        shell
        for shell in entry.shells
        if -_SAME <= shell.electrons - excess <= CAPACITY[shell.type] + _SAME
    ]
    return min(possible, key=doubt, default=None)


def _electrons(entry: AtomBasis, type_: ShellType) -> float:
    return sum(shell.electrons for shell in entry.shells if shell.type == type_)


def _free_atom(number: int) -> dict[ShellType, int]:
    """Return the electrons in d and f of a free atom, by Madelung's rule."""
    kinds = (ShellType.S, ShellType.P, ShellType.D, ShellType.F)
    orbitals = sorted(
        ((n, angular) for n in range(1, 8) for angular in range(min(n, 4))),
        key=lambda one: (sum(one), one[0]),
    )
    found = {ShellType.D: 0, ShellType.F: 0}
    for _, angular in orbitals:
        filled = min(number, 4 * angular + 2)
        number -= filled
        if kinds[angular] in found:
            found[kinds[angular]] += filled
    return found
