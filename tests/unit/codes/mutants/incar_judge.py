"""A judge of INCAR: pymatgen says which tags there are and what they hold."""

import re
import warnings
from typing import NamedTuple

from pymatgen.io.vasp.inputs import BadIncarWarning, Incar

from tests.unit.codes.mutants.verdicts import RefusedError

_STATEMENT = re.compile(r"\s*([A-Za-z_0-9]+)\s*=\s*(.*)")
_TEXT = {"SYSTEM"}


class Statement(NamedTuple):
    """A tag with its value, as text, and its line."""

    line: int
    tag: str
    value: str


def statements(text: str) -> list[Statement]:
    """Return the statements of a text without continued lines, in order."""
    found: list[Statement] = []
    for line, row in enumerate(text.split("\n"), start=1):
        for part in re.split(r"[!#]", row)[0].split(";"):
            match = _STATEMENT.match(part)
            if match is not None:
                found.append(Statement(line, match[1].upper(), match[2].strip()))
    return found


class IncarReading(NamedTuple):
    """The lines of an INCAR, and what they say."""

    lines: list[str]
    said: list[Statement]


def judge_incar(text: str) -> IncarReading:
    """Read an INCAR; raises `RefusedError`.

    Tags and values are what pymatgen knows; besides, a tag stands once, has a value,
    and has its = sign.
    """
    found = statements(text)
    for line, row in enumerate(text.split("\n"), start=1):
        words = re.split(r"[!#;]", row)[0].split()
        if words and "=" not in row and words[0] in Incar.INCAR_PARAMS:
            raise RefusedError({line}, "no =")
    seen: dict[str, Statement] = {}
    for one in found:
        if not one.value:
            raise RefusedError({one.line}, "no value")
        before = seen.setdefault(one.tag, one)
        if before.value != one.value:
            raise RefusedError({before.line, one.line}, "one tag with two values")
    for one in seen.values():
        if one.tag not in _TEXT:
            _see(one)
    return IncarReading(text.rstrip("\n").split("\n"), found)


def _see(one: Statement) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", BadIncarWarning)
        try:
            Incar.from_str(f"{one.tag} = {one.value}\n").check_params()
        except (BadIncarWarning, ValueError) as error:
            raise RefusedError({one.line}, str(error)) from error
