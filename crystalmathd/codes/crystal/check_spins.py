"""Whether the spins that a deck asks for can be had by its atoms and electrons."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_LOCKS: Final = ("SPINLOCK", "SPINLOC2")
_WHOLE: Final = 1e-6


def spin_state_findings(
    deck: Deck, n_atoms: int, n_electrons: float | None, places: Places
) -> Iterator[InputFinding]:
    """Yield what is impossible; `n_atoms` and `n_electrons` are those of the cell."""
    for word in deck.scf:
        if word.name == "ATOMSPIN":
            yield from _atoms(word, n_atoms, places)
        if word.name in _LOCKS and n_electrons is not None:
            yield from _difference(word, n_electrons, places)


def _atoms(word: Keyword, n_atoms: int, places: Places) -> Iterator[InputFinding]:
    """Yield the first atom that is not there; a count, then pairs of atom and spin."""
    for at in range(1, len(word.values) - 1, 2):
        atom, spin = word.integer(at), word.integer(at + 1)
        if abs(spin) > 1:
            yield places.at(
                word.line,
                "spin.value",
                WARNING,
                f"ATOMSPIN gives atom {atom} the spin {spin}: 1 (majority α), -1"
                " (majority β) and 0 are known.",
                fix="give 1, -1 or 0: the size of the moment is that of the basis set",
            )
            return
        if not 1 <= atom <= n_atoms:
            yield places.at(
                word.line + 1,
                "spin.atom",
                ERROR,
                f"ATOMSPIN names atom {atom}, but the cell has {n_atoms} atoms.",
                fix=f"give atoms from 1 to {n_atoms}, as CRYSTAL numbers them",
            )
            return


def _difference(
    word: Keyword, n_electrons: float, places: Places
) -> Iterator[InputFinding]:
    total = round(n_electrons)
    difference = word.integer(0)
    if abs(n_electrons - total) > _WHOLE:
        return
    if abs(difference) > total:
        found = f"the cell has {total} electrons"
        fix = f"give at most {total}"
    elif (difference - total) % 2:
        kind = "odd" if total % 2 else "even"
        found = f"their number in the cell, {total}, is {kind}"
        fix = f"give an {kind} first number"
    else:
        return
    yield places.at(
        word.line + 1,
        "spin.parity",
        ERROR,
        f"{difference} more α than β electrons are not possible: {found}.",
        fix=fix,
        word=0,
    )
