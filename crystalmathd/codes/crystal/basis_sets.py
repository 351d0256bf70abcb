"""Basis sets as shells of a deck: of the Basis Set Exchange, or as a person gave them.

This needs basis_set_exchange, which is not there in every installation: it is imported
inside functions. Its own writer for CRYSTAL leaves the charges of shells at 0, which
CRYSTAL refuses; here they are those of the free atom.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.basis import read_entries
from crystalmathd.codes.crystal.deck import (
    AtomBasis,
    CorePotential,
    Primitive,
    Shell,
    ShellSource,
    ShellType,
)
from crystalmathd.codes.crystal.occupations import (
    NoOccupationError,
    shell_electrons,
    valence,
)
from crystalmathd.codes.crystal.records import DeckError, Records
from crystalmathd.structures.elements import symbol

CORE_POTENTIAL: Final = 200
"""Added to an atomic number that has an effective core potential."""

_TYPES: Final = (ShellType.S, ShellType.P, ShellType.D, ShellType.F, ShellType.G)
_NO_LINE: Final = 0
"""Of shells that stand in no deck yet."""

_POWER_OF_BSE: Final = 2
"""BSE and Gaussian write r^(n-2), CRYSTAL writes r^n. Seen on the potentials of Sr
and Hf (def2), Ti (CRENBL), Zn, Ge and P (SBKJC) that stand in decks that ran."""

_N_PARTS: Final = 6
"""Terms of a core potential are counted as M M0 M1 M2 M3 M4."""


class NoBasisError(Exception):
    """An element has no functions in a set; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomSet:
    """The basis of one kind of atom. `n_core`: electrons in its core potential."""

    entry: AtomBasis
    name: str
    n_core: int = 0
    source: str = ""
    references: tuple[str, ...] = ()

    @property
    def electrons(self) -> float:
        return sum(shell.electrons for shell in self.entry.shells)


@lru_cache(maxsize=256)
def exchange_set(name: str, atomic_number: int) -> AtomSet:
    """Return a set of the Basis Set Exchange for a neutral atom.

    Raises
    ------
    InputRefusedError
        If there is no set of this name, or basis_set_exchange is not installed.
    NoBasisError
        If the set lacks the element, or CRYSTAL cannot take its shells.
    """
    data, source = _element(name, atomic_number)
    rows = data.get("electron_shells", ())
    momenta = [row["angular_momentum"][0] for row in rows]
    if max(momenta, default=0) >= len(_TYPES):
        raise NoBasisError(
            f"{name} has h functions for {symbol(atomic_number)}; CRYSTAL has s to g."
        )
    n_core = int(data.get("ecp_electrons", 0))
    try:
        electrons = shell_electrons(momenta, valence(atomic_number, n_core))
    except NoOccupationError as error:
        raise NoBasisError(f"{name} for {symbol(atomic_number)}: {error}.") from None
    potential = None
    if n_core:
        potential = _core_potential(data["ecp_potentials"], atomic_number - n_core)
    return AtomSet(
        entry=AtomBasis(
            label=atomic_number + (CORE_POTENTIAL if n_core else 0),
            line=_NO_LINE,
            core_potential=potential,
            shells=tuple(
                _shell(row, count) for row, count in zip(rows, electrons, strict=True)
            ),
        ),
        name=name,
        n_core=n_core,
        source=source,
        references=_references(data),
    )


def sets_with(atomic_number: int) -> tuple[str, ...]:
    """Return the sets made for solids that have an element."""
    return tuple(
        name
        for name in ("POB-DZVP-REV2", "POB-TZVP-REV2", "POB-TZVP")
        if atomic_number in _entry(name)[2]
    )


def written_set(text: str, element: str, atomic_number: int) -> AtomSet:
    """Read the shells that a person gave for an element, as they would stand in a deck.

    Raises
    ------
    InputRefusedError
        If they cannot be read, or are those of another element.
    """
    name = f"the basis for {element}"
    try:
        entries = read_entries(Records(f"{text.rstrip()}\n99 0\n"))
    except DeckError as error:
        raise InputRefusedError(f"{name}: {error}") from None
    if len(entries) != 1 or entries[0].label % 100 != atomic_number:
        raise InputRefusedError(
            f"{name} is one record `NAT NSHL` with NAT {atomic_number} (or "
            f"{atomic_number + CORE_POTENTIAL} with a core potential) and its shells."
        )
    potential = entries[0].core_potential
    n_core = 0
    if potential is not None and potential.effective_charge is not None:
        n_core = round(atomic_number - potential.effective_charge)
    return AtomSet(entry=entries[0], name="given", n_core=n_core, source="the request")


