"""Which keywords stand in which block of a CRYSTAL input, and what data follow them.

Each line holds the shape of the data, then the keywords that have it.

=========  ============================================================
``-``      no data
``iir``    one READ of that many values: i integer, r real, a word
``;``      the next READ, which starts on a new record
``N*ii``   as many READs of that shape as the last integer says
``N:ii``   one READ of that many times the shape
``?``      all records that start with a number: uncertain shape
``{opt}``  a sub-block with its own END
``title``  one record of any text
``here``   an integer, behind the keyword on its record or on the next one
``matrix`` as many records of as many numbers as the structure has dimensions
``shrink`` two integers, and three more if the first is 0
``band``   as many records as the second value says: six integers, or two labels
``doss``   an energy range, if bands are negative, and as many lists as the first says
=========  ============================================================

Sources: keyword tables of CRYSTALpytools (base/crysd12.py, propd3.py), and decks that
ran in CRYSTAL06 to CRYSTAL23. Where decks and tables differ, the decks are followed.
"""

import re
from typing import Final

_PRINTING: Final = """
-           SYMMOPS SYMMDIR PRSYMDIR ATOMSYMM NOPRINT PARAMPRT STOP
i;N:ii      SETINF SETPRINT
{printout}  PRINTOUT
"""

_GEOMETRY: Final = """
matrix      SUPERCEL SUPERCELL SUPERCON SCELCONF SCELPHONO
?           ATOMROT USESAED REDEFLAT ROTCRY NANOROD NANOCRYS CLUSTER MOLEXP ANGLES
?           POINTCHG FIELD FIELDCON
iir         ATOMBSSE
i;N*irrr    ATOMDISP ATOMINSE
-           ATOMORDE EXTPRT CIFPRT CIFPRTSYM COORPRT TESTGEOM ANGSTROM BOHR FRACTION
-           BOHRCR98 BREAKSYM BREAKELAS KEEPSYMM PURIFY SYMMREMO TRASREMO MAKESAED
-           NOSHIFT ORIGIN PRIMITIV MOLSPLIT ATOMS LATVEC MOLDRAW FINDSYM STRUCPRT
-           GAUSS98 SMALLDIST TESTPDIM
i;N:i       ATOMREMO ATOMFREE
i;N*ii      ATOMSUBS
i;matrix    ELASTIC
{optgeom}   OPTGEOM
{freqcalc}  FREQCALC
r           BOHRANGS
i;N:ii      MODISYMM
i           TENSOR CLUSTSIZE NEIGHBOR NEIGHPRT
iii         SLABINFO
iii;ii      SLABCUT SLAB
ii          NANOTUBE SWCNT
i;N*iir     HYDROSUB
i;N*iiii    MOLECULE
i;N*iiii;ir MOLEBSSE
i;N*ir      RAYCOV
{conf}      CONFCNT CONFRAND RUNCONFS
{elastcon}  ELASTCON ELAPIEZO PIEZOCON PHOTOELA
{eos}       EOS
{qha}       QHA
i;{anharm}  ANHARM
{cphf}      CPHF CPKS
"""

_OPTGEOM: Final = """
-           FULLOPTG CELLONLY ATOMONLY INTREDUN ITATOCEL CVOLOPT HESSIDEN HESSMOD1
-           HESSMOD2 HESSNUM HESSOPT RESTART ALLOWTRUSTR NOTRUSTR ONELOG NOXYZ
-           NOSYMMOPS PRINTFORCES PRINTHESS PRINTOPT PRINT TSOPT CHNGTSFOL NUMGRCEL
-           NUMGRATO NUMGRALL BFGS POWELL SCHLEGEL OLDCG NOGUESS CRYDEF
r           TOLDEG TOLDEX EXTPRESS MAXTRADIUS TRUSTRADIUS STEPSIZE FIXDELTX
i           TOLDEE MAXCYCLE FINALRUN MODEFOLLOW PATHFOLLOW FIXDELTE FIXDEIND FIXCELL
i           NRSTEPS
i;N:i       FRAGMENT ATOMFREE
rrr;rrr;rrr EXTSTRESS
ii          FITTOPATH
iri         SCANATOM SCANREDU
i;N*ii      LNGSFROZEN
i;N*iii     ANGSFROZEN
i;N*iiii    DIHSFROZEN
?           FREEZINT FREEZDIH
"""

_FREQCALC: Final = """
-           NOOPTGEOM DISPERSION DISPERSI RESTART MODES NOMODES INTENS NOINTENS INTPOL
-           INTLOC INTRAMAN ANALYSIS NOANALYSIS NOECKART NOKSYMDISP NORMBORN USESYMM
-           TEST TESTFREQ PRINT
{optgeom}   PREOPTGEOM
ii;i;?      BANDS
i           NUMDERIV MULTITASK
r           STEPSIZE DIELISO
irr         PRESSURE TEMPERAT
{cphf}      INTCPHF
{spectrum}  IRSPEC RAMSPEC
rrrrrrrrr   DIELTENS
ri;i        PDOS
i;N*ir      ISOTOPES
i;N:i       FRAGMENT
iiir;?      SCANMODE
{combmode}  COMBMODE
i;N:i;ir    ANHAPES
-           RESTPES VSCF
i           VSCFTOL VSCFMIX
ii;i        VCI
iii         INS
r           BETAVIB
rr          RAMANEXP
ii          ADP
"""

