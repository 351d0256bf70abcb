"""The figure of a band structure: the bands around the gap, and what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.models.figures import Curve, Figure
from crystalmathd.models.quantities import Bands
from crystalmathd.models.results import Result
from crystalmathd.services.paths import begin_of_path, is_path, marks, with_path

BELOW_EV: Final = 10.0
"""What is shown below the valence top."""
ABOVE_EV: Final = 6.0
"""What is shown above the conduction bottom."""
_TOUCHING_EV: Final = 0.01
"""A band that passes the Fermi energy by less does not cross it."""

Band = tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Zero:
    energy_ev: float | None
    name: str


def band_figure(result: Result, title: str) -> Figure | None:
    """Return the bands along a path; energies on a mesh are no curves."""
    bands = result.bands
    if bands is None or not any(bands.energies_ev) or not _walks(result):
        return None
    if not bands.distances and not bands.labels:
        bands = _without_mesh(bands)
    zero = _zero(result)
    spins = [
        [
            tuple(e - (zero.energy_ev or 0.0) for e in band)
            for band in zip(*spin, strict=False)
        ]
        for spin in bands.energies_ev
    ]
    every = [band for spin in spins for band in spin]
    if not every:
        return None
    window = None if zero.energy_ev is None else _window(every)
    distances, labels = with_path(
        bands, result.final_structure or result.initial_structure
    )
    n_points = len(every[0])
    if len(distances) != n_points:
        distances = tuple(map(float, range(n_points)))
    names = ("up", "down") if len(spins) == len(("up", "down")) else ("",) * len(spins)
    curves = tuple(
        Curve(name=name, x=distances, y=band)
        for name, spin in zip(names, spins, strict=True)
        for band in spin
        if window is None or _touches(band, window)
    )
    return Figure(
        title=title,
        x_label="path in reciprocal space",
        y_label=f"E{zero.name} (eV)",
        curves=curves,
        marks=marks(labels, distances),
        level=None if zero.energy_ev is None else 0.0,
        y_range=window,
        note=None if window is None else _note(every, window, len(every) - len(curves)),
    )


def _without_mesh(bands: Bands) -> Bands:
    begin = begin_of_path(bands.kpoints)
    return replace(
        bands,
        energies_ev=tuple(spin[begin:] for spin in bands.energies_ev),
        kpoints=bands.kpoints[begin:],
    )


def _walks(result: Result) -> bool:
    """Tell whether the energies belong to a path; an explicit list may be one."""
    bands = result.bands
    if bands is None:
        return False
    if bands.distances or bands.labels or result.calculation == "bands":
        return True
    return result.kpoint_mesh is None and is_path(bands.kpoints)


def _zero(result: Result) -> _Zero:
    fermi_ev = None if result.bands is None else result.bands.fermi_ev
    if fermi_ev is None:
        fermi_ev = result.fermi_energy_ev
    if fermi_ev is not None:
        return _Zero(energy_ev=fermi_ev, name=" − E(Fermi)")
    tops = [g.top_of_valence_ev for g in result.gaps if g.top_of_valence_ev is not None]
    if tops:
        return _Zero(energy_ev=max(tops), name=" − E(valence top)")
    return _Zero(energy_ev=None, name="")


def _window(bands: Sequence[Band]) -> tuple[float, float]:
    """Return the energies that are shown, from zero; a metal's edges are at zero."""
    full = [max(band) for band in bands if max(band) <= _TOUCHING_EV]
    empty = [min(band) for band in bands if max(band) > _TOUCHING_EV]
    is_metal = any(low < -_TOUCHING_EV for low in empty)
    top = 0.0 if is_metal else max(full, default=0.0)
    bottom = 0.0 if is_metal else min(empty, default=top)
    return top - BELOW_EV, bottom + ABOVE_EV


def _touches(band: Band, window: tuple[float, float]) -> bool:
    return max(band) >= window[0] and min(band) <= window[1]


def _note(bands: Sequence[Band], window: tuple[float, float], n_outside: int) -> str:
    low, high = (f"{energy:.1f}".replace("-", "−") for energy in window)
    words = [f"shown from {low} to {high} eV"]
    if n_outside:
        one = "band lies" if n_outside == 1 else "bands lie"
        words.append(f"{n_outside} {one} outside")
    if all(max(band) <= _TOUCHING_EV for band in bands):
        words.append("no empty band was computed")
    return "; ".join(words)
