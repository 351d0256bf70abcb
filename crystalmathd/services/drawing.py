"""Figures of finished results, and pictures of them: functions for the worker."""

import io
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crystalmathd.errors import PlotUnavailableError
from crystalmathd.models.figures import Curve, Figure, Mark
from crystalmathd.services.figures import figure_of
from crystalmathd.services.reading import read_result
from crystalmathd.services.records import results_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

DPI: Final = 150
SIZE_IN: Final = (7.0, 4.8)
MOST_PARTS: Final = 6
"""Projections that are drawn beside a total: those with the greatest areas."""
_SHORT: Final = 3
"""Characters of labels that stand upright beside each other."""
_NEAREST: Final = 0.02
"""Of the width: labels that are nearer to the one before are left out."""
TOTAL: Final = "total"
_COLOURS: Final = {"up": "tab:blue", "down": "tab:red", "": "tab:blue", TOTAL: "black"}


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
    canvas = new_canvas(SIZE_IN, layout="constrained")
    shown = msgspec.json.decode(figure, type=Figure)
    axes = canvas.add_subplot()
    curves = _curves(shown)
    colours = _colours(curves)
    for curve in curves:
        _draw_curve(axes, curve, colours[_base(curve)])
    _draw_lines(axes, shown)
    if shown.y_range is not None:
        axes.set_ylim(*shown.y_range)
    notes = [shown.note] if shown.note else []
    if (n_left := len(shown.curves) - len(curves)) > 0:
        notes.append(f"{n_left} smaller curves are not drawn")
    axes.set(
        title=shown.title,
        xlabel="\n".join([shown.x_label, *notes]),
        ylabel=shown.y_label,
    )
    if shown.is_log_y:
        axes.set_yscale("log")
    handles, labels = axes.get_legend_handles_labels()
    if len(set(labels)) > 1:
        unique = dict(zip(labels, handles, strict=True))
        axes.legend(unique.values(), unique.keys(), fontsize="small")
    picture = io.BytesIO()
    canvas.savefig(picture, format="png", dpi=DPI)
    return [picture.getvalue()]


def _base(curve: Curve) -> str:
    """Return the name without its spin: both spins have one colour and one name."""
    if curve.name in _COLOURS:
        return curve.name
    return curve.name.removesuffix(" up").removesuffix(" down")


def new_canvas(size_in: tuple[float, float], **layout: Any) -> "Canvas":  # noqa: ANN401
    """Return an empty picture that is drawn in memory.

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
    canvas = Canvas(figsize=size_in, **layout)
    FigureCanvasAgg(canvas)
    return canvas


def _curves(shown: Figure) -> list[Curve]:
    """Return what is drawn: all, or the totals and the largest projections."""
    areas: dict[str, float] = {}
    for curve in shown.curves:
        name = _base(curve)
        areas[name] = areas.get(name, 0.0) + sum(map(abs, curve.y))
    parts = sorted((n for n in areas if n != TOTAL), key=lambda n: -areas[n])
    if TOTAL not in areas or len(parts) <= MOST_PARTS:
        return list(shown.curves)
    kept = {TOTAL, *parts[:MOST_PARTS]}
    return [curve for curve in shown.curves if _base(curve) in kept]


def _colours(curves: list[Curve]) -> dict[str, str]:
    names = list(dict.fromkeys(map(_base, curves)))
    return {
        name: _COLOURS.get(name, f"C{number % 10}") for number, name in enumerate(names)
    }


def _draw_curve(axes: "Axes", curve: Curve, colour: str) -> None:
    style: dict[str, Any] = {"linewidth": 1.0, "color": colour}
    if curve.name:
        style["label"] = _base(curve)
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
        _label_marks(axes, shown)
        for mark in shown.marks:
            axes.axvline(mark.at, color="0.8", linewidth=0.6)
        axes.margins(x=0)


def _label_marks(axes: "Axes", shown: Figure) -> None:
    """Name the places; long names are turned, and one in another's way is left out."""
    xs = [x for curve in shown.curves for x in curve.x]
    room = _NEAREST * (max(xs, default=0.0) - min(xs, default=0.0))
    named: list[Mark] = []
    for mark in shown.marks:
        if not named or mark.at - named[-1].at >= room:
            named.append(mark)
    axes.set_xticks([mark.at for mark in named], [mark.label for mark in named])
    for label in axes.get_xticklabels():
        if len(label.get_text()) > _SHORT:
            label.set(rotation=90, fontsize="small")
