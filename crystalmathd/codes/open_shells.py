"""Structures that are usually magnetic: a run without spin is not what is meant."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from crystalmathd.models.inputs import WARNING, InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol

_MAGNETIC: Final = (
    frozenset({"Cr", "Mn", "Fe", "Co", "Ni"})
    | frozenset(map(symbol, range(58, 71)))
    | frozenset(map(symbol, range(92, 99)))
)
"""3d, 4f and 5f elements that are often magnetic in solids and in molecules."""

_CLOSED: Final = frozenset({2, 4, 10, 12, 18, 20, 30, 36, 38, 46, 48, 54, 56, 70, 80})
"""Atoms, by number, whose ground state is a singlet. Source: NIST, atomic spectra."""

_CHALCOGENS: Final = frozenset({"O", "S", "Se", "Te"})
_TRIPLETS: Final = ({"B": 2}, {"H": 1, "N": 1}, {"C": 1, "H": 2}, {"C": 1, "N": 2})
"""Small molecules of an even number of electrons with two open shells."""
_PAIR: Final = 2


def magnetic_elements(structure: Structure) -> tuple[str, ...]:
    """Return the elements that are likely to have moments; ghosts have none."""
    counts = Counter(symbol(n) for n in structure.atomic_numbers if n > 0)
    is_open = not structure.lattice_a and _is_open_molecule(counts)
    return tuple(sorted(one for one in counts if is_open or one in _MAGNETIC))


def _is_open_molecule(counts: Counter[str]) -> bool:
    n_atoms = counts.total()
    if n_atoms == 1:
        return counts.keys().isdisjoint(map(symbol, _CLOSED))
    is_like_oxygen = n_atoms == _PAIR and counts.keys() <= _CHALCOGENS
    return is_like_oxygen or counts in _TRIPLETS


def unknown_moments(elements: Iterable[str], fix: str) -> tuple[InputFinding, ...]:
    """Warn that these elements are computed without spin; `fix` names the options."""
    names = ", ".join(elements)
    if not names:
        return ()
    return (
        InputFinding(
            code="spin.unknown",
            severity=WARNING,
            message=f"{names}: no moments known; the run is without spin",
            fix=fix,
        ),
    )