_CPHF: Final = """
i           FMIXING FMIXING2 MAXCYCLE MAXCYCLE2 TOLALPHA TOLGAMMA
-           ANDERSON THIRD FOURTH RESTART NODIIS DIIS
rii         BROYDEN
i;N:r       DYNAMIC
r           DAMPING
"""

_ELASTCON: Final = """
i           NUMDERIV
r           STEPSIZE PRESSURE TOLDEG TOLDEX
-           RESTART RESTART2 PREOPTGEOM PRINT CLAMPION NOCLAMP
"""

_EOS: Final = """
rri         RANGE
-           RESTART2 PRINT FIXINDEX
r           PRESSURE
"""

_QHA: Final = """
irr         TEMPERAT PRESSURE
r           STEP
i           POINTS
-           RESTART
"""

_SPECTRUM: Final = """
rr          RANGE
r           LENSTEP DAMPFAC ANGLE
i           NUMSTEP
-           GAUSS VOIGT REFRIND DIELFUN
"""

_BASIS: Final = """
i;N:i       GHOSTS
-           CHARGED
?           CHEMOD
"""

_SCF: Final = """
-           RHF UHF GCPAUTO GUESSP GUESSPAT NOBIPOLA NOBIPCOU NOBIPEXC DIIS NODIIS
-           DIISALLK SLOSHING PRTDIIS ANDERSON PPAN GRADCAL POSTSCF EXCHANGE REPLDATA
-           STDIAG FIXINDEX SCFDIR NODIRECT NOMONDIR MONDIR SEMIDIR NOSHIFT MPP LOWMEM
-           NOLOWMEM MEMOPRT SAVEWF NOSAVEWF SAVEPRED NOFMWF EXCHPERM NOSYMADA EIGS
-           KSYMMPRT NEIGHPRT EXCHGENE FULLTIME MP2 TESTPDIM TESTRUN TEST
i           ROHF TOLDEE TOLDEP MAXCYCLE LDREMO TOLPSEUD BIPOSIZE EXCHSIZE FMIXING
i           HISTDIIS MADELIND POLEORDR ILASIZE INTGPACK
{dft}       DFT
{hf3c}      HF3C HFSOL3C
{dftd3}     DFTD3
{gcp}       GCP
i;N:ii      ATOMSPIN
r           SMEAR THREDIIS THRKDIIS SLOSHFAC CMPLXFAC DOPING
ii          LEVSHIFT BIPOLAR SPINLOCK SPINLOC2 BETALOCK
shrink      SHRINK
iiiii       TOLINTEG
rii         BROYDEN
i;N:i       SPINEDIT
?           EIGSHIFT

rrr;i;N*irr GRIMME
{spinorbit} SPINORBIT TWOCOMPON
"""

_DFT: Final = """
-           SVWN BLYP PBE PBEXC PBESOLXC SOGGAXC SOGGA11 B3PW B3LYP PBE0 PBESOL0 B1WC
-           WC1LYP B97H PBE0-13 SOGGA11X MPW1PW91 MPW1K HSE06 HSESOL SC-BLYP HISS
-           RSHXLDA WB97 WB97X LC-WPBE LC-WPBESOL LC-WBLYP LC-BLYP CAM-B3LYP LC-PBE
-           M06L REVM06L MN15L SCAN R2SCAN B1B95 MPW1B95 MPW1B1K PW6B95 PWB6K M05
-           M052X M06 M062X M06HF MN15 REVM06 SCAN0 R2SCANH R2SCAN0 R2SCAN50 BLYP-D3
-           PBE-D3 B97-D3 B3LYP-D3 PBE0-D3 PW1PW-D3 M06-D3 HSE06-D3 HSESOL-D3
-           LC-WPBE-D3 PBEH3C HSE3C B973C PBESOL03C HSESOL3C PW1PW R2SCANSOL3C
-           R2SCANPOB3C R2SCAN0SOL3C R2SCAN0POB3C SPIN OLDGRID LGRID XLGRID XXLGRID
-           XXXLGRID HUGEGRID BECKE SAVIN DISTGRID RADSAFE NUMERICA
a           EXCHANGE CORRELAT
r           HYBRID SR-OMEGA MR-OMEGA LR-OMEGA SR-HYB-WB97X
rr          NONLOCAL
rrr         LSRSH-PBE
i;N:r;N:i   RADIAL ANGULAR
i           TOLLDENS TOLLGRID BATCHPNT CHUNKS LIMBEK BASIS
"""

_DFTD3: Final = """
here        VERSION
a           FUNC FUNCTIONAL
-           ABC PRINTC6
r           S6 S8 A1 A2 RS6 RS8 CNRADIUS ABCRADIUS
?           RADIUS
"""

