"""Band gaps from eigenvalues and their occupations."""

from dataclasses import replace
from typing import Final

from crystalmathd.models.quantities import Bands, Gap

_SAME_EV: Final = 1e-4
"""Eigenvalues are printed with four decimals."""
_PARTLY: Final = (0.01, 0.99)
"""A state filled between these shares: the Fermi energy lies in a band."""

Channel = tuple[tuple[float, ...], ...]
"""One value a k-point and band."""


def gaps(bands: Bands, occupations: tuple[Channel, ...]) -> tuple[Gap, ...]:
    """Return the gap of the whole and, with two spins, that of each.

    A metal has the gap 0: a band that is filled at one k-point and empty at
    another, or states that are partly filled (at the smearing of the run).
    """
    full = max([max(k, default=0.0) for spin in occupations for k in spin], default=0.0)
    if full <= 0:
        return ()
    # Methfessel-Paxton gives a little more than a full state, which holds 1 or 2.
    full = 1.0 if full < 1.5 else 2.0  # noqa: PLR2004
    spins = [
        _gap(energies, filled, full)
        for energies, filled in zip(bands.energies_ev, occupations, strict=True)
    ]
    if len(spins) == 1:
        return tuple(gap for gap in spins if gap is not None)
    up, down = spins
    whole = _gap(
        tuple(one + two for one, two in zip(*bands.energies_ev, strict=True)),
        tuple(one + two for one, two in zip(*occupations, strict=True)),
        full,
    )
    named = (
        replace(gap, spin=spin) if gap else None
        for gap, spin in ((whole, None), (up, "up"), (down, "down"))
    )
    return tuple(gap for gap in named if gap is not None)


def _gap(energies: Channel, filled: Channel, full: float) -> Gap | None:
    low, high, half = _PARTLY[0] * full, _PARTLY[1] * full, full / 2
    is_metal = False
    tops: list[float | None] = []
    bottoms: list[float | None] = []
    for levels, occupied in zip(energies, filled, strict=True):
        is_metal = is_metal or bool([o for o in occupied if low < o < high])
        below = [e for e, o in zip(levels, occupied, strict=True) if o > half]
        above = [e for e, o in zip(levels, occupied, strict=True) if o <= half]
        tops.append(max(below, default=None))
        bottoms.append(min(above, default=None))
    top = max((e for e in tops if e is not None), default=None)
    bottom = min((e for e in bottoms if e is not None), default=None)
    if top is None or bottom is None:
        return None
    is_metal = is_metal or bottom - top <= _SAME_EV
    return Gap(
        gap_ev=0.0 if is_metal else round(bottom - top, 6),
        is_direct=None if is_metal else bool(_at(tops, top) & _at(bottoms, bottom)),
        top_of_valence_ev=top,
        bottom_of_conduction_ev=bottom,
    )


def _at(edges: list[float | None], energy: float) -> set[int]:
    """Return the numbers of the k-points where the edge is."""
    return {
        k
        for k, edge in enumerate(edges)
        if edge is not None and abs(edge - energy) <= _SAME_EV
    }
