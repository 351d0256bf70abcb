"""One check of an input text for every code: in editors and before a job is submitted.

Pure and quick; what is found has stable codes and exact places.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

from crystalmathd.codes.crystal import check as crystal
from crystalmathd.codes.espresso import check as espresso
from crystalmathd.codes.places import Places
from crystalmathd.codes.vasp import check as vasp
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

_ORDER: Final = {ERROR: 0, WARNING: 1, NOTE: 2}
_LONGEST: Final = 20_000_000
_BLANKS: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ODD_BLANK: Final = re.compile(rf"(?:(?<=[\d.])([{_BLANKS}])|([{_BLANKS}])(?=[-+.\d]))")
_MOST_FINDINGS: Final = 200
"""More help nobody; rubbish would give one a line."""


class Asked(NamedTuple):
    """What `check` was asked, for the checker of one code."""

    program: str
    name: str
    text: str
    beside: Mapping[str, bytes]
    deep: bool


def check(
    code: str,
    program: str,
    name: str,
    text: str,
    beside: Mapping[str, bytes],
    *,
    deep: bool = False,
) -> tuple[InputFinding, ...]:
    """Return what a person should know about an input before it runs, by line.

    Parameters
    ----------
    code, program
        As in `codes`; a program whose inputs are not known gives nothing.
    name
        The file's name: it decides between INCAR, POSCAR, KPOINTS and POTCAR.
    beside
        The other files of the job, name → content; they decide about species and
        about files that are read.
    deep
        Also apply the symmetry (CRYSTAL), which needs numpy and spglib and takes
        longer.

    Raises
    ------
    ModuleNotFoundError
        If `deep` is asked for where numpy or spglib is not installed; nothing is ever
        raised for the content of a file.
    """
    checker = _CHECKERS.get(code)
    if checker is None:
        return ()
    if "\0" in text[:_LONGEST] or len(text) > _LONGEST:
        return (_not_text(name, text),)
    found = list(
        islice(checker(Asked(program, name, text, beside, deep)), _MOST_FINDINGS)
    )
    found += _odd_blanks(name, text)
    found.sort(key=lambda one: (one.line or 0, _ORDER.get(one.severity, 3)))
    return tuple(dict.fromkeys(replace(one, file=name) for one in found))


def _not_text(name: str, text: str) -> InputFinding:
    at = text.find("\0")
    message = (
        "This is no text: it holds NUL characters. UTF-16? Inputs are read as UTF-8."
        if at >= 0
        else "This is too long for an input: it was not checked."
    )
    places = Places(text[: max(at, 0)], name)
    return places.at(len(places.lines), "file.not-text", ERROR, message)


def _odd_blanks(name: str, text: str) -> Iterator[InputFinding]:
    """Yield the first number with a blank beside it that only looks like one.

    Python parts words there and our readers go on; Fortran takes it for a letter.
    """
    if text.isascii():
        return
    for match in _ODD_BLANK.finditer(text, max(text.find("\n"), 0)):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "#" in line or "!" in line:
            continue
        yield Places(text, name).span(
            match.start(),
            match.end(),
            "text.blank",
            WARNING,
            f"The blank at this number is none (U+{ord(match[1] or match[2]):04X}), as"
            " in text that was copied from a document: programs stop at it.",
            fix="write a blank in its place",
        )
        return


def _crystal(asked: Asked) -> Iterator[InputFinding]:
    if asked.program in {"properties", "Pproperties"}:
        return crystal.check_properties(asked.name, asked.text)
    return crystal.check_deck(asked.name, asked.text, asked.beside, deep=asked.deep)


def _vasp(asked: Asked) -> Iterator[InputFinding]:
    return vasp.check_input(asked.name, asked.text, asked.beside)


def _espresso(asked: Asked) -> Iterator[InputFinding]:
    return espresso.check_input(asked.program, asked.name, asked.text, asked.beside)


_CHECKERS: Final[dict[str, Callable[[Asked], Iterator[InputFinding]]]] = {
    "crystal": _crystal,
    "vasp": _vasp,
    "espresso": _espresso,
}