_GCP: Final = """
a           METHOD
r           SIGMA ALPHA BETA ETA
?           RADIUS
-           PRINTEMISS
"""
_PROPERTIES: Final = """
-           RDFMWF PPAN HIRSHCHG NOSYMADA PSCF PGEOMW SPOLBP SPOLWF DIEL FMWF INFOGUI
-           CRYAPI_OUT COORPRT EXTPRT CIFPRT ANGSTROM BOHR FRACTION
shrink;ii;? NEWK
title;iiiiiii;band BAND
iiiiiii;doss DOSS
iiiiiii;?   COOP COHP
i;i;{grid2d} ECHG
ii;i;{grid2d} POTM
?;{grid2d}  CLAS
i           ECH3 COMMENS
?           POT3 POTC ANBD EMDLDM XFAC XRDSPEC RANGE SCALE
?;{prof}    PROF
ii          PATO BWIDTH
i;N:i       PBAN
rr          PDIDE
rrrr;i      KINETEMD
iii         POLI POLSPIN
a;?         ANISOTRO ISOTROPIC
{edft}      EDFT ADFT ACOR ENECOR
{boltztra}  BOLTZTRA
{topo}      TOPO
{localwf}   LOCALWF
"""

_GRID: Final = """
rrr;rrr;rrr COORDINA
iiii;iiii;iiii ATOMS
rrrr        MARGINS
-           RECTANGU PRINT ANGSTROM BOHR FRACTION
"""

_BOLTZTRA: Final = """
rrr         TRANGE MURANGE TDFRANGE
r           RELAXTIM SMEAR
i           SMEARTYP
"""
_LEAVE_ATOMS: Final = """
SYMMOPS SYMMDIR PRSYMDIR ATOMSYMM NOPRINT PARAMPRT SETPRINT SETINF PRINTOUT EXTPRT
CIFPRT CIFPRTSYM COORPRT NEIGHBOR NEIGHPRT RAYCOV ATOMS LATVEC MOLDRAW FINDSYM STRUCPRT
GAUSS98 ANGSTROM BOHR FRACTION TENSOR SMALLDIST BREAKSYM KEEPSYMM MODISYMM BREAKELAS
TESTGEOM TESTPDIM OPTGEOM FREQCALC ANHARM ELASTCON ELAPIEZO PIEZOCON PHOTOELA EOS QHA
CPHF CPKS ATOMFREE NOSHIFT
"""
LEAVE_ATOMS: Final = frozenset(_LEAVE_ATOMS.split())
"""Geometry keywords that leave cell and atoms as the head of the deck says them."""

_SIGNIFICANT: Final = 8
"""Characters of a keyword that count."""


DISPERSION: Final = re.compile(r"(.+?)-?(D|D[234][-A-Z0-9()]*)")
"""A functional and its dispersion, as names in texts have them."""


def _shapes(*tables: str) -> dict[str, str]:
    lines = [line.split() for table in tables for line in table.split("\n")]
    return {
        word: "" if line[0] == "-" else line[0] for line in lines for word in line[1:]
    }


BLOCKS: Final[dict[str, dict[str, str]]] = {
    "geometry": _shapes(_PRINTING, _GEOMETRY),
    "optgeom": _shapes(_OPTGEOM),
    "freqcalc": _shapes(_FREQCALC),
    "cphf": _shapes(_CPHF),
    "spectrum": _shapes(_SPECTRUM),
    "elastcon": _shapes(_ELASTCON),
    "eos": _shapes(_EOS),
    "qha": _shapes(_QHA),
    "basis": _shapes(_PRINTING, _BASIS),
    "scf": _shapes(_PRINTING, _SCF),
    "dft": _shapes(_DFT),
    "hf3c": _shapes("r RESCALES8 SCALEGCP"),
    "dftd3": _shapes(_DFTD3),
    "gcp": _shapes(_GCP),
    "properties": _shapes(_PRINTING, _PROPERTIES),
    "grid2d": _shapes(_GRID),
    "boltztra": _shapes(_BOLTZTRA),
}
"""Block → keyword → shape of its data. Blocks that are not here have no known words."""

PROPERTY_BLOCKS: Final = ("properties", "grid2d", "boltztra")
"""Those of an input of properties; all others are of decks."""


def spelling(block: str, word: str) -> str | None:
    """Return the keyword that CRYSTAL takes `word` for, None if it knows none.

    Only the first eight characters of most keywords count (MAXCYCLES and SUPERCELL
    ran), but some names differ only behind the eighth: the exact word goes first.
    """
    words = BLOCKS.get(block, {})
    if word in words or len(word) < _SIGNIFICANT:
        return word if word in words else None
    # No deck shows B3LYP-D3BJ or PBESOLXC-D3 to run, which would be another method.
    is_whole = block == "dft" and DISPERSION.fullmatch(word)
    return None if is_whole else same_start(block, word)


def same_start(block: str, word: str) -> str | None:
    """Return the keyword with the first eight characters of a word that has as many."""
    start = word[:_SIGNIFICANT]
    words = BLOCKS.get(block, {}) if len(word) >= _SIGNIFICANT else {}
    return next((known for known in words if known[:_SIGNIFICANT] == start), None)
