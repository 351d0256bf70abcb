"""From the group and flags of a deck to one setting of the International Tables.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions. spglib is asked for the operators and for nothing else.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import spglib
from numpy.typing import NDArray

from crystalmathd.codes.crystal.deck import Geometry, Group
from crystalmathd.codes.crystal.orders import crystal_order
from crystalmathd.codes.crystal.points import point_operators
from crystalmathd.codes.crystal.records import DeckError

if TYPE_CHECKING:
    from spglib import SpaceGroupType

Array = NDArray[np.float64]

_N_SETTINGS: Final = 530
"""Settings in Hall's list, which spglib numbers from 1."""

RHOMBOHEDRAL: Final = frozenset({146, 148, 155, 160, 161, 166, 167})

_OLD_SYMBOLS: Final = {
    39: "A B M 2",
    41: "A B A 2",
    64: "C M C A",
    67: "C M M A",
    68: "C C C A",
}
"""Symbols from before the glide plane e (International Tables, 1992)."""

_CENTRINGS: Final[dict[tuple[float, ...], str]] = {
    (0.5, 0.5, 0.5): "I",
    (0.5, 0.5, 0.0): "C",
    (0.0, 0.5, 0.5): "A",
    (0.5, 0.0, 0.5): "B",
}
_N_CENTRINGS: Final = {
    1: "P",
    2: "one face or body",
    3: "R",
    4: "F",
}


_FIRST_TRIGONAL: Final = 143
_LAST_HEXAGONAL: Final = 194
_FIRST_HEXAGONAL_LAYER: Final = 65
_TO_HEXAGONAL: Final = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3
"""Rhombohedral vectors (rows) in the hexagonal ones."""

_LAYER_HALL: Final = (
    *(1, 2, 3, 4, 5, 8, 9, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 35),
    *(37, 38, 39, 40, 42, 43, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 65, 67, 68),
    *(70, 72, 74, 76, 77, 79, 80, 81, 82, 83, 84, 85, 87, 88, 89, 90, 91, 92, 93, 94),
    *(95, 96, 98, 99, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112),
    *(113, 114, 115, 116),
)
"""First setting of each layer group in spglib's list, which it numbers from -1 down.

Got by making a structure of each setting and asking spglib for its layer group. The
order is that of International Tables, volume E, which is CRYSTAL's.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A group in one setting, with its operators.

    `unique_axis` is that of a monoclinic setting. `rotations` (n, 3, 3) and
    `translations` (n, 3) are those of the conventional cell, centrings included: in
    fractions along periodic directions and in Å along the others. `hall_number` is
    spglib's, negative for layers, 0 for rods and points.
    """

    hall_number: int
    number: int
    symbol: str
    choice: str
    unique_axis: str | None
    is_rhombohedral: bool
    centring: str
    rotations: Array
    translations: Array


def find_setting(geometry: Geometry) -> Setting:
    """Return the setting that the deck's group, IFHR and IFSO name.

    Raises
    ------
    DeckError
        If the group is in no table.
    """
    group = geometry.group
    if group is None:
        raise DeckError(
            geometry.line, f"the symmetry of {geometry.kind} is not in the deck."
        )
    if geometry.kind != "CRYSTAL":
        return _subperiodic(geometry.kind, group)
    if group.number is not None:
        found = [hall for hall, type_ in _types() if type_.number == group.number]
    else:
        symbol = " ".join((group.symbol or "").upper().split())
        found = [hall for hall, type_ in _types() if symbol in _symbols(type_)]
        if not found:
            raise DeckError(
                group.line, f"{group.symbol!r} is no space group symbol that is known."
            )
    return _setting(min(found, key=lambda hall: _rank(hall, geometry)))


@cache
def _types() -> tuple[tuple[int, "SpaceGroupType"], ...]:
    with quiet():
        types = [
            (hall, spglib.get_spacegroup_type(hall))
            for hall in range(1, _N_SETTINGS + 1)
        ]
    return tuple((hall, type_) for hall, type_ in types if type_ is not None)


@contextmanager
def quiet() -> Iterator[None]:
    # spglib 2.7 warns at every call that its error handling will change.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _type(hall: int) -> "SpaceGroupType":
    return dict(_types())[hall]


