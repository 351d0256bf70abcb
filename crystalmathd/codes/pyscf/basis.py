"""From the basis of a deck to PySCF's form. Only the engine imports this."""

from collections.abc import Iterable
from typing import Any, Final

from pyscf import df, gto

from crystalmathd.codes.crystal.deck import (
    AtomBasis,
    Basis,
    Shell,
    ShellSource,
    ShellType,
)
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.pyscf.calculation import LIBRARY_BASES

Crystal = Any
"""PySCF's cell; PySCF has no types."""

PyscfShell = list[Any]
"""``[angular momentum, [exponent, coefficient], ...]``; exponents in bohr^-2."""

_ANGULAR: Final = {
    ShellType.S: 0,
    ShellType.P: 1,
    ShellType.D: 2,
    ShellType.F: 3,
    ShellType.G: 4,
}

_STO_FITTING_BASIS: Final = "def2-universal-jkfit"
_ETB_BETA: Final = 1.8
"""Ratio of neighbouring exponents; 2.0 is PySCF's default, and less exact."""

_SYMBOLS: Final = gto.mole.ELEMENTS


def atom_name(label: int) -> str:
    """Return PySCF's name of a kind of atom: its element and the deck's number."""
    return f"{_SYMBOLS[label % 100]}{label}"


def pyscf_basis(basis: Basis, labels: Iterable[int]) -> dict[str, list[PyscfShell]]:
    """Return the basis by `atom_name`, of a library for these kinds of atoms.

    Functions are real solid harmonics from d on, as in CRYSTAL. CRYSTAL takes
    coefficients of normalised primitives, as PySCF does.

    Raises
    ------
    DeckError
        If an STO-nG table has no such shell.
    """
    if basis.name is not None:
        library = LIBRARY_BASES[basis.name.upper()]
        return {
            atom_name(label): gto.basis.load(library, _SYMBOLS[label % 100])
            for label in set(labels)
        }
    return {atom_name(entry.label): _shells(entry) for entry in basis.entries}


def fitting_basis(cell: Crystal, basis: Basis) -> dict[str, Any]:
    """Return the auxiliary basis of the density fit by `atom_name`.

    For STO-nG a fitting set of the literature; for the shells of a deck, which may
    be anything, even-tempered functions that span their products. Measured for HF
    on a 2x2x2 mesh against mixed density fitting (GDF minus MDF, mHa per cell):
    MgO STO-3G 0.05 with the first (0.42 with the second), LiH 0.11 with the second.
    """
    sto = {
        atom_name(entry.label)
        for entry in basis.entries
        if all(shell.source == ShellSource.STO_NG for shell in entry.shells)
    }
    fitted: dict[str, Any] = df.aug_etb(cell, beta=_ETB_BETA)
    return {
        name: _STO_FITTING_BASIS if basis.name is not None or name in sto else shells
        for name, shells in fitted.items()
    }


def _shells(entry: AtomBasis) -> list[PyscfShell]:
    shells: list[PyscfShell] = []
    n_round = n_d = 0
    for shell in entry.shells:
        if shell.source == ShellSource.EXPLICIT:
            shells += _explicit(shell)
        elif shell.type == ShellType.D:
            shells += _sto(shell, entry, n_d)
            n_d += 1
        else:
            shells += _sto(shell, entry, n_round)
            n_round += 1
    return shells


def _explicit(shell: Shell) -> list[PyscfShell]:
    rows = shell.primitives
    if shell.type == ShellType.SP:
        return [
            [0, *([row.exponent, row.coefficient] for row in rows)],
            [1, *([row.exponent, row.p_coefficient] for row in rows)],
        ]
    return [[_ANGULAR[shell.type], *([row.exponent, row.coefficient] for row in rows)]]


def _sto(shell: Shell, entry: AtomBasis, index: int) -> list[PyscfShell]:
    """Return shell number `index` of its kind, from 0.

    The S and SP shells of STO-nG are 1s, 2sp, 3sp ... in this order, so SP shell
    `index` holds s function `index` and p function `index` - 1.
    """
    table = gto.basis.load(f"sto-{shell.n_primitives}g", _SYMBOLS[entry.label % 100])
    by_angular = [[row for row in table if row[0] == angular] for angular in range(3)]
    wanted = {
        ShellType.S: [(0, index)],
        ShellType.SP: [(0, index), (1, index - 1)],
        ShellType.D: [(2, index)],
    }[shell.type]
    if any(not 0 <= at < len(by_angular[angular]) for angular, at in wanted):
        raise DeckError(
            shell.line,
            f"STO-{shell.n_primitives}G of {_SYMBOLS[entry.label % 100]} has no "
            f"{shell.type.name} shell at this place.",
        )
    return [by_angular[angular][at] for angular, at in wanted]
