"""Values in a Quantum ESPRESSO input: read, set, removed; the rest stays as it is."""

import re
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.espresso.cards import Row, card
from crystalmathd.codes.espresso.inputs import (
    QUOTED,
    Assignment,
    assignments,
    unquoted,
)

K_POINTS: Final = "K_POINTS"
SPECIES: Final = "ATOMIC_SPECIES"
_NAME: Final = re.compile(r"[A-Za-z_]\w*(\([\d,]+\))?")
_NUMBER: Final = r"[-+]?(\d+\.?\d*|\.\d+)([eEdD][-+]?\d+)?"
_ITEM: Final = rf"(\d+\*)?({_NUMBER}|\.(true|false|t|f)\.)"
_BARE: Final = re.compile(rf"{_ITEM}((\s*,\s*|\s+){_ITEM})*", re.IGNORECASE)
_MESH: Final = re.compile(r"\d+( +\d+){2}( +[01]){3}")
_N_SPECIES_WORDS: Final = 3


def set_value(text: str, key: str, value: str) -> str:
    """Return the input with one value replaced or added.

    `key` is a variable (`ecutwfc`, `starting_magnetization(1)`), `NAMELIST.name`
    for one that is not there yet, K_POINTS for the record of an automatic mesh, or
    `ATOMIC_SPECIES.Si` for the pseudopotential of a species. Strings are given with or
    without quotes. Of two assignments to one variable, the program takes the last.

    Raises
    ------
    InputRefusedError
        If the place or the kind of the value is not clear.
    """
    if key.upper() == K_POINTS:
        return _spliced(text, _mesh_row(text), _checked_mesh(value))
    if label := _species_label(key):
        return _spliced(text, _species_file(text, label), _checked_file(value))
    namelist, name, found = _found(text, key)
    if found:
        written = _in_place_of(found[-1], value)
        return text[: found[-1].start] + written + text[found[-1].end :]
    if not namelist:
        reason = f"{name} is not in the input; name its namelist: SYSTEM.{name}"
        raise InputRefusedError(reason)
    is_plain = _BARE.fullmatch(value) or QUOTED.fullmatch(value)
    return _added(text, namelist, f"{name} = {value if is_plain else _quoted(value)}")


def get_value(text: str, key: str) -> str | None:
    """Return a value, a string without its quotes; None if it does not stand there.

    Raises
    ------
    InputRefusedError
        As `set_value`, where the place is not clear.
    """
    if key.upper() == K_POINTS:
        one = card(text, K_POINTS)
        if one is None or one.option != "automatic" or not one.rows:
            return None
        return text[one.rows[0].start : one.rows[0].end].strip()
    if label := _species_label(key):
        words = [row.words for row in _species_rows(text) if row.words[0] == label]
        return words[0][2] if words else None
    _, _, found = _found(text, key)
    return unquoted(found[-1].value) if found else None


def remove_value(text: str, key: str) -> str:
    """Return the input without a variable: with its line, if nothing else is there.

    Raises
    ------
    InputRefusedError
        As `set_value`; a card is not removed.
    """
    if key.upper() == K_POINTS or _species_label(key):
        raise InputRefusedError(f"{key} is needed by pw.x: it can only be changed")
    _, _, found = _found(text, key)
    for one in reversed(found):
        start, end = _removed_span(text, one)
        text = text[:start] + text[end:]
    return text


def _found(text: str, key: str) -> tuple[str, str, list[Assignment]]:
    """Return the namelist and name in a key, and every assignment to it."""
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
    return namelist, name, found


def _in_place_of(old: Assignment, value: str) -> str:
    """Write a value as the kind that stands there: a string, or no string."""
    if old.value[0] in "'\"":
        is_quoted = QUOTED.fullmatch(value)
        return value if is_quoted else _quoted(value, old.value[0])
    if not _BARE.fullmatch(value):
        reason = f"{old.name} is {old.value} here; it cannot become {value!r}"
        raise InputRefusedError(reason)
    return value


def _quoted(value: str, quote: str = "'") -> str:
    if quote == '"' and '"' not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _added(text: str, namelist: str, assignment: str) -> str:
    """Write an assignment behind the opening of a namelist, so that it can be undone.

    It gets a line of its own, unless the namelist begins, and may even end, on its
    first line.
    """
    opening = re.search(
        rf"^[ \t]*&{re.escape(namelist)}\b([^\r\n]*)",
        text,
        re.IGNORECASE | re.MULTILINE,
    )
    if opening is None:
        raise InputRefusedError(f"the input has no line &{namelist.upper()}")
    behind = opening[1].strip()
    if not behind or behind.startswith("!"):
        at, written = opening.end(), f"{line_ending(text)}    {assignment}"
    else:
        at, written = opening.start(1), f" {assignment},"
    return text[:at] + written + text[at:]


def _removed_span(text: str, one: Assignment) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, one.name_start) + 1
    line_end = text.find("\n", one.end)
    line_end = len(text) if line_end < 0 else line_end
    before = text[line_start : one.name_start]
    behind = text[one.end : line_end]
    if not before.strip() and not behind.strip(", \t\r"):
        if text[line_end - 1 : line_end] == "\r" and line_end == len(text):
            line_end -= 1
        return (
            (line_start, line_end + 1)
            if line_end < len(text)
            else (max(0, line_start - 1), line_end)
        )
    comma = re.match(r"\s*,", behind)
    if comma is not None:
        start = one.name_start - (len(before) - len(before.rstrip()))
        return start, one.end + comma.end()
    cut = re.search(r"\s*,?\s*$", before)
    start = line_start + (cut.start() if cut and before.strip() else len(before))
    return start, one.end


def _spliced(text: str, place: tuple[int, int], value: str) -> str:
    return text[: place[0]] + value + text[place[1] :]


def _mesh_row(text: str) -> tuple[int, int]:
    one = card(text, K_POINTS)
    if one is None or one.option != "automatic" or not one.rows:
        raise InputRefusedError("only the mesh of K_POINTS automatic can be set")
    row = one.rows[0]
    start = (
        row.start
        + len(text[row.start : row.end])
        - len(text[row.start : row.end].lstrip())
    )
    return start, row.end


def _checked_mesh(value: str) -> str:
    if not _MESH.fullmatch(value):
        raise InputRefusedError(f"a mesh is six integers as 4 4 4 0 0 0, not {value}")
    return value


def _checked_file(value: str) -> str:
    if not re.fullmatch(r"[^\s!#,'\"/]+", value):
        raise InputRefusedError(f"{value!r} is not the name of a file beside the input")
    return value


def _species_label(key: str) -> str | None:
    name, _, label = key.partition(".")
    return label if name.upper() == SPECIES and label else None


def _species_rows(text: str) -> tuple[Row, ...]:
    one = card(text, SPECIES)
    rows = () if one is None else one.rows
    return tuple(row for row in rows if len(row.words) >= _N_SPECIES_WORDS)


def _species_file(text: str, label: str) -> tuple[int, int]:
    for row in _species_rows(text):
        if row.words[0] == label:
            line = text[row.start : row.end]
            match = re.match(r"\s*\S+\s+\S+\s+(\S+)", line)
            if match is not None:
                return row.start + match.start(1), row.start + match.end(1)
    raise InputRefusedError(f"{SPECIES} has no species {label}")
