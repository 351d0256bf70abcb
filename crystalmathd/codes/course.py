"""The course of a growing run, kept for all codes alike: what its reader has found."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Final

from crystalmathd.codes import forecasts
from crystalmathd.codes.patterns import pattern
from crystalmathd.codes.series import WINDOW, Series
from crystalmathd.codes.shares import NEARLY, Approach, Parts, Share
from crystalmathd.models.progress import (
    Cycle,
    Forecast,
    GeometryStep,
    Measure,
    Progress,
)

_REMEMBERED: Final = 20
"""SCFs whose numbers of cycles are kept for the forecast of the next."""
_DONE: Final = frozenset({"done", "end"})
_FAILED: Final = frozenset({"failed", "error"})
_MOST: Final = 10**9
"""A greater number of anything is none: a line of rubbish."""
_MOST_EV: Final = 1e100


class Course:
    """Takes what was printed, each thing once, and says how far the run has come.

    Nothing here grows with the run but the cycles and steps themselves, and a look
    costs the same however long the run is. `cycles_after`: see `Series`.
    """

    def __init__(self, program: str, *, cycles_after: int = 0) -> None:
        self.phase = "starting"
        self.detail = ""
        self.geometry_step = 0
        self.max_cycles: int | None = None
        self.max_steps: int | None = None
        self.threshold_ev: float | None = None
        self.elapsed_s: float | None = None
        self.is_optimisation = False
        self.is_one_of_many = False
        """One of several optimisations, nobody knows how many (EOS)."""
        self.parts: Parts | None = None
        self._program = program
        self._cycles_after = cycles_after
        self._cycles: list[Cycle] = []
        self._steps: list[GeometryStep] = []
        self._shown: tuple[tuple[Cycle, ...], tuple[GeometryStep, ...]] = ((), ())
        self._series: Series | None = None
        self._is_running = False
        self._before: deque[int] = deque(maxlen=_REMEMBERED)
        self._times: deque[tuple[int, float]] = deque(maxlen=WINDOW)
        self._cycle_times: deque[float] = deque(maxlen=WINDOW)
        self._approach = Approach()

    @property
    def last_cycle(self) -> Cycle | None:
        return self._cycles[-1] if self._cycles else None

    @property
    def last_step(self) -> GeometryStep | None:
        return self._steps[-1] if self._steps else None

    def enter(self, phase: str, detail: str = "") -> None:
        self.phase, self.detail = phase, detail

    def take_threshold(self, value: float | None, in_ev: float) -> None:
        """Take the change at which an SCF ends; what is none leaves it as it was."""
        if value is not None and math.isfinite(value) and value > 0:
            self.threshold_ev = value * in_ev

    def add_cycle(self, cycle: Cycle, *, size_ev: float | None) -> None:
        """Take a cycle, and what the code compares with the threshold (|ΔE|)."""
        if cycle.number > _MOST:
            return
        if _is_too_large(cycle.energy_ev) or _is_too_large(cycle.delta_ev):
            cycle = replace(cycle, energy_ev=None, delta_ev=None)
        series = self._running_series(cycle)
        self._cycles.append(cycle)
        if cycle.energy_ev is None:
            series.break_off(cycle.number)
        else:
            series.add(cycle.number, size_ev, cycle.delta_ev)
        if self.elapsed_s is not None:
            self._times.append((cycle.number, self.elapsed_s))

    def add_point(self, cycle: Cycle) -> None:
        """Take the last cycle of an SCF whose other cycles are not printed."""
        if cycle.number > _MOST or _is_too_large(cycle.energy_ev):
            return
        self._cycles.append(cycle)
        self._before.append(cycle.number)

    def measure_cycle(self, size_ev: float) -> None:
        """Take the size of the last cycle where it is printed after the energy."""
        if self._series is not None and self._is_running:
            self._series.add(self._series.cycle, size_ev)

    def begin_series_again(self) -> None:
        """Say that the cycles from here on are of another kind than those before."""
        if self._series is not None:
            self._series.begin_again()

    def end_scf(self, *, is_converged: bool = True) -> None:
        """Say that the present SCF has ended; its length is a guide to the next."""
        if self._is_running and self._series is not None and is_converged:
            self._before.append(self._series.cycle)
        self._is_running = False

    def add_step(self, step: GeometryStep) -> None:
        if step.number > _MOST or _is_too_large(step.energy_ev):
            return
        self._steps.append(step)
        self._shown = (self._shown[0], ())

    def amend_step(
        self, *, energy_ev: float | None = None, measures: Sequence[Measure] = ()
    ) -> None:
        """Add to the last step what is printed of it afterwards."""
        if not self._steps or _is_too_large(energy_ev):
            return
        last = self._steps[-1]
        self._steps[-1] = replace(
            last,
            energy_ev=last.energy_ev if energy_ev is None else energy_ev,
            measures=(*last.measures, *measures),
        )
        self._approach.take(measures)
        self._shown = (self._shown[0], ())

    def begin_parts(
        self, what: str, total: int, done: int = 0, *, is_timed: bool = True
    ) -> None:
        """Say of how many like parts the run, or what is left of it, consists.

        They are not timed where the times that are printed are not those of parts.
        """
        if not 0 < total <= _MOST:
            return
        self.parts = Parts(what, total, done, self.elapsed_s if is_timed else None)

    def finish_parts(self, done: int) -> None:
        if self.parts is not None:
            self.parts.finish(done, self.elapsed_s)

    def take_cycle_time(self, seconds: float) -> None:
        """Take what a cycle took, where a code prints this and no time of day."""
        self._cycle_times.append(seconds)

    def take_part_time(self, seconds: float) -> None:
        if self.parts is not None:
            self.parts.take_time(seconds)

    def progress(self) -> Progress:
        cycles, steps = self._lists()
        percent, basis = self._share() or (None, None)
        return Progress(
            program=self._program,
            phase=self.phase,
            detail=self.detail,
            geometry_step=min(self.geometry_step, _MOST),
            max_cycles=_limit(self.max_cycles),
            max_steps=_limit(self.max_steps),
            scf_threshold_ev=self.threshold_ev,
            cycles=cycles,
            steps=steps,
            elapsed_s=self.elapsed_s,
            percent=percent,
            percent_basis=basis,
            pattern=None if self._series is None else pattern(self._series),
            forecast=self._forecast(),
        )

    def _running_series(self, cycle: Cycle) -> Series:
        """Return the series that a cycle belongs to; a lower number begins one."""
        series = self._series
        if series is not None and self._is_running and cycle.number > series.cycle:
            series.threshold_ev = self.threshold_ev
            return series
        self.end_scf()
        self._series = series = Series(self.threshold_ev, self._cycles_after)
        self._times.clear()
        self._is_running = True
        return series

    def _lists(self) -> tuple[tuple[Cycle, ...], tuple[GeometryStep, ...]]:
        """Return the cycles and steps; the same tuples until something is added."""
        cycles, steps = self._shown
        if len(cycles) != len(self._cycles):
            cycles = tuple(self._cycles)
        if len(steps) != len(self._steps):
            steps = tuple(self._steps)
        self._shown = cycles, steps
        return self._shown

    def _forecast(self) -> Forecast | None:
        if self.phase in _DONE | _FAILED:
            return None
        of_run = None if self.parts is None else self.parts.forecast()
        of_scf = None
        if self._is_running and self._series is not None:
            of_scf = forecasts.of_scf(
                self._series,
                tuple(self._before),
                _limit(self.max_cycles),
                self._cycle_pace_s(),
            )
        if of_scf is None:
            return of_run
        if of_run is not None:
            return replace(
                of_run,
                cycles=of_scf.cycles,
                will_finish=False if of_scf.will_finish is False else None,
                because=f"{of_run.because}; {of_scf.because}",
            )
        if self.is_optimisation or self.parts is not None:
            # How many SCFs follow this one is not known.
            return replace(of_scf, remaining_s=None, earliest_s=None)
        return of_scf

    def _cycle_pace_s(self) -> float | None:
        """Return the time between cycles of this SCF, None if it is not printed."""
        if self._cycle_times:
            return fmean(self._cycle_times)
        if not self._times:
            return None
        (first, begin_s), (last, end_s) = self._times[0], self._times[-1]
        if last <= first or end_s <= begin_s:
            return None
        return (end_s - begin_s) / (last - first)

    def _share(self) -> Share | None:
        if self.phase in _DONE:
            return 100.0, "the program has ended"
        if self.parts is not None:
            return self.parts.share()
        if self.is_one_of_many:
            return None
        if self.is_optimisation:
            return self._approach.share(self._steps[-1].measures if self._steps else ())
        return self._share_of_scf()

    def _share_of_scf(self) -> Share | None:
        if not self._is_running or self._series is None:
            return None
        seen = forecasts.outlook(self._series, tuple(self._before))
        if seen is None or seen.expected < 1:
            return None
        now = self._series.cycle
        percent = min(100.0 * now / seen.expected, NEARLY)
        return percent, f"cycle {now} of about {seen.expected} of this SCF"


def _limit(value: int | None) -> int | None:
    return value if value is not None and value <= _MOST else None


def _is_too_large(energy_ev: float | None) -> bool:
    return energy_ev is not None and not abs(energy_ev) < _MOST_EV
