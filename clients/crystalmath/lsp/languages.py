"""Which language a document is in: by the editor's word, else as files are told."""

from collections.abc import Mapping
from typing import Final, get_args

from crystalmath_protocol import languages
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


def language_of(editor_language: str, name: str, text: str) -> Language | None:
    """Return the daemon's name of the language; None if it is no input of ours."""
    said = _BY_EDITOR.get(editor_language.lower())
    return said or languages.language_of(name, text)
