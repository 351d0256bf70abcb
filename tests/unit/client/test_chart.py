"""Figures in the terminal: curves where they belong, axes with numbers and units."""

import pytest

from crystalmath.cli.chart import chart
from crystalmath_protocol.figures import Curve, Figure, Mark


def figure(*curves: Curve, **rest: object) -> Figure:
    return Figure(  # type: ignore[misc]
        **{
            "title": "E(V) of MgO",
            "x_label": "V (Å³ per cell)",
            "y_label": "E (eV per cell)",
            "curves": curves,
            **rest,
        }
    )


LINE = Curve(name="a", x=(0.0, 1.5), y=(-1.0, 1.0))


def test_a_chart_has_title_units_and_numbers_at_both_ends() -> None:
    lines = chart(figure(LINE), 60, 8)
    assert lines[0] == "E(V) of MgO"
    assert lines[1] == "E (eV per cell)"
    assert lines[2].lstrip().startswith("1.00 ┤")
    assert "-1.00 ┤" in lines[9]
    assert lines[-1].strip() == "V (Å³ per cell)"
    assert lines[-2].split() == ["0.00", "0.75", "1.50"]
    assert max(map(len, lines)) <= 60


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    rows = [line.partition("┤")[2] for line in chart(figure(LINE), 60, 8)[2:10]]
    drawn = [
        min(n for n, cell in enumerate(row) if cell not in " \u2800") for row in rows
    ]
    assert drawn == sorted(drawn, reverse=True)


def test_named_points_stand_below_the_axis() -> None:
    marks = (Mark(at=0.0, label="Γ"), Mark(at=1.5, label="X"))
    lines = chart(figure(LINE, marks=marks), 60, 8)
    assert lines[-2].split() == ["Γ", "X"]


def test_steps_are_counted_with_whole_numbers() -> None:
    steps = Curve(name="a", x=(1.0, 2.0, 4.0), y=(1e-1, 1e-3, 1e-9))
    lines = chart(figure(steps, is_log_y=True), 60, 8)
    assert lines[-2].split() == ["1", "2", "4"]
    assert "1.0e-01" in lines[2]


def test_totals_are_drawn_without_their_parts() -> None:
    parts = [Curve(name=n, x=(0.0, 1.0), y=(0.0, 1.0)) for n in ("total up", "Mg")]
    assert chart(figure(*parts), 60, 8) == chart(figure(parts[0]), 60, 8)


def test_several_curves_are_named() -> None:
    lines = chart(figure(LINE, Curve(name="b", x=(0.0,), y=(0.0,))), 60, 8)
    assert lines[-1].strip() == "drawn: a, b"


@pytest.mark.parametrize("style", ["line", "points", "sticks"])
def test_a_single_point_is_drawn(style: str) -> None:
    one = Curve(name="a", x=(2.0,), y=(3.0,), style=style)
    assert any(
        cell not in " \u2800"
        for line in chart(figure(one), 60, 8)[2:10]
        for cell in line.partition("┤")[2]
    )


def test_nothing_gives_nothing() -> None:
    assert chart(figure(), 60, 8) == []


def test_a_curve_that_leaves_the_shown_values_is_not_joined_across() -> None:
    out = Curve(name="up", x=(0.0, 1.0, 2.0), y=(0.0, 50.0, 0.0))
    low = Curve(name="up", x=(0.0, 2.0), y=(-2.0, -2.0))
    shown = figure(out, low, y_range=(-3.0, 6.0), note="1 band lies outside")
    lines = chart(shown, 60, 8)
    top = lines[2].partition("┤")[2]
    assert lines[2].lstrip().startswith("0.00 ┤")
    assert sum(cell not in " \u2800" for cell in top) == 2
    assert lines[-1].strip() == "1 band lies outside"
