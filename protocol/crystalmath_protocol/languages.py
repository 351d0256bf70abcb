"""Which language an input is in, by its name or by what stands at its top.

The one rule of daemon, language server and command; the plugins of editors say the same
in their own words.
"""

import re
from collections.abc import Mapping
from typing import Final

from crystalmath_protocol.documents import Language

_BY_ENDING: Final[Mapping[str, Language]] = {
    ".d12": "crystal",
    ".d3": "crystal-properties",
    ".pwi": "pwscf",
    ".pw.in": "pwscf",
    ".incar": "incar",
    ".poscar": "poscar",
    ".contcar": "poscar",
    ".vasp": "poscar",
    ".kpoints": "kpoints",
    ".potcar": "potcar",
}
_BY_BEGINNING: Final[Mapping[str, Language]] = {
    "INCAR": "incar",
    "POSCAR": "poscar",
    "CONTCAR": "poscar",
    "KPOINTS": "kpoints",
    "POTCAR": "potcar",
}
_BEGINNING: Final = re.compile(rf"({'|'.join(_BY_BEGINNING)})(?:[._-]|$)")
"""`INCAR`, `INCAR.relax`, `KPOINTS_bands`, but not `INCARNATION` or `incar.py`."""

_OF_OTHER_KINDS: Final = re.compile(
    r"\.(?:txt|md|rst|py|sh|jsonl?|ya?ml|toml|csv|html?|xml|png|svg|pdf|cif|xyz|log|out"
    r"|gz|bz2|xz|zst|zip|tar|h5|npy|ipynb)$"
)
"""Endings that stand above a beginning: `INCAR-notes.txt`, `POSCAR.gz`."""


_ENDINGS_OF_MANY: Final = (".in", ".inp", ".scf", ".nscf", ".relax")
_PW_TEXT: Final = re.compile(
    r"^[ \t]*&(?:control|system|electrons)\b", re.IGNORECASE | re.MULTILINE
)
HEAD: Final = 4000
"""Characters in which the first namelist of pw.x is looked for."""

CODE_OF: Final[Mapping[Language, str]] = {
    "crystal": "crystal",
    "crystal-properties": "crystal",
    "incar": "vasp",
    "poscar": "vasp",
    "kpoints": "vasp",
    "potcar": "vasp",
    "pwscf": "espresso",
}
"""The code that reads inputs of a language."""


def language_of(name: str, text: str) -> Language | None:
    """Return the language of a file; None if it is no input of ours.

    Endings that many programs' inputs have, and names without one, leave it to the
    text: an input of pw.x has one of its namelists near the top.
    """
    lower = name.lower()
    for ending, language in _BY_ENDING.items():
        if lower.endswith(ending):
            return language
    beginning = _BEGINNING.match(name)
    if beginning is not None and _OF_OTHER_KINDS.search(lower) is None:
        return _BY_BEGINNING[beginning[1]]
    is_open = lower.endswith(_ENDINGS_OF_MANY) or "." not in lower
    return "pwscf" if is_open and _PW_TEXT.search(text[:HEAD]) else None
