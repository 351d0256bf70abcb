"""SCF series that are made up: what is said of them, and how they may end."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes import forecasts
from crystalmathd.codes.patterns import pattern
from crystalmathd.codes.series import Series

THRESHOLD_EV = 1e-6


def series_of(
    size_ev: Callable[[int], float],
    n_cycles: int,
    *,
    sign: Callable[[int], int] = lambda _: -1,
    threshold_ev: float | None = THRESHOLD_EV,
    cycles_after: int = 0,
) -> Series:
    series = Series(threshold_ev, cycles_after)
    for cycle in range(1, n_cycles + 1):
        size = size_ev(cycle)
        series.add(cycle, size, sign(cycle) * size)
    return series


def word_of(series: Series) -> str:
    found = pattern(series)
    assert found is not None
    return found.word


@pytest.mark.parametrize(
    ("size_ev", "sign", "n_cycles", "word"),
    [
        (lambda n: 10.0**-n, lambda _: -1, 3, "too_short"),
        (lambda n: 10.0**-n, lambda _: -1, 5, "converging"),
        (lambda n: 10.0**-n, lambda n: (-1) ** n, 5, "converging"),
        (lambda n: 0.8**n, lambda _: -1, 12, "slow"),
        (lambda _: 0.3, lambda n: (-1) ** n, 12, "oscillating"),
        (lambda n: 0.3 * 0.9**n, lambda n: (-1) ** n, 12, "oscillating"),
        (lambda n: 0.01 * 2.0**n, lambda _: 1, 8, "diverging"),
        (lambda n: 0.01 * 2.0**n, lambda n: (-1) ** n, 8, "diverging"),
        (lambda _: 0.02, lambda _: -1, 12, "stuck"),
        (lambda n: 10.0**-n, lambda _: -1, 8, "converging"),
    ],
)
def test_a_series_has_the_word_that_a_person_would_use(
    size_ev: Callable[[int], float],
    sign: Callable[[int], int],
    n_cycles: int,
    word: str,
) -> None:
    assert word_of(series_of(size_ev, n_cycles, sign=sign)) == word


def test_the_numbers_behind_a_word_are_told() -> None:
    found = pattern(series_of(lambda n: 10.0**-n, 6))
    assert found is not None
    assert found.because == (
        "1.0e-01 eV in cycle 1, 1.0e-06 eV in cycle 6, down by a factor 10.0 a cycle"
    )
    found = pattern(series_of(lambda _: 0.3, 9, sign=lambda n: (-1) ** n))
    assert found is not None
    assert "about the same from cycle to cycle" in found.because
    assert "the energy turned 8 of 8 times" in found.because


def test_an_energy_that_is_no_number_is_divergence() -> None:
    series = series_of(lambda n: 10.0**-n, 4)
    series.break_off(5)
    found = pattern(series)
    assert found is not None
    assert found.word == "diverging"
    assert "cycle 5 is not a number" in found.because


def test_nothing_is_said_before_the_first_change() -> None:
    series = Series(THRESHOLD_EV)
    series.add(0, None)
    assert pattern(series) is None
    assert forecasts.outlook(series) is None


@pytest.mark.parametrize("factor", [10.0, 4.0, 2.0])
def test_a_steady_fall_is_forecast_to_a_tenth_from_two_thirds_on(factor: float) -> None:
    last = math.ceil(math.log(1 / THRESHOLD_EV) / math.log(factor))
    series = series_of(lambda n: factor**-n, 2 * last // 3)
    seen = forecasts.outlook(series)
    assert seen is not None
    assert seen.expected == pytest.approx(last, rel=0.1, abs=1)
    assert seen.earliest <= last


def test_one_cycle_that_jumps_does_not_move_the_forecast() -> None:
    smooth = series_of(lambda n: 3.0**-n, 9)
    jumping = series_of(lambda n: 3.0**-n * (40 if n == 6 else 1), 9)
    before, after = forecasts.outlook(smooth), forecasts.outlook(jumping)
    assert before is not None
    assert after is not None
    assert abs(before.expected - after.expected) <= 1


def test_noise_keeps_the_forecast_within_a_quarter() -> None:
    generator = random.Random(5)
    errors = []
    for _ in range(200):
        fall = generator.uniform(0.6, 2.5)
        last = math.ceil(math.log(1 / THRESHOLD_EV) / fall)
        series = series_of(
            lambda n, fall=fall: math.exp(-fall * n + generator.gauss(0, 0.6)),  # type: ignore[misc]
            last // 2,
        )
        seen = forecasts.outlook(series)
        assert seen is not None
        errors.append(abs(seen.expected - last) / last)
    assert sorted(errors)[len(errors) // 2] <= 0.25


def test_the_scfs_before_are_a_guide() -> None:
    series = Series(THRESHOLD_EV)
    series.add(1, None)
    seen = forecasts.outlook(series, (12, 12, 13))
    assert seen is not None
    assert seen.expected == 12
    own = forecasts.outlook(series_of(lambda n: 10.0**-n, 3))
    both = forecasts.outlook(series_of(lambda n: 10.0**-n, 3), (12, 12, 12))
    assert own is not None
    assert both is not None
    assert own.expected < both.expected < 12


def test_a_code_that_runs_on_below_its_threshold_is_given_the_cycle() -> None:
    def size_ev(n: int) -> float:
        return 10.0**-n

    just = forecasts.outlook(series_of(size_ev, 7, cycles_after=1))
    assert just is not None
    assert (just.expected, just.earliest) == (8, 8)
    done = series_of(lambda n: 1e-7 if n == 7 else 1e-3, 8, cycles_after=1)
    last = forecasts.outlook(done)
    assert last is not None
    assert last.expected == 8


def test_who_falls_well_is_said_to_finish_and_who_is_short_of_numbers_is_not() -> None:
    def said(series: Series, limit: int | None) -> bool | None:
        forecast = forecasts.of_scf(series, (), limit, 2.0)
        assert forecast is not None
        return forecast.will_finish

    good = series_of(lambda n: 10.0**-n, 4)
    assert said(good, 50) is True
    assert said(good, None) is None
    assert said(series_of(lambda n: 10.0**-n, 2), 50) is None
    stuck = series_of(lambda _: 0.1, 45)
    assert said(stuck, 50) is False
    assert said(series_of(lambda _: 0.1, 25), 50) is None
    assert said(series_of(lambda _: 0.1, 9), 10) is None


def test_the_wall_time_ends_what_cycles_alone_would_not() -> None:
    series = series_of(lambda n: 10.0**-n, 3)
    forecast = forecasts.of_scf(series, (), 50, 100.0)
    assert forecast is not None
    assert forecast.remaining_s is not None
    assert forecast.remaining_s == pytest.approx(300, abs=101)
    enough = forecasts.within(forecast, 10_000)
    little = forecasts.within(forecast, 50)
    between = forecasts.within(forecast, forecast.remaining_s)
    assert enough is not None
    assert little is not None
    assert between is not None
    assert enough.will_finish is True
    assert little.will_finish is False
    assert "50 s of wall time left" in little.because
    assert between.will_finish is None
    assert forecasts.within(forecast, None) is forecast
    assert forecasts.within(None, 10) is None


def test_like_parts_give_the_time_of_the_rest() -> None:
    forecast = forecasts.of_parts(20, 80, "displacements", 120.0)
    assert forecast is not None
    assert forecast.remaining_s == 7200
    assert forecast.because == "60 of 80 displacements at 120 s each"
    assert forecasts.of_parts(0, 80, "displacements", None) is None
    finished = forecasts.within(forecast, 20_000)
    late = forecasts.within(forecast, 3600)
    assert finished is not None
    assert late is not None
    assert (finished.will_finish, late.will_finish) == (True, False)


def test_a_clock_that_counts_all_threads_is_set_right() -> None:
    forecast = forecasts.of_parts(1, 3, "steps", 8.0)
    slower = forecasts.slowed(forecast, 0.25)
    assert slower is not None
    assert slower.remaining_s == 4.0
    assert forecasts.slowed(None, 0.25) is None


@settings(max_examples=300, deadline=None)
@given(
    sizes=st.lists(st.floats(width=64) | st.none(), max_size=40),
    threshold_ev=st.none() | st.floats(min_value=1e-300, max_value=1e300),
    limit=st.none() | st.integers(0, 100),
)
def test_any_numbers_are_a_series(
    sizes: list[float | None], threshold_ev: float | None, limit: int | None
) -> None:
    series = Series(threshold_ev, 1)
    for cycle, size in enumerate(sizes):
        series.add(cycle, size, size)
        pattern(series)
        forecast = forecasts.of_scf(series, (), limit, 1.0)
        if forecast is not None and forecast.cycles is not None:
            assert forecast.cycles >= cycle
            assert forecast.remaining_s is not None
            assert forecast.remaining_s >= 0
