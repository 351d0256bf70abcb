"""The names of the basis sets that CRYSTAL23 carries (BASISSET), and whose they are.

Which elements each has: `coverage`.
"""

from typing import Final

NAMES: Final = (
    *("STO-3G", "STO-6G", "POB-DZVP", "POB-DZVPP", "POB-DZVP-REV2", "POB-TZVP"),
    *("POB-TZVP-REV2", "SOLDEF2MSVP", "SOL-DEF2-MSVP", "DEF2-MSVP", "DEF2-SVP"),
    *("MTZVP", "MINIX", "SOLMINIX"),
)
"""Libraries that decks name, or that were measured."""

POTENTIALS: Final = ("HAYWLC", "HAYWSC", "BARTHE", "DURAND", "STUTLC", "STUTSC")
"""Core potentials that CRYSTAL carries."""

BASIS_OF_METHOD: Final = {
    "HSESOL3C": "SOLDEF2MSVP",
    "PBESOL03C": "SOLDEF2MSVP",
    "R2SCANSOL3C": "SOLDEF2MSVP",
    "R2SCAN0SOL3C": "SOLDEF2MSVP",
    "R2SCANPOB3C": "POBTZVPREV2",
    "R2SCAN0POB3C": "POBTZVPREV2",
    "PBEH3C": "DEF2MSVP",
    "HSE3C": "DEF2MSVP",
    "HF3C": "MINIX",
    "HFSOL3C": "SOLMINIX",
    "B973C": "MTZVP",
}
"""The basis that a composite method was made with: "has to be combined with"."""


def key(name: str) -> str:
    """Return a name without case and hyphens: SOL-DEF2-MSVP is SOLDEF2MSVP."""
    return name.upper().replace("-", "").replace("_", "")


def is_known(name: str) -> bool:
    """Tell whether CRYSTAL has this name: in any case, but hyphens count."""
    return name.upper() in NAMES
