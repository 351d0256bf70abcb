"""Which language a document is in: by the editor's word, its name, or its text."""

import re
from collections.abc import Mapping
from typing import Final, get_args

from crystalmath_protocol.documents import Language

_BY_EDITOR: Final[Mapping[str, Language]] = {
    **{name: name for name in get_args(Language)},
    "crystal23": "crystal",
    "d12": "crystal",
    "d3": "crystal-properties",
    "vasp-incar": "incar",
    "vasp-poscar": "poscar",
    "vasp-kpoints": "kpoints",
    "vasp-potcar": "potcar",
    "espresso": "pwscf",
    "qe": "pwscf",
    "quantum-espresso": "pwscf",
    "pwx": "pwscf",
}
_BY_NAME: Final[tuple[tuple[re.Pattern[str], Language], ...]] = (
    (re.compile(r".+\.d12", re.IGNORECASE), "crystal"),
    (re.compile(r".+\.d3", re.IGNORECASE), "crystal-properties"),
    (re.compile(r"INCAR(?:[._-].*)?|.*\.incar"), "incar"),
    (re.compile(r"(?:POSCAR|CONTCAR)(?:[._-].*)?|.*\.(?:poscar|vasp)"), "poscar"),
    (re.compile(r"KPOINTS(?:[._-].*)?|.*\.kpoints"), "kpoints"),
    (re.compile(r"POTCAR(?:[._-].*)?"), "potcar"),
)
_PW_NAME: Final = re.compile(r".+\.(?:in|pwi|scf|nscf|relax)", re.IGNORECASE)
_PW_TEXT: Final = re.compile(
    r"^\s*&(?:control|system|electrons)\b", re.IGNORECASE | re.MULTILINE
)
_HEAD: Final = 4000
"""Characters in which the first namelist of pw.x is looked for."""


def language_of(editor_language: str, name: str, text: str) -> Language | None:
    """Return the daemon's name of the language; None if it is no input of ours.

    An editor's word counts first. `.in` is the ending of many programs' inputs: such a
    file is one of pw.x if a namelist of it stands near the top.
    """
    said = _BY_EDITOR.get(editor_language.lower())
    if said is not None:
        return said
    for pattern, language in _BY_NAME:
        if pattern.fullmatch(name):
            return language
    is_named_so = _PW_NAME.fullmatch(name) is not None or not name
    return "pwscf" if is_named_so and _PW_TEXT.search(text[:_HEAD]) else None
