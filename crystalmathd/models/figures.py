"""What a plot shows, whoever draws it. Units stand in the labels of the axes."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Points from left to right; `style`: line, points or sticks (from y = 0)."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: str = "line"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A named place on the x axis."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Curves on one pair of axes.

    `level`: a horizontal line with a meaning, as the Fermi energy. `is_log_y`: all
    values are above 0, and decades are what counts.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...] = ()
    level: float | None = None
    upright: float | None = None
    """A vertical line with a meaning."""
    is_log_y: bool = False
    y_range: tuple[float, float] | None = None
    """The values that are shown; curves may go on outside. None: all."""
    note: str | None = None
    """What is not shown, or how much is."""
