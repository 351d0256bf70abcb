"""Every documented tag of INCAR: its type, its default, what it may be, what it does.

The tables are in `incar_tags_main` and `incar_tags_special`; a line is the name, the
type, the default (`-`: none, or one that depends on other things), the values it may
have in braces if they are few, and a description. Types: l logical, i integer,
r number, s word, I and R lists of integers and numbers, x anything.

Sources: names, types and options from pymatgen's table (io/vasp/incar_parameters.json,
MIT licence), which follows the tags of vasp.at's wiki; tags of VTST from its pages.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from crystalmathd.codes.vasp.incar_tags_main import MAIN
from crystalmathd.codes.vasp.incar_tags_special import SPECIAL

_LINE: Final = re.compile(r"(\S+) ([lirsIRx]) (\S+)(?: \{(.*?)\})? (\S.*)")
WIKI: Final = "https://www.vasp.at/wiki/index.php/"

_PRINTED: Final = """
AVECCONST DAMP_NEWTON DEG_THRESHOLD DFIELD DIM EFERMI EREF EXXOEP FOURORBIT HFALPHA
IALL_IN_ONE IBSE IDIOT IRESTART ISPECIAL IVDW_NL KBLOWUP KINTER KPOINTS_OPT_MODE L2ORDER
LALL_IN_ONE LDMP1 LESF_SPLINES LFOCKACE LGWLF LHOLEGF LMAXMP2 LMP2LT LREAL_COMPAT
LSPIN_VDW LTCTC MAGDIPOL MCALPHA MODEL_ALPHA MODEL_EPS0 MODEL_GW MREMOVE NATURALO
NBANDSGWLOW NBANDSHIGH NBANDSLF NBANDSLOW NBANDS_WAVE NELMHF NKREDLFX NKREDLFY NKREDLFZ
NMIN NREBOOT NRMM OFIELD_K OMEGAGRID OMEGAPAR OPTEMAX PARAM3 RTIME SCALEE SCISSOR TAUPAR
TELESCOPE TURBO WPLASMA
"""
UNDOCUMENTED: Final = frozenset(_PRINTED.split())
"""Tags without a page that VASP 5 and 6 print among the parameters of vasprun.xml."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TagFacts:
    """`options`: the values that it may have, in capitals; empty if there are many."""

    name: str
    type: str
    default: str | None
    options: tuple[str, ...]
    description: str

    @property
    def source(self) -> str:
        return WIKI + self.name


@cache
def tags() -> dict[str, TagFacts]:
    """Return the facts by name, in capitals."""
    found = {}
    for line in (MAIN + SPECIAL).strip().split("\n"):
        match = _LINE.fullmatch(line)
        if match is not None:
            name, type_, default, options, description = match.groups()
            found[name] = TagFacts(
                name=name,
                type=type_,
                default=None if default == "-" else default,
                options=tuple((options or "").upper().split()),
                description=description,
            )
    return found
