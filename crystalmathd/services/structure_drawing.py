"""A picture of a structure: atoms as balls, bonds, the edges of the cell.

What is in front is drawn last, so that it hides what is behind; what is nearer is
larger.
"""

import io
from typing import TYPE_CHECKING, Any, Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.services.drawing import DPI, new_canvas
from crystalmathd.structures.elements import symbol
from crystalmathd.structures.formula import formula
from crystalmathd.structures.looks import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crystalmathd.structures.scene import Scene

SIZE_IN: Final = (6.5, 5.2)
_STICK_A: Final = 0.09
_LIGHT: Final = (-0.3, 0.35)
_DISTANCE: Final = 4.0
"""Of the camera, in sizes of the structure."""
_EDGE: Final = "0.35"
_MARGIN: Final = 1.06


def drawn(sourced: SourcedStructure) -> bytes:
    """Return the picture as PNG: one cell, with the atoms on all of its borders.

    Raises
    ------
    PlotUnavailableError
        If matplotlib is not installed.
    ValueError
        If there are too many atoms.
    """
    canvas = new_canvas(SIZE_IN)
    from crystalmathd.structures.scene import scene  # noqa: PLC0415 - numpy

    shown = scene(sourced.structure)
    axes = canvas.add_axes((0.02, 0.02, 0.84, 0.9))
    axes.set_axis_off()
    axes.set_aspect("equal")
    _draw(axes, shown)
    _legend(canvas, shown)
    title = formula(sourced.structure.atomic_numbers)
    if sourced.title:
        title += f"\n{sourced.title[:60]}"
    canvas.suptitle(title, fontsize=11)
    picture = io.BytesIO()
    canvas.savefig(picture, format="png", dpi=DPI)
    return picture.getvalue()


def _draw(axes: "Axes", shown: "Scene") -> None:
    """Draw everything from the back to the front."""
    from crystalmathd.structures.scene import ball_radius_a  # noqa: PLC0415 - numpy

    items: list[tuple[float, Any]] = []
    distance = _DISTANCE * shown.size_a

    def nearer(depth: float) -> float:
        return distance / (distance - depth)

    def flat(point: Any) -> tuple[float, float]:  # noqa: ANN401 - an array
        scale = nearer(float(point[2]))
        return float(point[0]) * scale, float(point[1]) * scale

    for start, end in shown.edges:
        items.append((float(min(start[2], end[2])), _line(flat(start), flat(end))))
    for start, end, number in shown.sticks:
        depth = float(start[2] + end[2]) / 2
        width = _STICK_A * nearer(depth)
        items.append((depth, _stick(flat(start), flat(end), width, number)))
    for number, point in zip(shown.numbers, shown.balls, strict=True):
        radius = ball_radius_a(number) * nearer(float(point[2]))
        items.append((float(point[2]), _ball(flat(point), radius, number)))
    items.sort(key=lambda item: item[0])
    for order, (_, artists) in enumerate(items):
        for artist in artists:
            artist.set_zorder(order + 2)
            axes.add_artist(artist)
    for name, point in shown.names:
        axes.annotate(name, flat(point), style="italic", ha="center", va="center")
    reach = _MARGIN * max(
        (abs(x) for point in shown.corners for x in flat(point)), default=1.0
    )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)


def _line(start: tuple[float, float], end: tuple[float, float]) -> list[Any]:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - heavy

    return [Line2D(*zip(start, end, strict=True), color=_EDGE, linewidth=0.9)]


def _stick(
    start: tuple[float, float], end: tuple[float, float], width: float, number: int
) -> list[Any]:
    """Return half a bond, in the colour of its atom, as a bar of its true width."""
    from matplotlib.patches import Polygon  # noqa: PLC0415 - heavy

    (x, y), (u, v) = start, end
    length = max(((u - x) ** 2 + (v - y) ** 2) ** 0.5, 1e-9)
    across = (y - v) / length * width, (u - x) / length * width
    corners = [
        (x + across[0], y + across[1]),
        (u + across[0], v + across[1]),
        (u - across[0], v - across[1]),
        (x - across[0], y - across[1]),
    ]
    return [Polygon(corners, facecolor=colour(number), edgecolor="0.3", linewidth=0.4)]


def _ball(at: tuple[float, float], radius: float, number: int) -> list[Any]:
    """Return a ball with its highlight."""
    from matplotlib.patches import Circle  # noqa: PLC0415 - heavy

    light = at[0] + _LIGHT[0] * radius, at[1] + _LIGHT[1] * radius
    return [
        Circle(at, radius, facecolor=colour(number), edgecolor="0.2", linewidth=0.7),
        Circle(light, 0.32 * radius, facecolor="white", alpha=0.35, linewidth=0),
        Circle(light, 0.16 * radius, facecolor="white", alpha=0.55, linewidth=0),
    ]


def _legend(canvas: Any, shown: "Scene") -> None:  # noqa: ANN401 - matplotlib's
    from matplotlib.lines import Line2D  # noqa: PLC0415 - heavy

    handles = [
        Line2D(
            *([], []),
            marker="o",
            linestyle="",
            markersize=9,
            markerfacecolor=colour(kind),
            markeredgecolor="0.2",
            label=symbol(kind),
        )
        for kind in dict.fromkeys(shown.numbers)
    ]
    canvas.legend(handles=handles, loc="center right", frameon=False)
