"""Results as figures: what is drawn of an SCF, an optimisation, bands … No I/O."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.models.figures import Curve, Figure, Mark
from crystalmathd.models.quantities import (
    DensityOfStates,
    EquationOfState,
    Phonons,
    StateFit,
    Vibrations,
)
from crystalmathd.models.results import Result, ScfLoop
from crystalmathd.services.band_figures import band_figure
from crystalmathd.services.paths import GAMMA
from crystalmathd.units import GPA_PER_EV_A3

MOST_TITLE: Final = 40
_TINY_EV: Final = 1e-16
_N_FIT: Final = 101
_ZERO: Final = 1e-9


def figure_of(results: Sequence[Result], kind: str) -> Figure | None:
    """Return the figure of the last result that has something of this kind."""
    for result in reversed(results):
        figure = KINDS[kind](result)
        if figure is not None:
            return figure
    return None


def _name(result: Result) -> str:
    functional = result.functional or ""
    if len(functional) > MOST_TITLE:
        functional = f"{functional[: MOST_TITLE - 1]}…"
    return " ".join(filter(None, (result.formula, functional)))


def _scf(result: Result) -> Figure | None:
    points, starts, done = [], [], 0
    for loop in result.scf_loops:
        starts.append(Mark(at=float(done + 1), label=str(loop.geometry_step)))
        first = done + _first_cycle(loop)
        points += [
            (float(number), max(abs(delta), _TINY_EV))
            for number, delta in enumerate(loop.deltas_ev, start=first)
            if delta is not None
        ]
        done = first + len(loop.deltas_ev) - 1 if loop.deltas_ev else done
    if not points:
        return None
    return Figure(
        title=f"SCF of {_name(result)}".removesuffix(" of "),
        x_label="SCF cycle",
        y_label="|ΔE| (eV per cell)",
        curves=(_curve("|ΔE|", points),),
        marks=tuple(starts) if len(starts) > 1 else (),
        is_log_y=True,
    )


def _first_cycle(loop: ScfLoop) -> int:
    """Return the number of the first printed cycle; the last one is `n_cycles`.

    CRYSTAL prints a cycle 0, which it does not count.
    """
    return 0 if loop.n_cycles == len(loop.deltas_ev) - 1 else 1


def _optimisation(result: Result) -> Figure | None:
    energies = [
        (float(one.number), one.energy_ev)
        for one in result.steps
        if one.energy_ev is not None
    ]
    if len(energies) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    last = energies[-1][1]
    return Figure(
        title=f"Optimisation of {_name(result)}".removesuffix(" of "),
        x_label="geometry step",
        y_label="E − E(last) (eV per cell)",
        curves=(_curve("energy", [(x, y - last) for x, y in energies], "points"),),
    )


def _bands(result: Result) -> Figure | None:
    return band_figure(result, f"Bands of {_name(result)}".removesuffix(" of "))


def _dos(result: Result) -> Figure | None:
    return None if result.dos is None else _dos_figure(result, result.dos)


def _dos_figure(result: Result, dos: DensityOfStates) -> Figure | None:
    zero = dos.fermi_ev
    if zero is None:
        zero = result.fermi_energy_ev
    energies = [energy - (zero or 0.0) for energy in dos.energies_ev]
    curves = []
    for one in dos.curves:
        sign = -1.0 if one.spin == "down" else 1.0
        name = " ".join(filter(None, (one.name, one.spin)))
        points = zip(energies, (sign * abs(d) for d in one.density), strict=False)
        curves.append(_curve(name, points))
    if not curves or not energies:
        return None
    relative = " − E(Fermi)" if zero is not None else ""
    has_down = any(one.spin == "down" for one in dos.curves)
    below = " (spin down below 0)" if has_down else ""
    return Figure(
        title=f"Density of states of {_name(result)}".removesuffix(" of "),
        x_label=f"E{relative} (eV)",
        y_label=f"states/eV per cell{below}",
        curves=tuple(curves),
        upright=0.0 if zero is not None else None,
    )


def _equation_of_state(result: Result) -> Figure | None:
    state = result.equation_of_state
    if state is None or not state.volumes_a3:
        return None
    lowest = min(state.energies_ev)
    points = sorted(zip(state.volumes_a3, state.energies_ev, strict=True))
    fits = [_fit_curve(fit, state, lowest) for fit in state.fits]
    return Figure(
        title=f"E(V) of {_name(result)}".removesuffix(" of "),
        x_label="V (Å³ per cell)",
        y_label="E − E(lowest) (eV per cell)",
        curves=(
            _curve("computed", [(v, e - lowest) for v, e in points], "points"),
            *(fit for fit in fits if fit is not None),
        ),
        upright=state.fits[0].volume_a3 if state.fits else None,
    )


def _fit_curve(fit: StateFit, state: EquationOfState, lowest: float) -> Curve | None:
    energy = _FITS.get(fit.model)
    if energy is None or fit.bulk_modulus_derivative is None:
        return None
    low, high = min(state.volumes_a3), max(state.volumes_a3)
    volumes = [low + (high - low) * n / (_N_FIT - 1) for n in range(_N_FIT)]
    b = fit.bulk_modulus_gpa / GPA_PER_EV_A3
    slope = fit.bulk_modulus_derivative
    points = [
        (v, fit.energy_ev + energy(v, fit.volume_a3, b, slope) - lowest)
        for v in volumes
    ]
    return _curve(fit.model.replace("_", " "), points)


def _birch_murnaghan(v: float, v0: float, b: float, slope: float) -> float:
    """F. Birch, Phys. Rev. 71, 809 (1947): third order, E - E0."""
    x = math.pow(v0 / v, 2 / 3) - 1
    return 9 * v0 * b / 16 * (x**3 * slope + x**2 * (6 - 4 * (x + 1)))


def _murnaghan(v: float, v0: float, b: float, slope: float) -> float:
    """F. D. Murnaghan, PNAS 30, 244 (1944): E - E0."""
    grown = math.pow(v0 / v, slope) / (slope - 1) + 1
    return b * v / slope * grown - b * v0 / (slope - 1)


def _vinet(v: float, v0: float, b: float, slope: float) -> float:
    """P. Vinet et al., J. Phys. C 19, L467 (1986): E - E0."""
    x = math.pow(v / v0, 1 / 3)
    eta = 1.5 * (slope - 1)
    falling = (1 - eta * (1 - x)) * math.exp(eta * (1 - x))
    return 9 * b * v0 / eta**2 * (1 - falling)


def _poirier_tarantola(v: float, v0: float, b: float, slope: float) -> float:
    """J. Poirier, A. Tarantola, Phys. Earth Planet. Inter. 109, 1 (1998): E - E0."""
    x = math.log(v / v0)
    return b * v0 * (x**2 / 2 - (slope - 2) * x**3 / 6)


_FITS: Final[Mapping[str, Callable[[float, float, float, float], float]]] = {
    "birch_murnaghan": _birch_murnaghan,
    "murnaghan": _murnaghan,
    "vinet": _vinet,
    "poirier_tarantola": _poirier_tarantola,
}


def _phonons(result: Result) -> Figure | None:
    vibrations = result.vibrations
    if vibrations is None or not vibrations.points:
        return None
    if len(vibrations.points) == 1:
        return _spectrum(result, vibrations.points[0])
    return _dispersion(result, vibrations)


def _spectrum(result: Result, point: Phonons) -> Figure | None:
    modes = sorted(point.modes, key=lambda mode: mode.frequency_cm)
    if not modes:
        return None
    has_intensity = any(mode.infrared_km_mol for mode in modes)
    points = [
        (mode.frequency_cm, (mode.infrared_km_mol or 0.0) if has_intensity else 1.0)
        for mode in modes
    ]
    return Figure(
        title=f"Modes at {GAMMA} of {_name(result)}".removesuffix(" of "),
        x_label="wavenumber (cm⁻¹)",
        y_label="IR intensity (km/mol)" if has_intensity else "modes",
        curves=(_curve("modes", points, "sticks"),),
    )


def _dispersion(result: Result, vibrations: Vibrations) -> Figure:
    place, marks = [0.0], []
    for before, point in zip(vibrations.points, vibrations.points[1:], strict=False):
        place.append(place[-1] + math.dist(before.q, point.q))
    for at, point in zip(place, vibrations.points, strict=True):
        if all(abs(x) < _ZERO for x in point.q):
            marks.append(Mark(at=at, label=GAMMA))
    rows = [sorted(m.frequency_cm for m in p.modes) for p in vibrations.points]
    branches = list(_columns(rows))
    return Figure(
        title=f"Phonons of {_name(result)}".removesuffix(" of "),
        x_label="q, in the order of the run",
        y_label="wavenumber (cm⁻¹)",
        curves=tuple(
            _curve("", zip(place, branch, strict=True), "line") for branch in branches
        ),
        marks=tuple(marks),
        level=0.0,
    )


def _columns(rows: Sequence[Sequence[float]]) -> Iterator[tuple[float, ...]]:
    """Yield the first of each row, the second …; as many as the shortest has."""
    yield from zip(*rows, strict=False)


def _curve(
    name: str,
    points: "Iterator[tuple[float, float]] | Sequence[tuple[float, float]]",
    style: str = "line",
) -> Curve:
    pairs = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    return Curve(
        name=name,
        x=tuple(x for x, _ in pairs),
        y=tuple(y for _, y in pairs),
        style=style,
    )


KINDS: Final[dict[str, Callable[[Result], Figure | None]]] = {
    "scf": _scf,
    "opt": _optimisation,
    "bands": _bands,
    "dos": _dos,
    "eos": _equation_of_state,
    "phonons": _phonons,
}
