"""Which keys and namelists of pw.x misspelt ones stand for.

What is misspelt is told where it stands, and not once more as missing.
"""

import re
from collections.abc import Iterable
from typing import Final

from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.spellings import near

_NAME: Final = re.compile(r"\b([a-z]\w*)\s*(\[[^\]=]*\]\s*)?=", re.IGNORECASE)
_LATTICE: Final = "celldm"


def meant(names: Iterable[str], known: Iterable[str]) -> set[str]:
    """Return the known names that those which are not known are near to."""
    known = tuple(known)
    return {
        close for name in set(names).difference(known) for close in near(name, known)
    }


def is_celldm_misspelt(lines: Iterable[str]) -> bool:
    """Tell whether a line has `celldm1 =`, `celdm(1) =` or `celldm[1] =`."""
    found = {
        (match[1].lower(), match[2] is not None)
        for line in lines
        if "=" in line
        for match in _NAME.finditer(line.partition("!")[0].replace("(1)", ""))
    }
    bare = {name for name, is_indexed in found if not is_indexed}
    return (_LATTICE, True) in found or bool(
        meant(bare.difference(keys()), (_LATTICE,))
    )