def relabelled(one: AtomSet, added: int) -> AtomSet:
    """Return a set under a conventional atomic number that is higher by `added`."""
    return replace(one, entry=replace(one.entry, label=one.entry.label + added))


@lru_cache(maxsize=32)
def _entry(name: str) -> tuple[str, str, frozenset[int]]:
    """Return BSE's key of a set, its newest version, and the elements it has."""
    try:
        import basis_set_exchange  # noqa: PLC0415
    except ImportError:
        raise InputRefusedError(
            "Explicit basis sets need basis_set_exchange: "
            "pip install 'crystalmathd[materials]'."
        ) from None
    key: str = basis_set_exchange.misc.transform_basis_name(name)
    found = basis_set_exchange.get_metadata().get(key)
    if found is None:
        raise InputRefusedError(
            f"{name} is no set of the Basis Set Exchange "
            f"{basis_set_exchange.version()}; the names of CRYSTAL's own library want "
            "basis_form library."
        )
    version: str = found["latest_version"]
    elements = found["versions"][version]["elements"]
    return key, version, frozenset(int(number) for number in elements)


def _element(name: str, atomic_number: int) -> tuple[dict[str, Any], str]:
    key, version, elements = _entry(name)
    import basis_set_exchange  # noqa: PLC0415

    source = (
        f"Basis Set Exchange {basis_set_exchange.version()}, {key} version {version}"
    )
    if atomic_number not in elements:
        raise NoBasisError(f"{name} has no {symbol(atomic_number)} ({source}).")
    data = basis_set_exchange.get_basis(
        key,
        elements=[atomic_number],
        uncontract_general=True,
        uncontract_spdf=True,
    )
    return data["elements"][str(atomic_number)], source


def _shell(row: dict[str, Any], electrons: int) -> Shell:
    primitives = tuple(
        Primitive(exponent=float(exponent), coefficient=float(coefficient))
        for exponent, coefficient in zip(
            row["exponents"], row["coefficients"][0], strict=True
        )
    )
    return Shell(
        source=ShellSource.EXPLICIT,
        type=_TYPES[row["angular_momentum"][0]],
        n_primitives=len(primitives),
        electrons=float(electrons),
        scale=1.0,
        line=_NO_LINE,
        primitives=primitives,
    )


def _core_potential(parts: list[dict[str, Any]], charge: int) -> CorePotential:
    """Return a potential: its local part, then the parts of s, p, d, ...

    BSE gives the local part the highest angular momentum, as Gaussian does.
    """
    local = max(parts, key=lambda part: part["angular_momentum"][0])
    others = [part for part in parts if part is not local]
    ordered = [local, *sorted(others, key=lambda part: part["angular_momentum"][0])]
    counts = [0] * _N_PARTS
    for at, part in enumerate(ordered):
        place = 0 if at == 0 else part["angular_momentum"][0] + 1
        if place >= _N_PARTS:
            raise NoBasisError("the core potential has an angular part above g.")
        counts[place] = len(part["gaussian_exponents"])
    return CorePotential(
        library=None,
        effective_charge=float(charge),
        line=_NO_LINE,
        counts=tuple(counts),
        terms=tuple(
            (float(exponent), float(factor), int(power) - _POWER_OF_BSE)
            for part in ordered
            for exponent, factor, power in zip(
                part["gaussian_exponents"],
                part["coefficients"][0],
                part["r_exponents"],
                strict=True,
            )
        ),
    )


def _references(data: dict[str, Any]) -> tuple[str, ...]:
    from basis_set_exchange import get_reference_data  # noqa: PLC0415

    known = get_reference_data()
    keys = [key for part in data["references"] for key in part["reference_keys"]]
    return tuple(_citation(known[key]) for key in dict.fromkeys(keys) if key in known)


def _citation(entry: dict[str, Any]) -> str:
    authors = ", ".join(entry.get("authors", ()))
    parts = (authors, entry.get("title"), entry.get("journal"), entry.get("volume"))
    words = [*parts, entry.get("year"), f"doi:{entry['doi']}" if "doi" in entry else ""]
    return ", ".join(str(word) for word in words if word)
