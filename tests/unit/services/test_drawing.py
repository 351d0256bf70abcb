"""A picture names what it draws, and its labels do not lie upon each other."""

import msgspec
import pytest

from crystalmathd.models.figures import Curve, Figure, Mark
from crystalmathd.services import drawing

pytest.importorskip("matplotlib")
PNG = b"\x89PNG\r\n\x1a\n"


def figure(names: list[str], marks: tuple[Mark, ...] = ()) -> Figure:
    curves = tuple(
        Curve(name=name, x=(0.0, 1.0), y=(float(size), float(size)))
        for size, name in enumerate(names, start=1)
    )
    return Figure(title="t", x_label="x", y_label="y", curves=curves, marks=marks)


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> "list[object]":
    from matplotlib.figure import Figure as Canvas

    made: list[object] = []
    add = Canvas.add_subplot

    def remember(self: Canvas, *args: object, **options: object) -> object:
        made.append(add(self, *args, **options))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(Canvas, "add_subplot", remember)
    return made


def drawn(shown: Figure, made: "list[object]") -> object:
    [picture] = drawing.draw(msgspec.json.encode(shown).decode())
    assert picture.startswith(PNG)
    return made[-1]


def legend(found: object) -> list[str]:
    texts = found.get_legend().get_texts()  # type: ignore[attr-defined]
    return [text.get_text() for text in texts]


def test_the_total_and_the_six_largest_projections_are_drawn_and_named(
    axes: "list[object]",
) -> None:
    names = [f"part {n} {spin}" for n in range(9) for spin in ("up", "down")]
    found = drawn(figure([*names, "total up", "total down"]), axes)
    assert legend(found) == [*(f"part {n}" for n in range(3, 9)), "total"]
    assert "6 smaller curves" in found.get_xlabel()  # type: ignore[attr-defined]


def test_of_few_curves_each_is_named(axes: "list[object]") -> None:
    names = ["total", "Mg s", "O p"]
    assert legend(drawn(figure(names), axes)) == names


def test_long_labels_are_turned_and_near_ones_left_out(axes: "list[object]") -> None:
    marks = (
        Mark(at=0.0, label="Γ"),
        Mark(at=0.5, label="1/2 0 1/2"),
        Mark(at=0.505, label="5/8 1/4 5/8"),
        Mark(at=1.0, label="X"),
    )
    found = drawn(figure(["up"], marks), axes)
    labels = found.get_xticklabels()  # type: ignore[attr-defined]
    assert [(label.get_text(), label.get_rotation()) for label in labels] == [
        ("Γ", 0.0),
        ("1/2 0 1/2", 90.0),
        ("X", 0.0),
    ]