def _rank(hall: int, geometry: Geometry) -> tuple[bool, int]:
    """Order settings: those of the flags first, then as in the tables."""
    choice = _type(hall).choice
    if choice in ("H", "R"):
        is_other = (choice == "R") != geometry.has_rhombohedral_cell
    elif choice[:1] in ("1", "2"):
        # IFSO 1 is the first origin; 0, and the base of a shift, the second.
        is_other = (choice[0] == "1") != (geometry.origin == 1)
    else:
        is_other = False
    return is_other, hall


def _symbols(type_: "SpaceGroupType") -> set[str]:
    """Return the spellings of one setting: `F M -3 M`, and `F M 3 M` as in CRYSTAL."""
    short, *others = type_.international.replace("_", "").upper().split(" = ")
    is_standard = type_.choice in ("b", "b1") or not others
    symbols = set(others) | ({short} if is_standard else set())
    symbols.add(" ".join(type_.international_full.replace("_", "").upper().split()))
    if type_.choice in ("", "1", "2") and type_.number in _OLD_SYMBOLS:
        symbols.add(_OLD_SYMBOLS[type_.number])
    symbols |= {
        symbol.replace(" -3", " 3")
        for symbol in symbols
        if symbol.count(" ") > 1
        if not symbol.startswith(("P -3", "R -3"))
    }
    return symbols


@cache
def _setting(hall: int) -> Setting:
    type_ = _type(hall)
    axes = "other"
    if _FIRST_TRIGONAL <= type_.number <= _LAST_HEXAGONAL:
        axes = "rhombohedral" if type_.choice == "R" else "hexagonal"
    rotations, translations = _in_order(*_operators(hall), axes)
    letters = [letter for letter in type_.choice if letter in "abc"]
    return Setting(
        hall_number=hall,
        number=type_.number,
        symbol=type_.international_short,
        choice=type_.choice,
        unique_axis=letters[0] if len(letters) == 1 else None,
        is_rhombohedral=type_.number in RHOMBOHEDRAL and type_.choice == "R",
        centring=_centring(rotations, translations),
        rotations=rotations,
        translations=translations,
    )


def _operators(hall: int) -> tuple[Array, Array]:
    with quiet():
        operators = spglib.get_symmetry_from_database(hall)
    if operators is None:
        raise LookupError(hall)
    rotations = np.array(operators["rotations"], dtype=np.float64)
    translations = np.array(operators["translations"], dtype=np.float64)
    return rotations, translations


def _in_order(rotations: Array, translations: Array, axes: str) -> tuple[Array, Array]:
    """Put operators into CRYSTAL's order; `axes`: hexagonal, rhombohedral or other."""
    turned = rotations
    if axes == "rhombohedral":
        turned = _TO_HEXAGONAL.T @ rotations @ np.linalg.inv(_TO_HEXAGONAL).T
    order = crystal_order(turned, is_hexagonal=axes != "other")
    return rotations[order], translations[order]


def _subperiodic(kind: str, group: Group) -> Setting:
    """Return the setting of a layer, rod or point group."""
    number = group.number or 0
    if kind == "SLAB":
        hall = -_LAYER_HALL[number - 1]
        axes = "hexagonal" if number >= _FIRST_HEXAGONAL_LAYER else "other"
        rotations, translations = _in_order(*_operators(hall), axes)
        name = "layer"
    elif kind == "MOLECULE":
        hall, name = 0, "point"
        rotations = np.array(point_operators(number, group.line))
        translations = np.zeros((len(rotations), 3))
    elif number in (1, 2):
        # The other rod groups have settings that no output at hand has shown.
        hall, name = 0, "rod"
        rotations = np.array(point_operators(number, group.line))
        translations = np.zeros((len(rotations), 3))
    else:
        raise DeckError(
            group.line,
            f"the operators of rod group {number} are not known here; write all atoms "
            "with group 1.",
        )
    return Setting(
        hall_number=hall,
        number=number,
        symbol=f"{name} group {number}",
        choice="",
        unique_axis=None,
        is_rhombohedral=False,
        centring=_centring(rotations, translations),
        rotations=rotations,
        translations=translations,
    )


def _centring(rotations: Array, translations: Array) -> str:
    pure = [
        tuple(round(float(value) % 1, 6) for value in translation)
        for rotation, translation in zip(rotations, translations, strict=True)
        if np.array_equal(rotation, np.eye(3))
    ]
    if len(pure) == 2:  # noqa: PLR2004 the identity and one centring
        return _CENTRINGS[next(t for t in pure if any(t))]
    return _N_CENTRINGS[len(pure)]
