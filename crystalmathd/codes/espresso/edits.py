"""Setting one value in a Quantum ESPRESSO input; every other line stays as it is."""

import re
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.inputs import assignments

K_POINTS: Final = "K_POINTS"
_PLAIN: Final = re.compile(
    r"[-+]?[0-9.]+([eEdD][-+]?[0-9]+)?|\.(true|false)\.|'.*'|\".*\"", re.IGNORECASE
)
_CARD: Final = re.compile(
    r"^[ \t]*K_POINTS[ \t]*[({]?[ \t]*(\w+)[^\n]*\n([^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)


def set_value(text: str, key: str, value: str) -> str:
    """Return the input with a variable of a namelist replaced or added.

    `key` is a variable (`ecutwfc`, `starting_magnetization(1)`), `NAMELIST.name`
    for one that is not there yet, or K_POINTS for the record of an automatic mesh.

    Raises
    ------
    InputRefusedError
        If the place is not clear.
    """
    if key.upper() == K_POINTS:
        return _with_mesh(text, value)
    namelist, _, name = key.rpartition(".")
    written = value if _PLAIN.fullmatch(value) else f"'{value}'"
    found = list(assignments(text))
    for one in found:
        if one.name == name.lower() and namelist.lower() in {"", one.namelist}:
            return text[: one.start] + written + text[one.end :]
    if not namelist:
        reason = f"{name} is not in the input; name its namelist: SYSTEM.{name}"
        raise InputRefusedError(reason)
    opening = re.search(
        rf"^[ \t]*&{re.escape(namelist)}[ \t]*$", text, re.IGNORECASE | re.MULTILINE
    )
    if opening is None:
        raise InputRefusedError(f"the input has no line &{namelist.upper()}")
    return f"{text[: opening.end()]}\n    {name} = {written}{text[opening.end() :]}"


def _with_mesh(text: str, value: str) -> str:
    card = _CARD.search(text)
    if card is None or card[1].lower() != "automatic":
        raise InputRefusedError("only the mesh of K_POINTS automatic can be set")
    if not re.fullmatch(r"\d+ \d+ \d+ [01] [01] [01]", value):
        raise InputRefusedError(f"a mesh is six integers as 4 4 4 0 0 0, not {value}")
    return text[: card.start(2)] + value + text[card.end(2) :]
