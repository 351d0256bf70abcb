"""Setting one value in a Quantum ESPRESSO input; every other line stays as it is."""

import re
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.espresso.inputs import Assignment, assignments

K_POINTS: Final = "K_POINTS"
_NAME: Final = re.compile(r"[A-Za-z_]\w*(\([\d,]+\))?")
_BARE: Final = re.compile(
    r"[-+]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?|\.(true|false|t|f)\.", re.IGNORECASE
)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_CARD: Final = re.compile(
    r"^[ \t]*K_POINTS[ \t]*[({]?[ \t]*(\w+)[^\n]*\n[ \t]*([^\r\n!#]*[^\s!#]|)",
    re.IGNORECASE | re.MULTILINE,
)


def set_value(text: str, key: str, value: str) -> str:
    """Return the input with a variable of a namelist replaced or added.

    `key` is a variable (`ecutwfc`, `starting_magnetization(1)`), `NAMELIST.name`
    for one that is not there yet, or K_POINTS for the record of an automatic mesh.
    Of two assignments to one variable, the program takes the last.

    Raises
    ------
    InputRefusedError
        If the place or the kind of the value is not clear.
    """
    if key.upper() == K_POINTS:
        return _with_mesh(text, value)
    namelist, _, name = key.rpartition(".")
    if not _NAME.fullmatch(name):
        raise InputRefusedError(f"{name} is not the name of a variable")
    found = [
        one
        for one in assignments(text)
        if one.name == name.lower() and namelist.lower() in {"", one.namelist}
    ]
    homes = sorted({f"{one.namelist.upper()}.{name}" for one in found})
    if len(homes) > 1:
        reason = f"{name} stands in several namelists; name one: {', '.join(homes)}"
        raise InputRefusedError(reason)
    if found:
        written = _in_place_of(found[-1], value)
        return text[: found[-1].start] + written + text[found[-1].end :]
    if not namelist:
        reason = f"{name} is not in the input; name its namelist: SYSTEM.{name}"
        raise InputRefusedError(reason)
    is_plain = _BARE.fullmatch(value) or _QUOTED.fullmatch(value)
    return _added(text, namelist, f"{name} = {value if is_plain else _quoted(value)}")


def _in_place_of(old: Assignment, value: str) -> str:
    """Write a value as the kind that stands there: a string, or no string."""
    if old.value[0] in "'\"":
        return value if _QUOTED.fullmatch(value) else _quoted(value)
    if not _BARE.fullmatch(value):
        reason = f"{old.name} is {old.value} here; it cannot become {value!r}"
        raise InputRefusedError(reason)
    return value


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _added(text: str, namelist: str, assignment: str) -> str:
    """Write an assignment on a line of its own, behind the opening of a namelist."""
    opening = re.search(
        rf"^[ \t]*&{re.escape(namelist)}\b([^\r\n]*)",
        text,
        re.IGNORECASE | re.MULTILINE,
    )
    if opening is None:
        raise InputRefusedError(f"the input has no line &{namelist.upper()}")
    ending = line_ending(text)
    behind = opening[1].strip()
    if not behind or behind.startswith("!"):
        at, rest = opening.end(), ""
    else:  # the namelist begins, and may even end, on its first line
        at, rest = opening.start(1), ending
    return f"{text[:at]}{ending}    {assignment}{rest}{text[at:]}"


def _with_mesh(text: str, value: str) -> str:
    card = _CARD.search(text)
    if card is None or card[1].lower() != "automatic":
        raise InputRefusedError("only the mesh of K_POINTS automatic can be set")
    if not re.fullmatch(r"\d+( +\d+){2}( +[01]){3}", value):
        raise InputRefusedError(f"a mesh is six integers as 4 4 4 0 0 0, not {value}")
    return text[: card.start(2)] + value + text[card.end(2) :]
