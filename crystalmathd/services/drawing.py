"""Figures of finished results, and pictures of them: functions for the worker."""

import io
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crystalmathd.errors import PlotUnavailableError
from crystalmathd.models.figures import Curve, Figure
from crystalmathd.services.figures import figure_of
from crystalmathd.services.reading import read_result
from crystalmathd.services.records import results_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI: Final = 150
SIZE_IN: Final = (7.0, 4.8)
MOST_NAMED: Final = 12
_COLOURS: Final = {"up": "tab:blue", "down": "tab:red", "": "tab:blue"}


def figure(record: str, kind: str) -> list[bytes]:
    """Return the figure of a `results.json` as JSON; empty if there is none."""
    try:
        results = results_in(record)
    except (OSError, msgspec.DecodeError):
        return [b""]
    return [_encoded(figure_of(results, kind))]


def figure_of_outputs(code: str, steps: list[Any], kind: str) -> list[bytes]:
    """Return the figure of what outputs say as JSON; empty if there is none.

    `steps`: `program`, `stdout` and `paths` of each.
    """
    results = [read_result(code, **step) for step in steps]
    return [_encoded(figure_of(results, kind))]


def _encoded(found: Figure | None) -> bytes:
    return b"" if found is None else msgspec.json.encode(found)


def draw(figure: str) -> list[bytes]:
    """Return a figure, given as JSON, as PNG.

    Raises
    ------
    PlotUnavailableError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure as Canvas  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise PlotUnavailableError(reason=error) from error
    shown = msgspec.json.decode(figure, type=Figure)
    canvas = Canvas(figsize=SIZE_IN, layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.add_subplot()
    for curve in shown.curves:
        _draw_curve(axes, curve, is_named=len(shown.curves) <= MOST_NAMED)
    _draw_lines(axes, shown)
    axes.set(title=shown.title, xlabel=shown.x_label, ylabel=shown.y_label)
    if shown.is_log_y:
        axes.set_yscale("log")
    handles, labels = axes.get_legend_handles_labels()
    if len(set(labels)) > 1:
        unique = dict(zip(labels, handles, strict=True))
        axes.legend(unique.values(), unique.keys(), fontsize="small")
    picture = io.BytesIO()
    canvas.savefig(picture, format="png", dpi=DPI)
    return [picture.getvalue()]


def _draw_curve(axes: "Axes", curve: Curve, *, is_named: bool) -> None:
    style: dict[str, Any] = {"linewidth": 1.0}
    if curve.name in _COLOURS:
        style["color"] = _COLOURS[curve.name]
    is_total = curve.name.startswith("total")
    if curve.name and (is_named or is_total or curve.name in _COLOURS):
        style["label"] = curve.name
    if curve.style == "sticks":
        axes.vlines(curve.x, 0, curve.y, linewidth=1.5)
        axes.axhline(0, color="0.5", linewidth=0.5)
        return
    if curve.style == "points":
        style |= {"marker": "o", "markersize": 4}
    axes.plot(curve.x, curve.y, **style)


def _draw_lines(axes: "Axes", shown: Figure) -> None:
    grey: dict[str, Any] = {"color": "0.5", "linewidth": 0.6, "linestyle": "--"}
    if shown.level is not None:
        axes.axhline(shown.level, **grey)
    if shown.upright is not None:
        axes.axvline(shown.upright, **grey)
    if shown.marks and not shown.is_log_y:
        axes.set_xticks(
            [mark.at for mark in shown.marks], [mark.label for mark in shown.marks]
        )
        for mark in shown.marks:
            axes.axvline(mark.at, color="0.8", linewidth=0.6)
        axes.margins(x=0)
