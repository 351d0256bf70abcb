"""Which format a file with a structure has, from its content and its name."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes import CODES

CIF: Final = "cif"
POSCAR: Final = "poscar"
GUI: Final = "gui"
D12: Final = "d12"
PW_INPUT: Final = "pw"
XYZ: Final = "xyz"
JSON: Final = "json"
OUTPUT: Final = "output"
FORMATS: Final = (CIF, POSCAR, GUI, D12, PW_INPUT, XYZ, JSON, OUTPUT)

HEAD_BYTES: Final = 64 << 10
_SYNONYMS: Final = {
    "contcar": POSCAR,
    "vasp": POSCAR,
    "fort.34": GUI,
    "extxyz": XYZ,
    "mcif": CIF,
    "crystal": D12,
    "espresso": PW_INPUT,
    "pwi": PW_INPUT,
    "vasprun": OUTPUT,
    "out": OUTPUT,
}
_SUFFIXES: Final = {
    ".cif": CIF,
    ".mcif": CIF,
    ".vasp": POSCAR,
    ".poscar": POSCAR,
    ".contcar": POSCAR,
    ".gui": GUI,
    ".f34": GUI,
    ".d12": D12,
    ".pwi": PW_INPUT,
    ".xyz": XYZ,
    ".extxyz": XYZ,
    ".json": JSON,
    ".out": OUTPUT,
    ".outp": OUTPUT,
    ".xml": OUTPUT,
}
_KINDS_OF_DECK: Final = frozenset(
    {"CRYSTAL", "SLAB", "POLYMER", "HELIX", "MOLECULE", "EXTERNAL", "DLVINPUT"}
)
_CIF: Final = re.compile(
    r"^data_\S*\s*$|^_atom_site[_.]|^_cell[_.]length", re.MULTILINE | re.IGNORECASE
)
_PW: Final = re.compile(
    r"^\s*&(?:control|system)\b|^\s*ATOMIC_POSITIONS\b", re.MULTILINE | re.IGNORECASE
)
_AXES: Final = 3


def named_format(word: str) -> str | None:
    """Return the format that a word of a person means; None: there is no such one."""
    lower = word.lower().removeprefix(".")
    return lower if lower in FORMATS else _SYNONYMS.get(lower)


def guessed_format(name: str, head: str) -> str | None:
    """Return the format; the content counts more than the name. None: none known."""
    for form, is_it in _TESTS:
        if is_it(head):
            return form
    if output_code(name, head) is not None:
        return OUTPUT
    lines = head.splitlines()
    for form, fits in _LINE_TESTS:
        if fits(lines):
            return form
    return _format_of_name(name)


def output_code(name: str, head: str) -> tuple[str, str] | None:
    """Return code and program if this is a main output of a code."""
    data = head.encode()
    for code in CODES.values():
        program = code.recognise(name, data)
        if program is not None:
            return code.name, program
    return None


def _format_of_name(name: str) -> str | None:
    path = PurePosixPath(name)
    if path.name.upper().startswith(("POSCAR", "CONTCAR")):
        return POSCAR
    if path.name.lower().startswith("fort.34"):
        return GUI
    return _SUFFIXES.get(path.suffix.lower())


def _is_json(head: str) -> bool:
    return head.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}


def _is_deck(lines: Sequence[str]) -> bool:
    return len(lines) > 1 and lines[1].strip().upper() in _KINDS_OF_DECK


def _is_xyz(lines: Sequence[str]) -> bool:
    if len(lines) < _AXES or not lines[0].strip().isdecimal():
        return False
    if "Lattice=" in lines[1] or "Properties=" in lines[1]:
        return True
    words = lines[2].split()
    return len(words) > _AXES and words[0][:1].isalnum() and _are_numbers(words[1:4])


def _is_gui(lines: Sequence[str]) -> bool:
    words = [line.split() for line in lines[:4]]
    if len(words) < 4 or len(words[0]) < _AXES:  # noqa: PLR2004 - a line and three vectors
        return False
    is_head = all(word.isdecimal() for word in words[0][:3]) and words[0][0] in "0123"
    return is_head and all(len(w) == _AXES and _are_numbers(w) for w in words[1:])


def _is_poscar(lines: Sequence[str]) -> bool:
    words = [line.split() for line in lines[1:5]]
    if len(words) < 4 or not _are_numbers(words[0][:1]):  # noqa: PLR2004 - as above
        return False
    return all(len(w) >= _AXES and _are_numbers(w[:3]) for w in words[1:])


def _are_numbers(words: Sequence[str]) -> bool:
    try:
        values = [float(word.replace("D", "E").replace("d", "e")) for word in words]
    except ValueError:
        return False
    return bool(values)


_TESTS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    (JSON, _is_json),
    (CIF, lambda head: _CIF.search(head) is not None),
)
_LINE_TESTS: Final[tuple[tuple[str, Callable[[Sequence[str]], bool]], ...]] = (
    (D12, _is_deck),
    (PW_INPUT, lambda lines: _PW.search("\n".join(lines)) is not None),
    (XYZ, _is_xyz),
    (GUI, _is_gui),
    (POSCAR, _is_poscar),
)
