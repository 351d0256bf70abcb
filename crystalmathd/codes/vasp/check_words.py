"""Words and logicals of INCAR that VASP reads all the same, and not as they are meant.

VASP looks at the first letters of most words and passes over the others: a slip there
stops nothing, and may be another method. Source: vasp.at wiki, pages of the tags.
"""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.incar import Tag
from crystalmathd.codes.vasp.incar_tags import TagFacts
from crystalmathd.models.inputs import WARNING, InputFinding

_LOGICAL: Final = re.compile(r"\.?(?:T|TRUE|F|FALSE)\.?", re.IGNORECASE)
_LOGICALS: Final = ("TRUE", "FALSE")
_BEHIND: Final = re.compile(r"[,;:!#'\"].*$")
"""What may be run together with a word: the sign of a list, or of a remark."""

_KNOWN: Final = {
    "ALGO": (
        *("Normal", "VeryFast", "Very_Fast", "Fast", "Conjugate", "All", "Damped"),
        *("Subrot", "Eigenval", "Exact", "None", "Nothing", "CHI", "G0W0", "GW0", "GW"),
        *("scGW0", "scGW", "G0W0R", "GW0R", "GWR", "scGW0R", "scGWR", "EVGW0", "EVGW"),
        *("QPGW0", "QPGW", "EVGW0R", "EVGWR", "QPGW0R", "QPGWR", "TDHF", "BSE"),
        *("TIMEEV", "ACFDT", "ACFDTR", "ACFDTRK", "RPA", "RPAR", "RPARK", "CRPA"),
        *("CRPAR", "2E4W", "2E4WA", "MP2"),
    ),
    "PREC": ("Low", "Medium", "High", "Normal", "Single", "SingleN", "Accurate"),
    "PRECFOCK": ("Low", "Medium", "Fast", "Normal", "Accurate", "Soft"),
    "LREAL": ("Auto", "Automatic", "On", ".FALSE.", ".TRUE."),
    "GGA": (
        *("91", "PE", "RP", "PS", "AM", "RE", "HL", "CA", "PZ", "WI", "VW", "PB", "PW"),
        *("LM", "B3", "B5", "BF", "CO", "CX", "OR", "BO", "MK", "ML", "RA", "PL", "03"),
        *("05", "10", "20", "LI", "--"),
    ),
    "METAGGA": (
        *("TPSS", "RTPSS", "M06L", "MBJ", "LMBJ", "SCAN", "RSCAN", "R2SCAN", "SCANL"),
        *("RSCANL", "R2SCANL", "MS0", "MS1", "MS2", "OFR2", "LIBXC", "HLE17", "TASK"),
        *("LAK", "NONE", "--"),
    ),
}
_READ: Final = {
    "ALGO": {
        "N": "Normal",
        "V": "VeryFast",
        "F": "Fast",
        "C": "Conjugate",
        "A": "All",
        "D": "Damped",
        "S": "Subrot",
        "E": "Eigenval or Exact",
    },
    "PREC": {
        "L": "Low",
        "M": "Medium",
        "H": "High",
        "N": "Normal",
        "S": "Single",
        "A": "Accurate",
    },
    "PRECFOCK": {
        "L": "Low",
        "M": "Medium",
        "F": "Fast",
        "N": "Normal",
        "A": "Accurate",
        "S": "Soft",
    },
    "LREAL": {"A": "Auto", "O": "On", "T": ".TRUE.", "F": ".FALSE."},
}
"""Tag → first letter → what VASP makes of a word that begins with it."""

_FUNCTIONALS: Final = {"PBE": "PE", "PBESOL": "PS", "RPBE": "RP", "REVPBE": "RE"}
"""Names that people write, and the two letters that VASP has for them."""


def word_findings(tag: Tag, facts: TagFacts, places: Places) -> Iterator[InputFinding]:
    """Yield what VASP makes of a misspelt word, where it does not stop at it."""
    words = incar.words(tag.value)
    word = _BEHIND.sub("", words[0]) if words else ""
    if not word:
        return
    message, fix = _said(word, facts)
    if message:
        start = tag.value_start
        yield places.span(
            start,
            start + len(word),
            "incar.option",
            WARNING,
            message,
            fix=f"write {fix}" if fix else "",
            source=facts.source,
        )


def _said(word: str, facts: TagFacts) -> tuple[str, str]:
    if facts.type == "l":
        return _of_logical(word, facts)
    if facts.name == "GGA":
        return _of_functional(word)
    known = _KNOWN.get(facts.name, facts.options)
    is_logical = facts.name == "LREAL" and _LOGICAL.fullmatch(word) is not None
    if is_logical or _is_one(word, known):
        return "", ""
    close = near(word.upper(), [one.upper() for one in known])
    fix = next((one for one in known if close and one.upper() == close[0]), "")
    if facts.name in _READ:
        return _by_letter(word, facts, fix)
    if not known or (facts.name == "METAGGA" and not fix):
        return "", ""  # a title, or one of the many that new versions bring
    message = f"{shown(word)} is no {facts.name} that is documented."
    return message, fix


def _is_one(word: str, known: tuple[str, ...]) -> bool:
    """Tell whether a word is one of those known, or the beginning of one."""
    return any(one.upper().startswith(word.upper()) for one in known)


def _by_letter(word: str, facts: TagFacts, fix: str) -> tuple[str, str]:
    read = _READ[facts.name].get(word.lstrip(".")[:1].upper())
    if read is None:
        default = facts.default or "its default"
        also = f"VASP may go on with {default}"
    else:
        also = f"VASP goes by its first letter, which means {read} here"
    return f"{facts.name} has no {shown(word)}: {also}.", fix or (read or "").partition(
        " or "
    )[0]


def _of_logical(word: str, facts: TagFacts) -> tuple[str, str]:
    if _LOGICAL.fullmatch(word) or _LOGICAL.match(word) is None:
        return "", ""  # VASP stops at what begins with neither letter
    bare = word.strip(".").upper()
    read = ".TRUE." if bare[:1] == "T" else ".FALSE."
    close = near(bare, _LOGICALS)
    message = (
        f"{facts.name} has neither .TRUE. nor .FALSE. but {shown(word)}: VASP goes by"
        f" its first letter, which means {read} here."
    )
    return message, f".{close[0]}." if close else read


def _of_functional(word: str) -> tuple[str, str]:
    bare = word.upper()
    meant = _FUNCTIONALS.get(bare)
    if meant is not None:
        means = ", Perdew-Becke" if bare[:2] == "PB" else ""
        message = f"VASP reads two letters of GGA: {shown(word)} is {bare[:2]}{means}."
        return (message, meant) if bare[:2] != meant else ("", "")
    if bare[:2] in _KNOWN["GGA"]:
        return "", ""
    return f"{shown(word)} is no GGA that is documented.", ""
