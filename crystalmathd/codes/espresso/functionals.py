"""Functionals of pw.x by name, and what it makes of a name that is none.

A name that is not in its list is no error: pw.x takes the terms whose names it finds
somewhere inside, of PBEO the exchange `PBE` without the local part.

Source: XClib/qe_dft_list.f90 and Modules/funct.f90 of Quantum ESPRESSO 6.7 to 7.4.
"""

import re
from typing import Final

from crystalmathd.codes.spellings import near

_NAMED: Final = """
PZ LDA PW VWN-RPA OEP KLI HF PBE B88 BP PW91 REVPBE PBESOL BLYP OPTBK88 OPTB86B PBC
HCTH OLYP WC PW86PBE B86BPBE PBEQ2D Q2D SOGGA EV93 RPBE PBE0 B86BPBEX BHAHLYP
BHANDHLYP HSE GAUP GAUPBE B3LYP B3LYP-V1R X3LYP TPSS M06L TB09 SCAN SCAN0 R2SCAN RSCAN
PZ+META LDA+META PBE+META BEEF BEEF-VDW VDW-DF VDW-DF2 VDW-DF3-OPT1 VDW-DF3-OPT2
VDW-DF-C6 VDW-DF-C09 VDW-DF2-C09 VDW-DF-OBK8 VDW-DF-OB86 VDW-DF2-B86R VDW-DF-CX
VDW-DF-CX0 VDW-DF-CX0P VDW-DF-AHCX VDW-DF2-0 VDW-DF2-AH VDW-DF2-BR0 VDW-DF2-AHBR
VDW-DF-C090 PBE-AH PBESOL-AH RVV10 RVV10-SCAN NOX-NOC NONE
"""
_TERMED: Final = """
NOX SLA SL1 RXC OEP HF PB0X B3LP KZK NOC PZ VWN LYP PW WIG HL OBZ OBW GL NOGX B88 GGX
PBX REVX HCTH OPTX PSX WCX HSE RW86 PBE C09X SOX Q2DX GAUP PW86 B86B OBK8 OB86 EVX
B86R CX13 X3LP CX0 R860 CX0P AHCX AHF2 AHPB AHPS CX14 CX15 BR0 CX16 C090 B86X B88X
BEEX HHNX W31X W32X NOGC P86 GGC BLYP PBC PSC PBEC Q2DC BEEC TPSS M06L TB09 META SCAN
SCA0 R2SC VDW1 VDW2 VDWX VDWY VDWZ W31C W32C WC6 VV10 NONE
"""
NAMES: Final = tuple(_NAMED.split())
_TERMS: Final = tuple(_TERMED.split())
_USUAL: Final = {"HSE06": "HSE", "PBE-SOL": "PBESOL", "GGA": "PBE"}
"""What others call a functional of pw.x."""

_BY_NUMBER: Final = ("XC-", "INDEX:", "BEEF")
_BETWEEN: Final = re.compile(r"[-+ ]+")
_DISPERSION: Final = re.compile(r"(.+)[-+ ]D([23]?)")


def is_functional(name: str) -> bool:
    """Tell whether pw.x has a functional, or all terms that a name puts together."""
    upper = name.strip().upper()
    terms = [one for one in _BETWEEN.split(upper) if one]
    return (
        upper in NAMES
        or upper.startswith(_BY_NUMBER)
        or bool(terms and set(terms) <= set(_TERMS))
    )


def terms_inside(name: str) -> list[str]:
    """Return the terms that pw.x finds in a name that it does not know."""
    upper = name.upper()
    found = [one for one in _TERMS if one in upper]
    return [one for one in found if not any(one in more != one for more in found)]


def advice(name: str) -> str:
    """Return what to write in place of a name; empty if nobody can tell."""
    upper = name.strip().upper()
    match = _DISPERSION.fullmatch(upper)
    if match is not None and is_functional(match[1]):
        correction = "dft-d3" if match[2] == "3" else "grimme-d2"
        return f"write input_dft = '{match[1]}' and vdw_corr = '{correction}'"
    meant = [_USUAL[upper]] if upper in _USUAL else near(upper, NAMES)
    return f"write input_dft='{meant[0]}'" if meant else ""
