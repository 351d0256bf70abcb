"""From a deck to one calculation of the embedded engine, or the reason against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.deck import (
    AtomBasis,
    Basis,
    Deck,
    Geometry,
    Keyword,
    Shell,
    ShellSource,
    ShellType,
)
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.pyscf.keywords import HONOURED, IGNORED, ignored, refusals
from crystalmathd.codes.pyscf.methods import Method, method
from crystalmathd.codes.pyscf.spins import Spin, read_spin

LIBRARY_BASES: Final = {"STO-3G": "sto-3g", "STO-6G": "sto-6g"}
"""BASISSET names that mean the same set in PySCF's library."""

_CHANGING: Final = frozenset({"ATOMSUBS", "ATOMREMO", "ATOMINSE"})
"""Geometry keywords after which there are other kinds of atoms."""

_KINDS: Final = ("CRYSTAL", "MOLECULE")
_DEFAULT_TOLDEE: Final = 6
"""Of a single point; what CRYSTAL prints when the deck is silent."""

_TOLDEE_RANGE: Final = range(1, 13)
_DEFAULT_MAXCYCLE: Final = 50
_LAST_WITH_STO: Final = 54
"""Xe, the last element with STO-nG functions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calculation:
    """An SCF of a three-dimensional crystal or of a molecule.

    `edits` are the keywords that change the geometry. `mesh` is the Monkhorst-Pack
    mesh with Γ, in the primitive reciprocal vectors, None for a molecule;
    `tolerance_hartree` the largest energy change of the last cycle.
    """

    title: str
    geometry: Geometry
    edits: tuple[Keyword, ...]
    basis: Basis
    method: Method
    spin: Spin
    mesh: tuple[int, int, int] | None
    tolerance_hartree: float
    max_cycles: int
    ignored: tuple[Keyword, ...]
    remarks: tuple[str, ...]

    def ignored_lines(self) -> Iterator[tuple[str, int, str]]:
        """Yield keyword, line and reason of all that has no counterpart."""
        for word in self.ignored:
            yield word.written, word.line, IGNORED[word.block][word.name]


def plan(text: str) -> Calculation:
    """Read a deck and return what is to be computed.

    Raises
    ------
    DeckError
        If the deck cannot be read, or asks for what the engine cannot do.
    """
    deck = read_deck(text)
    if deck.geometry.kind not in _KINDS:
        raise DeckError(
            deck.geometry.line,
            f"{deck.geometry.kind} is a geometry type that the embedded engine has "
            f"not; it runs decks with {' and '.join(_KINDS)}.",
        )
    refused = refusals(deck)
    if refused:
        first, *others = refused
        more = "".join(f" Line {o.keyword.line}: {o}." for o in others)
        raise DeckError(
            first.keyword.line,
            f"{first}. The embedded engine refuses what would change the meaning of "
            f"the deck.{more}",
        )
    if deck.basis is None:
        raise DeckError(deck.geometry.line, "the deck has no basis set.")
    _check_basis(deck.basis)
    if not any(word.name in _CHANGING for word in deck.edits):
        for atom in deck.geometry.atoms:
            check_label(deck.basis, atom.label, atom.line)
    spin = read_spin(deck, _max_cycles(deck))
    return Calculation(
        title=deck.title,
        geometry=deck.geometry,
        edits=tuple(word for word in deck.edits if word.name in HONOURED["geometry"]),
        basis=deck.basis,
        method=method(deck),
        spin=spin,
        mesh=_mesh(deck) if deck.geometry.kind == "CRYSTAL" else None,
        tolerance_hartree=10.0 ** -_toldee(deck),
        max_cycles=_max_cycles(deck),
        ignored=ignored(deck),
        remarks=(
            *(f"Line {r.line}: {r.message}" for r in deck.remarks),
            *spin.remarks,
        ),
    )


def _mesh(deck: Deck) -> tuple[int, int, int]:
    shrink = deck.find("SHRINK")
    if shrink is None:
        raise DeckError(
            deck.geometry.line, "a periodic deck needs SHRINK, the k-point mesh."
        )
    first = shrink.integer(0)
    mesh = (
        (first, first, first)
        if first
        else (shrink.integer(2), shrink.integer(3), shrink.integer(4))
    )
    if min(mesh) < 1:
        raise DeckError(shrink.line, f"SHRINK {mesh} is not a mesh of k points.")
    return mesh


def _toldee(deck: Deck) -> int:
    keyword = deck.find("TOLDEE")
    if keyword is None:
        return _DEFAULT_TOLDEE
    if keyword.integer(0) not in _TOLDEE_RANGE:
        raise DeckError(
            keyword.line,
            f"TOLDEE {keyword.values[0]} is outside {_TOLDEE_RANGE.start} to "
            f"{_TOLDEE_RANGE.stop - 1}: it stands for 10**-n hartree.",
        )
    return keyword.integer(0)


def _max_cycles(deck: Deck) -> int:
    keyword = deck.find("MAXCYCLE")
    if keyword is None:
        return _DEFAULT_MAXCYCLE
    if keyword.integer(0) < 1:
        raise DeckError(keyword.line, f"MAXCYCLE {keyword.values[0]} is no limit.")
    return keyword.integer(0)


def check_label(basis: Basis, label: int, line: int) -> None:
    """Refuse an atom that has no functions; the line is told of it.

    Raises
    ------
    DeckError
        If the basis has nothing for the atom, or it is none.
    """
    if label < 1 or label % 100 < 1:
        raise DeckError(line, f"{label} is not an atom with a nucleus.")
    if basis.name is None and label not in {entry.label for entry in basis.entries}:
        raise DeckError(line, f"atom number {label} has no basis set in the deck.")
    if basis.name is not None and label > _LAST_WITH_STO:
        raise DeckError(line, f"{basis.name} has no functions for atom {label}.")


def _check_basis(basis: Basis) -> None:
    if basis.name is not None and basis.name.upper() not in LIBRARY_BASES:
        raise DeckError(
            basis.line,
            f"the basis set {basis.name} is not one that PySCF has in CRYSTAL's form "
            f"({', '.join(LIBRARY_BASES)}); write its shells into the deck.",
        )
    known = {entry.label for entry in basis.entries}
    if len(known) < len(basis.entries):
        raise DeckError(basis.line, "an atom number stands twice in the basis set.")
    for entry in basis.entries:
        _check_entry(entry)


def _check_entry(entry: AtomBasis) -> None:
    if entry.core_potential is not None:
        raise DeckError(
            entry.core_potential.line,
            f"atom number {entry.label} has an effective core potential; the "
            "embedded engine is for all electrons.",
        )
    is_explicit_before = False
    for shell in entry.shells:
        if shell.source == ShellSource.EXPLICIT:
            is_explicit_before |= shell.type in (ShellType.S, ShellType.SP)
            if shell.scale != 1:
                raise DeckError(
                    shell.line, f"the scale factor SCAL {shell.scale:g} is not 1."
                )
        elif shell.source == ShellSource.SPLIT_NG:
            raise DeckError(
                shell.line,
                "ITYB 2 takes 3-21G or 6-21G from CRYSTAL's own tables; write the "
                "primitives into the deck (ITYB 0).",
            )
        else:
            _check_sto(shell, entry, is_explicit_before=is_explicit_before)


def _check_sto(shell: Shell, entry: AtomBasis, *, is_explicit_before: bool) -> None:
    if f"STO-{shell.n_primitives}G" not in LIBRARY_BASES:
        raise DeckError(
            shell.line,
            f"STO-{shell.n_primitives}G is not one of {', '.join(LIBRARY_BASES)}.",
        )
    if shell.scale != 0:
        raise DeckError(
            shell.line,
            f"the scale factor {shell.scale:g} of an STO-nG shell is not 0, the "
            "standard one.",
        )
    if entry.label % 100 > _LAST_WITH_STO:
        raise DeckError(shell.line, f"atom {entry.label} has no STO-nG functions.")
    if shell.type not in (ShellType.S, ShellType.SP, ShellType.D) or (
        is_explicit_before
    ):
        raise DeckError(
            shell.line,
            "an STO-nG shell is S, SP or D and stands before explicit shells, so "
            "that its place tells its quantum number.",
        )
