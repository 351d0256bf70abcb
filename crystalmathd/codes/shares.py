"""Of what that which is done is a part: like parts, or the way to a threshold."""

import math
from collections import deque
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from crystalmathd.codes import forecasts
from crystalmathd.models.progress import Forecast, Measure

NEARLY: Final = 99.0
"""Percent of what has not ended: something is to come, if only the last lines."""
_WINDOW: Final = 12

Share = tuple[float, str]
"""Percent of the whole, and the words that say what the whole is."""


class Parts:
    """A number of like parts that a run is known to consist of (displacements).

    `done` at the beginning is what an earlier run has left: it cost this one no time.
    """

    def __init__(
        self, what: str, total: int, done: int = 0, now_s: float | None = None
    ) -> None:
        self.what = what
        self.total = total
        self.done = min(max(done, 0), total)
        self._first, self._first_s = self.done, now_s
        self._last_s = now_s
        self._times: deque[float] = deque(maxlen=_WINDOW)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has been done since the beginning."""
        return self.done == self._first

    def finish(self, done: int, now_s: float | None) -> None:
        done = min(max(done, 0), self.total)
        if done != self.done:
            self.done, self._last_s = done, now_s

    def take_time(self, seconds: float) -> None:
        """Take what a part took, where a code prints this and no time of day."""
        self._times.append(seconds)

    def share(self) -> Share:
        percent = min(100.0 * self.done / self.total, NEARLY)
        return percent, f"{self.done} of {self.total} {self.what}"

    def forecast(self) -> Forecast | None:
        pace_s = self._pace_s()
        if pace_s is None:
            return None
        return forecasts.of_parts(self.done, self.total, self.what, pace_s)

    def _pace_s(self) -> float | None:
        if self._times:
            return fmean(self._times)
        n_seen = self.done - self._first
        if self._first_s is None or self._last_s is None or n_seen < 1:
            return None
        return (self._last_s - self._first_s) / n_seen


class Approach:
    """How near an optimisation has come to its thresholds, on a logarithmic scale.

    From the largest value that each measure has had; never back. Displacements do not
    count: a step that was made short says nothing.
    """

    def __init__(self) -> None:
        self._farthest = 0.0
        self._largest: dict[str, float] = {}

    def take(self, measures: Sequence[Measure]) -> None:
        for one in measures:
            before = self._largest.get(one.name, 0.0)
            self._largest[one.name] = max(abs(one.value), before)

    def share(self, measures: Sequence[Measure]) -> Share | None:
        """Return the way of the measure that is farthest from its threshold."""
        ways = [
            (self._way(one, one.threshold), one)
            for one in measures
            if one.threshold and not one.name.endswith("_displacement")
        ]
        if not ways:
            return None
        way, worst = min(ways, key=lambda pair: pair[0])
        self._farthest = max(self._farthest, min(100.0 * way, NEARLY))
        basis = (
            f"{worst.name} {worst.value:.2g} on its way to {worst.threshold:.2g}"
            f" {worst.unit} (log scale)"
        )
        return self._farthest, basis

    def _way(self, measure: Measure, threshold: float) -> float:
        size = abs(measure.value)
        largest = self._largest.get(measure.name, size)
        if measure.is_met or size <= threshold:
            return 1.0
        if largest <= threshold or size >= largest:
            return 0.0
        return math.log(largest / size) / math.log(largest / threshold)
