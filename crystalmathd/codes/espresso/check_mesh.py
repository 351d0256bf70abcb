"""The mesh behind K_POINTS automatic, and one behind gamma, which is not read.

Source: runs of pw.x 6.7.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.espresso.cards import Card
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_AXES: Final = 3
_MESH: Final = 6


def mesh_findings(card: Card, places: Places) -> Iterator[InputFinding]:
    """Yield the findings; `card`: K_POINTS whose option is automatic or gamma."""
    words = " ".join(card.rows[0].words if card.rows else ()).replace(",", " ").split()
    values = [whole_number(word.lstrip("+-")) for word in words[:_MESH]]
    divisions = [one for one in values[:_AXES] if one]
    is_mesh = len(divisions) == _AXES
    if card.option == "gamma":
        if is_mesh:
            yield _unread(card, places)
        return
    if len(values) == _MESH and is_mesh and set(values[_AXES:]) <= {0, 1}:
        return
    wanted = (*divisions, *_shifts(words)) if is_mesh else (4, 4, 4, 0, 0, 0)
    row = card.rows[0] if card.rows and is_mesh else None
    yield places.span(
        row.start if row else card.start,
        row.end if row else card.rows[0].end if card.rows else card.head_end,
        "pw.mesh",
        ERROR,
        "K_POINTS automatic is followed by six integers: three divisions, three shifts"
        " (0 or 1).",
        fix=f"write {' '.join(map(str, wanted))}",
    )


def _shifts(words: Sequence[str]) -> list[int]:
    """Return the shifts that are meant: half a division is 1."""
    found = [fortran_float(word) for word in words[_AXES:_MESH]]
    return [int(bool(one)) for one in [*found, *[None] * _AXES][:_AXES]]


def _unread(card: Card, places: Places) -> InputFinding:
    line, mesh = places.position(card.start)[0], " ".join(card.rows[0].words)
    is_apart = len(places.lines[line - 1].split()) > 1
    return places.at(
        line,
        "pw.k-points",
        WARNING,
        f"K_POINTS gamma reads no mesh: pw.x takes Γ alone, and not {mesh[:40]}.",
        fix=f"write {'' if is_apart else 'K_POINTS '}automatic, or delete the mesh",
        word=1,
    )
