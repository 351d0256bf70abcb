"""Points of a path that are letters: `gG 20`, `X 20`, `L 1`, and which a lattice has.

Source: runs of pw.x 6.7 with each letter in each lattice. It takes them behind tpiba_b
and crystal_b alone, mixed with numbers too, and stops at them where it does not know
the zone; the letters are those of Setyawan and Curtarolo, as in its bz_form.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.codes.espresso.cards import Row
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, InputFinding

_OPTIONS: Final = frozenset({"tpiba_b", "crystal_b"})
_LETTER: Final = re.compile(r"g?[A-Za-z]\d?|gamma|Γ", re.IGNORECASE)
_WORDS: Final = 2
_GAMMA: Final = frozenset({"G", "GAMMA", "Γ", "GG"})
_BY_LATTICE: Final = {
    1: "M X R",
    2: "K L U W X",
    3: "H N P",
    4: "A H K L M",
    6: "A M R X Z",
    8: "R S T U X Y Z",
    11: "L L1 L2 R S T W X X1 Y Y1 Z",
    12: "A D X Y Z",
    -12: "A D X Y Z",
}
_NONE: Final = frozenset({0, -3, -5, 13, -13, 14, 91})
"""ibrav whose zones pw.x has no letters for."""

_TRIGONAL: Final = 5
_BODY_TETRAGONAL: Final = 7
_FACE_ORTHORHOMBIC: Final = 10
_ACUTE: Final = "B B1 F L L1 P P1 P2 Q X Z"
_OBTUSE: Final = "F L P P1 Q Q1 Z"
_TALL: Final = "N P X Y Y1 Z gS gS1"
_FLAT: Final = "M N P X Z Z1"
_CENTRED: Final = "A A1 R S T X Y Z"
_FACES: Final = ("A A1 L T X X1 Y Z", "C C1 D D1 H H1 L X Y Z", "A A1 L T X Y Z")
"""ibrav 10: 1/a² is above, below, or as large as 1/b² + 1/c², with a < b < c."""

_SAME: Final = 1e-4


def has_letter(words: Sequence[str], option: str) -> bool:
    """Tell whether a row of K_POINTS is a letter and a count, right or wrong."""
    return (
        option in _OPTIONS
        and len(words) >= _WORDS
        and _LETTER.fullmatch(words[0]) is not None
        and whole_number(words[1]) is not None
    )


def letter_findings(
    row: Row, system: Mapping[str, float], places: Places
) -> Iterator[InputFinding]:
    """Yield a letter that the lattice does not have; `system`: numbers of &SYSTEM."""
    word, ibrav = row.words[0], system.get("ibrav")
    if ibrav is None:
        return
    known = letters(system)
    if known is not None and not known:
        message = f"pw.x knows no letters of a zone with ibrav = {ibrav:g}."
        fix = "give three numbers and a weight"
    elif known is not None and word not in known:
        message = (
            f"{shown(word)} is no point of the zone of ibrav = {ibrav:g}, which has"
            f" {', '.join(known)}."
        )
        fix = _meant(word, known)
    else:
        return
    yield places.at(
        places.position(row.start)[0],
        "pw.k-points",
        ERROR,
        message,
        fix=fix,
        word=0,
    )


def _meant(word: str, known: Sequence[str]) -> str:
    if word.upper() in _GAMMA:
        return "write gG"
    return next((f"write {one}" for one in known if one.lower() == word.lower()), "")


def letters(system: Mapping[str, float]) -> tuple[str, ...] | None:
    """Return the letters of a zone; None if the lengths that decide are not known."""
    ibrav = round(system.get("ibrav", 0.0))
    if ibrav in _NONE:
        return ()
    found = _BY_LATTICE.get(ibrav) or _by_shape(ibrav, system)
    return None if found is None else ("gG", *found.split())


def _by_shape(ibrav: int, system: Mapping[str, float]) -> str | None:
    """Return the letters where lengths or the angle decide about the zone."""
    if ibrav == _TRIGONAL:
        cosine = system.get("celldm(4)", system.get("cosab"))
        return None if not cosine else (_ACUTE if cosine > 0 else _OBTUSE)
    b, c = _ratio("b", "celldm(2)", system), _ratio("c", "celldm(3)", system)
    if ibrav == _BODY_TETRAGONAL and c is not None:
        return _TALL if c > 1 else _FLAT
    if ibrav in {9, -9} and b is not None:
        also = ["X1"] if b > 1 - _SAME else []
        also += ["Y1"] if b < 1 + _SAME else []
        return " ".join([_CENTRED, *also])
    if ibrav == _FACE_ORTHORHOMBIC and b is not None and c is not None:
        return _of_faces(*sorted([1.0, b, c]))
    return None


def _ratio(name: str, index: str, system: Mapping[str, float]) -> float | None:
    """Return b/a or c/a; None if it is not given, or is none."""
    first, other = system.get("a"), system.get(name)
    value = system.get(index)
    if value is None and first and other is not None:
        value = other / first
    return value if value is not None and value > 0 else None


def _of_faces(a: float, b: float, c: float) -> str:
    excess = 1 / a**2 - 1 / b**2 - 1 / c**2
    if abs(excess) < _SAME:  # the rounding of lengths decides
        return " ".join(dict.fromkeys(" ".join(_FACES).split()))
    return _FACES[0] if excess > 0 else _FACES[1]
