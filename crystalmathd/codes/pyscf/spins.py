"""What a deck says about spin: UHF or SPIN, SPINLOCK, ATOMSPIN."""

from dataclasses import dataclass

from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.records import DeckError


@dataclass(frozen=True, kw_only=True, slots=True)
class Spin:
    """Whether α and β have orbitals of their own, and where they begin.

    `n_unpaired`: α minus β electrons a cell, None if the deck leaves it open.
    `of_atoms`: labels of atoms, from 1 → +1, −1 or 0, for the start density. `line` is
    that of the keyword that says so.
    """

    is_polarised: bool = False
    n_unpaired: int | None = None
    of_atoms: tuple[tuple[int, int], ...] = ()
    line: int | None = None
    remarks: tuple[str, ...] = ()


def read_spin(deck: Deck, max_cycles: int) -> Spin:
    """Return the spin of a deck whose SCF may take so many cycles.

    Raises
    ------
    DeckError
        If spin is set in a closed-shell run, two Hamiltonians are asked for, or the
        spins of the atoms leave the total open.
    """
    polarised = _polarised(deck)
    lock, atoms = deck.find("SPINLOCK"), deck.find("ATOMSPIN")
    for keyword in (lock, atoms):
        if keyword is not None and polarised is None:
            raise DeckError(
                keyword.line,
                f"{keyword.written} stands in a closed-shell run; it wants UHF, or "
                "SPIN in the DFT block.",
            )
    if polarised is None:
        return Spin()
    of_atoms = () if atoms is None else _of_atoms(atoms)
    if atoms is not None and lock is None and sum(spin for _, spin in of_atoms) != 0:
        raise DeckError(
            atoms.line,
            "ATOMSPIN leaves the total spin open, and PySCF needs to know it: write "
            "SPINLOCK with α minus β electrons of the cell.",
        )
    is_let_go = lock is not None and lock.integer(1) < max_cycles
    remarks = (_kept(lock),) if lock is not None and is_let_go else ()
    return Spin(
        is_polarised=True,
        n_unpaired=None if lock is None else lock.integer(0),
        of_atoms=of_atoms,
        line=(lock or atoms or polarised).line,
        remarks=remarks,
    )


def _polarised(deck: Deck) -> Keyword | None:
    unrestricted, functional = deck.find("UHF"), deck.find("DFT")
    if functional is None:
        return unrestricted
    if unrestricted is not None:
        raise DeckError(
            unrestricted.line,
            "UHF and DFT are two Hamiltonians; with DFT, SPIN in its block separates α "
            "and β.",
        )
    spin = [word for word in functional.children if word.name == "SPIN"]
    return spin[0] if spin else None


def _of_atoms(keyword: Keyword) -> tuple[tuple[int, int], ...]:
    numbers = [int(value) for value in keyword.values[1:]]
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    for label, spin in pairs:
        if spin not in (-1, 0, 1) or label < 1:
            raise DeckError(
                keyword.line,
                f"ATOMSPIN {label} {spin} is not an atom and its spin, 1, -1 or 0.",
            )
    return pairs


def _kept(lock: Keyword) -> str:
    return (
        f"Line {lock.line}: SPINLOCK {lock.values[0]} holds for the whole SCF here; "
        f"CRYSTAL lets go after {lock.values[1]} cycles."
    )
