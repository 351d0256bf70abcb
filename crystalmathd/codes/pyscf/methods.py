"""The Hamiltonian that a deck asks for, in the words of PySCF and libxc."""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.records import DeckError

FUNCTIONALS: Final = {
    "SVWN": "SLATER,VWN5",
    "BLYP": "B88,LYP",
    "PBE": "PBE,PBE",
    "PBEXC": "PBE,PBE",
    "PBESOLXC": "PBE_SOL,PBE_SOL",
    # CRYSTAL's B3LYP has the fifth form of Vosko, Wilk and Nusair; libxc and
    # Gaussian call that B3LYP5, their B3LYP has the third (VWN-RPA).
    "B3LYP": "B3LYP5",
    "PBE0": "PBE0",
    "PBESOL0": "0.25*HF + 0.75*PBE_SOL, PBE_SOL",
    "HSE06": "HSE06",
    "PBE0-13": "0.333333333333*HF + 0.666666666667*PBE, PBE",
    "PW1PW": "0.2*HF + 0.8*PW91, PW91",
    "WC1LYP": "0.16*HF + 0.84*GGA_X_WC, LYP",
    "SCAN": "SCAN,SCAN",
    "SCAN0": "0.25*HF + 0.75*SCAN, SCAN",
    "R2SCAN": "R2SCAN,R2SCAN",
    "R2SCANH": "0.1*HF + 0.9*R2SCAN, R2SCAN",
    "R2SCAN0": "0.25*HF + 0.75*R2SCAN, R2SCAN",
    "R2SCAN50": "0.5*HF + 0.5*R2SCAN, R2SCAN",
    "M06L": "M06L,M06L",
    "M06": "M06",
    "M062X": "M062X",
    "M06HF": "M06HF",
}
"""Stand-alone functionals: CRYSTAL's keyword → PySCF's description.

Only those whose publication leaves no choice: B3PW, B1WC, HSESOL and others have forms
that differ between programs, and no output at hand tells which is CRYSTAL's.
"""

_EXCHANGE: Final = {
    "LDA": "SLATER",
    "BECKE": "B88",
    "PBE": "PBE",
    "PBESOL": "PBE_SOL",
    "PWGGA": "PW91",
    "WCGGA": "GGA_X_WC",
}

_CORRELATION: Final = {
    "VWN": "VWN5",
    "PZ": "PZ",
    "PWLSD": "PW",
    "LYP": "LYP",
    "PBE": "PBE",
    "PBESOL": "PBE_SOL",
    "PWGGA": "PW91",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A Hamiltonian; `functional` is PySCF's, None for Hartree-Fock."""

    name: str
    functional: str | None = None


def method(deck: Deck) -> Method:
    """Return the Hamiltonian of a deck; spin is `spins.read_spin`'s.

    Raises
    ------
    DeckError
        If the DFT block names no functional, half of one, or one that is unknown.
    """
    block = deck.find("DFT")
    if block is None:
        return Method(name="RHF" if deck.find("UHF") is None else "UHF")
    alone = [word for word in block.children if word.name in FUNCTIONALS]
    parts = {
        word.name: word
        for word in block.children
        if word.name in ("EXCHANGE", "CORRELAT", "HYBRID")
    }
    if len(alone) > 1 or (alone and parts):
        extra = alone[1] if len(alone) > 1 else next(iter(parts.values()))
        raise DeckError(
            extra.line, f"{extra.written} is a second functional in one DFT block."
        )
    if alone:
        return Method(name=alone[0].name, functional=FUNCTIONALS[alone[0].name])
    return _pair(block, parts)


def _pair(block: Keyword, parts: dict[str, Keyword]) -> Method:
    if "EXCHANGE" not in parts or "CORRELAT" not in parts:
        raise DeckError(
            block.line,
            "the DFT block needs a functional, or EXCHANGE and CORRELAT together.",
        )
    exchange = _named(parts["EXCHANGE"], _EXCHANGE)
    correlation = _named(parts["CORRELAT"], _CORRELATION)
    name = f"{parts['EXCHANGE'].values[0]}-{parts['CORRELAT'].values[0]}"
    if "HYBRID" not in parts:
        return Method(name=name, functional=f"{exchange},{correlation}")
    percent = parts["HYBRID"].number(0)
    if not 0 <= percent <= 100:  # noqa: PLR2004 a percentage
        raise DeckError(parts["HYBRID"].line, f"HYBRID {percent:g} is no percentage.")
    share = percent / 100
    return Method(
        name=f"{name}-HYBRID-{percent:g}",
        functional=f"{share:.10g}*HF + {1 - share:.10g}*{exchange}, {correlation}",
    )


def _named(keyword: Keyword, table: dict[str, str]) -> str:
    name = keyword.values[0]
    if name not in table:
        raise DeckError(
            keyword.line,
            f"{keyword.written} {name} is not one that the embedded engine has "
            f"({', '.join(table)}).",
        )
    return table[name]
