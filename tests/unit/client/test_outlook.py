"""What `watch` says of a running job beyond its cycles."""

from typing import Any

from crystalmath.cli.progress import JobView
from crystalmath_protocol.jobs import (
    GeometryStep,
    Measure,
    ScfForecast,
    ScfPattern,
)
from tests.unit.client.messages import progress

FORECAST = ScfForecast(
    cycles=12, remaining_s=95.0, will_finish=None, because="3.0 powers of ten to go"
)
CONVERGING = ScfPattern(word="converging", because="down by a factor 8.0 a cycle")
KNOWN: dict[str, Any] = {
    "percent": 50.0,
    "percent_basis": "cycle 6 of about 12 of this SCF",
    "pattern": CONVERGING,
    "forecast": FORECAST,
}


def frame_of(width: int = 90, height: int = 24, **fields: Any) -> list[str]:
    view = JobView("12", "mgo")
    view.take(progress(6, **fields))
    return view.frame(width, height)


def news_of(view: JobView, n_cycles: int, **fields: Any) -> list[str]:
    since = view.since_cycle
    return [
        line
        for line in view.take(progress(n_cycles, since=since, **fields))
        if "  cycle " not in line
    ]


def test_a_running_job_shows_how_much_is_done_and_what_is_to_come() -> None:
    lines = frame_of(**KNOWN)
    assert "50 %: cycle 6 of about 12 of this SCF, about 1m35s left" in lines
    assert "converging: down by a factor 8.0 a cycle" in lines
    assert "about 12 cycles: 3.0 powers of ten to go" in lines


def test_nothing_is_shown_of_what_is_not_known() -> None:
    assert len(frame_of(**KNOWN)) == len(frame_of()) + 3
    assert not [line for line in frame_of() if "%" in line]


def test_a_job_that_has_ended_has_nothing_to_come() -> None:
    lines = frame_of(state="completed", **KNOWN)
    assert not [line for line in lines if "about" in line or "converging" in line]


def test_the_criteria_of_the_last_step_stand_against_their_thresholds() -> None:
    measures = (
        Measure(
            name="max_gradient", value=0.0032, threshold=0.00045, unit="", is_met=False
        ),
        Measure(
            name="rms_gradient", value=0.0001, threshold=0.0003, unit="", is_met=True
        ),
        Measure(name="total_force", value=0.05, threshold=None, unit="", is_met=None),
    )
    step = GeometryStep(number=4, energy_ev=None, measures=measures)
    assert (
        "after step 4: max gradient 3.2e-03 > 4.5e-04, rms gradient 1.0e-04 < 3.0e-04,"
        " total force 5.0e-02"
    ) in frame_of(width=120, geometry=step)
    bare = GeometryStep(number=4, energy_ev=None, measures=())
    assert not [line for line in frame_of(geometry=bare) if "after step" in line]


def test_a_long_sentence_is_cut_to_the_terminal() -> None:
    assert max(map(len, frame_of(width=30, **KNOWN))) <= 30
    assert "converging: down by a factor …" in frame_of(width=30, **KNOWN)


def test_a_pipe_is_told_of_trouble_once() -> None:
    trouble = ScfPattern(word="oscillating", because="the energy turned 9 of 9 times")
    late = ScfForecast(
        cycles=80, remaining_s=None, will_finish=False, because="the limit is 50 cycles"
    )
    view = JobView("12", "mgo")
    assert len(news_of(view, 3, **KNOWN)) == 1  # the phase
    assert news_of(view, 6, pattern=trouble) == [
        "12 mgo  oscillating: the energy turned 9 of 9 times"
    ]
    assert news_of(view, 7, pattern=trouble) == []
    assert news_of(view, 8, pattern=trouble, forecast=late) == [
        "12 mgo  will not finish: the limit is 50 cycles"
    ]
    assert news_of(view, 9, pattern=CONVERGING) == []


def test_a_wide_row_has_the_percentage() -> None:
    view = JobView("12", "mgo")
    view.take(progress(6, **KNOWN))
    assert " 50 %  3s" in view.row(110)
    assert "%" not in view.row(80)
