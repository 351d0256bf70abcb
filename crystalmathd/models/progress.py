"""How far a running calculation has come."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """One SCF cycle. Energies in eV per cell; `delta_ev` against the one before."""

    number: int
    geometry_step: int
    energy_ev: float | None
    delta_ev: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A quantity against its threshold, in the code's units (`max_gradient`).

    The threshold is None where the code does not print it.
    """

    name: str
    value: float
    threshold: float | None
    unit: str
    is_met: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GeometryStep:
    """One step of an optimisation (or one displacement) whose SCF has ended."""

    number: int
    energy_ev: float | None
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """What the SCF series does, and the numbers it is concluded from.

    `word`: converging, slow, oscillating, diverging, stuck, or too_short.
    """

    word: str
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What is to come, from what was printed; never a promise.

    `cycles` is the number of the last cycle of the present SCF. `remaining_s` is of a
    run that is one SCF or has a known number of like parts; `earliest_s` is the least
    that it may be. `will_finish`: before `max_cycles` and the wall-time limit; None if
    it cannot be told. `because` says on what this is based.
    """

    cycles: int | None
    remaining_s: float | None
    will_finish: bool | None
    because: str
    earliest_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a running program has come, read from its growing output.

    `percent` is of the whole step, with `percent_basis` saying of what it is a part;
    None if nothing printed tells. `elapsed_s`: the last time that the code printed.
    `scf_threshold_ev`: the change of energy at which the SCF ends.
    """

    program: str
    phase: str
    detail: str = ""
    geometry_step: int = 0
    max_cycles: int | None = None
    max_steps: int | None = None
    scf_threshold_ev: float | None = None
    cycles: tuple[Cycle, ...] = ()
    steps: tuple[GeometryStep, ...] = ()
    elapsed_s: float | None = None
    percent: float | None = None
    percent_basis: str | None = None
    pattern: Pattern | None = None
    forecast: Forecast | None = None
