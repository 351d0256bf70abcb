"""How many cycles an SCF will take, and how long what is left; never a promise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from crystalmathd.codes.series import Series, in_words
from crystalmathd.models.progress import Forecast

_USUAL_FALL: Final = math.log(10)
"""A power of ten a cycle: what SCF series do that go well. It is what is believed
before anything is seen, and counts as `_USUAL_WEIGHT` cycles that were seen."""
_USUAL_WEIGHT: Final = 4
_LEAST_FALL: Final = 0.05
_QUICK_FALL: Final = math.log(10) / 4
"""A series that stands still may wake up: this fall is never thought impossible."""
_STEADY_FALL: Final = math.log(10) / 10
"""A series that falls less than this is not said to finish, however far the limit."""
_ROUND_OFF: Final = 0.3
"""Cycles: the last one mostly ends well below the threshold."""
_SURE_SIZES: Final = 10
"""Sizes below which it is never said that an SCF will not finish."""
_SEEN_SIZES: Final = 3
"""Sizes below which it is not said either that it will."""
_SPARE: Final = 2
"""Cycles by which even the earliest end must be too late: some end with a jump."""
_WORSE: Final = 1.5
_LATEST: Final = 5
"""SCFs before this one that are remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The last cycle of an SCF: as expected, and at the very earliest."""

    expected: int
    earliest: int
    because: str


def outlook(series: Series, before: Sequence[int] = ()) -> Outlook | None:
    """Return how an SCF will go on; None if nothing tells.

    `before`: the last cycles of the SCFs before it in the same run, which is the best
    guide there is: the present one is expected between its own pace and theirs.
    """
    own = _own(series)
    usual = round(median(before[-_LATEST:])) if before else 0
    if usual <= series.cycle:
        return own
    if own is None:
        return Outlook(
            expected=usual,
            earliest=series.cycle + 1,
            because=f"the SCFs before took {usual} cycles (median)",
        )
    return Outlook(
        expected=round((own.expected + usual) / 2),
        earliest=min(own.earliest, usual),
        because=f"{own.because}; the SCFs before took {usual} cycles (median)",
    )


def _own(series: Series) -> Outlook | None:
    """Extrapolate the fall of the sizes to the threshold."""
    level, now = series.level, series.cycle
    if level is None or series.threshold_ev is None:
        return None
    threshold = f"{series.threshold_ev:.1e} eV"
    if series.is_below:
        last = now + (series.cycles_after if level < 0 else 0)
        text = f"{threshold} has been reached"
        return Outlook(expected=last, earliest=last, because=text)
    falls, fall = series.falls(), series.fall()
    n_seen = series.n_sizes - 1
    seen = fall or 0.0
    believed = (n_seen * seen + _USUAL_WEIGHT * _USUAL_FALL) / (n_seen + _USUAL_WEIGHT)
    quick = falls[3 * len(falls) // 4] if falls else 0.0
    after = series.cycles_after
    to_go = f"{level / math.log(10):.1f} powers of ten to go to {threshold}"
    pace = "" if fall is None else f", {in_words(fall)}"
    return Outlook(
        expected=now + _cycles(level, believed) + after,
        earliest=now + _cycles(level, max(2 * believed, quick, _QUICK_FALL)),
        because=f"{to_go}{pace}",
    )


def _cycles(level: float, fall: float) -> int:
    return max(1, math.ceil(level / max(fall, _LEAST_FALL) - _ROUND_OFF))


def of_scf(
    series: Series,
    before: Sequence[int],
    max_cycles: int | None,
    pace_s: float | None,
) -> Forecast | None:
    """Return the forecast of a run that is one SCF, or of the SCF that it is in.

    `pace_s`: what a cycle takes, None if no times are printed.
    """
    seen = outlook(series, before)
    if seen is None:
        return None
    left = seen.expected - series.cycle
    return Forecast(
        cycles=seen.expected,
        remaining_s=None if pace_s is None else left * pace_s,
        earliest_s=(
            None if pace_s is None else (seen.earliest - series.cycle) * pace_s
        ),
        will_finish=_will_finish(series, seen, max_cycles),
        because=_with_limit(seen, max_cycles),
    )


def _will_finish(series: Series, seen: Outlook, max_cycles: int | None) -> bool | None:
    """Tell only what is plain: a wrong "it will not" costs somebody a good run."""
    if max_cycles is None:
        return None
    left, fall = seen.expected - series.cycle, series.fall()
    if series.cycle + _WORSE * left <= max_cycles:
        is_falling = fall is not None and fall > _STEADY_FALL
        is_seen = is_falling and series.n_sizes >= _SEEN_SIZES
        return True if series.is_below or is_seen else None
    is_long = series.n_sizes >= _SURE_SIZES
    return False if is_long and seen.earliest > max_cycles + _SPARE else None


def _with_limit(seen: Outlook, max_cycles: int | None) -> str:
    if max_cycles is None or seen.expected <= max_cycles:
        return seen.because
    return f"the limit is {max_cycles} cycles; {seen.because}"


def of_parts(done: int, total: int, what: str, pace_s: float | None) -> Forecast | None:
    """Return the forecast of a run that has a known number of like parts."""
    if pace_s is None or not done:
        return None
    left_s = max(total - done, 0) * pace_s
    return Forecast(
        cycles=None,
        remaining_s=left_s,
        earliest_s=left_s / _WORSE,
        will_finish=None,
        because=f"{max(total - done, 0)} of {total} {what} at {pace_s:.3g} s each",
    )


def slowed(forecast: Forecast | None, factor: float) -> Forecast | None:
    """Return the forecast with all times multiplied by a factor."""
    if forecast is None or forecast.remaining_s is None:
        return forecast
    earliest_s = forecast.earliest_s
    return replace(
        forecast,
        remaining_s=forecast.remaining_s * factor,
        earliest_s=None if earliest_s is None else earliest_s * factor,
    )


def within(forecast: Forecast | None, left_s: float | None) -> Forecast | None:
    """Return the forecast in view of the wall time that is left.

    A run that is too long for its wall time will not finish, whatever its cycles do.
    """
    if forecast is None or left_s is None:
        return forecast
    expected, earliest = forecast.remaining_s, forecast.earliest_s
    if expected is None or earliest is None or forecast.will_finish is False:
        return forecast
    because = (
        f"{_rounded(expected)} to go, {_rounded(left_s)} of wall time left;"
        f" {forecast.because}"
    )
    if earliest > left_s:
        return replace(forecast, will_finish=False, because=because)
    if expected * _WORSE <= left_s:
        is_known = forecast.cycles is None
        will_finish = True if is_known else forecast.will_finish
        return replace(forecast, will_finish=will_finish)
    return replace(forecast, will_finish=None, because=because)


def _rounded(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
