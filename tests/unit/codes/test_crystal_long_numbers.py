"""Digits without an end are no number: no reader raises for them."""

from contextlib import suppress

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.diagnosis import find

DIGITS = "7" * 5000
"""Python refuses to make an integer of more than 4300."""

CRYSTAL_LINES = f"""
 *                              CRYSTAL17                                      *
 N. OF ATOMS PER CELL          {DIGITS}  COULOMB OVERLAP TOL         (T1) 10**   -7
 NUMBER OF AO                  {DIGITS}  EXCHANGE OVERLAP TOL        (T3) 10**   -7
 N. OF ELECTRONS PER CELL      {DIGITS}  EXCHANGE PSEUDO OVP (F(G))  (T4) 10**   -7
 N. OF SYMMETRY OPERATORS      {DIGITS}
 WEIGHT OF F(I) IN F(I+1)      30%  CONVERGENCE ON ENERGY        10**-{DIGITS}
 SHRINK. FACT.(MONKH.)    {DIGITS}  4  4  NUMBER OF K POINTS IN THE IBZ   {DIGITS}
 SHRINK. FACT.(MONKH.)    4  4  {DIGITS}
 NUMBER OF K POINTS IN THE IBZ  {DIGITS}
 MAX NUMBER OF SCF CYCLES      {DIGITS}  CONVERGENCE ON DELTAP        10**-16
 Default number of threads is: {DIGITS}
 ATOMS IN THE ASYMMETRIC UNIT    2 - ATOMS IN THE UNIT CELL: {DIGITS}
 ATOMIC NUMBER  {DIGITS}, NUCLEAR CHARGE   10.0, PSEUDOPOTENTIAL
 MAXIMUM ALLOWED NUMBER OF STEPS  {DIGITS}
 COORDINATE AND CELL OPTIMIZATION - POINT  {DIGITS}
 CYC {DIGITS} ETOT(AU) -2.743E+02 DETOT -2.74E+02 tst  0.00E+00 PX  1.00E+00
 CYC   1 ETOT(AU) -{DIGITS} DETOT -2.74E+02 tst  0.00E+00 PX  1.00E+00
 == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -2.743E+02 CYCLES  {DIGITS}
 TOTAL ENERGY(DFT)(AU)({DIGITS}) -2.7431E+02 DE-1.6E-08 tester 1.0E-10
 TOP OF VALENCE BANDS -    BAND {DIGITS}; K {DIGITS}; EIG -1.1E-01 AU
 NUMBER OF SCF+GRADIENT CALCULATIONS  {DIGITS}
 STRAIN MATRIX {DIGITS} :
 DISPERSION K POINT NUMBER  {DIGITS} COORD:  C(  0  0  0 ) WEIGHT:   1.0
 CPHF CYCLE {DIGITS}
 * OPT END - CONVERGED * E(AU):  -2.743E+02  POINTS {DIGITS} *
 PROCESS    0 OF {DIGITS} WORKING
 {DIGITS} PROCESSORS WORKING
"""
PYSCF_LINES = f"""
crystalmath embedded engine (PySCF 2.6.2) — not CRYSTAL
CELL atoms {DIGITS} symbol P1
MESH divisions {DIGITS}x4x4
PHASE scf max_cycles {DIGITS} tolerance_hartree 1e-{DIGITS}
CYCLE {DIGITS} energy_hartree -2.7 delta_hartree -0.1 seconds {DIGITS}
CYCLE 1 energy_hartree -{DIGITS} delta_hartree -0.1
"""
TEXTS = {"crystal": CRYSTAL_LINES, "properties": CRYSTAL_LINES, "pyscf": PYSCF_LINES}


def code_of(program: str) -> str:
    return "pyscf" if program == "pyscf" else "crystal"


def parts(program: str) -> list[bytes]:
    """Return the whole text, and each line alone behind the banner."""
    banner, *lines = TEXTS[program].lstrip("\n").splitlines(keepends=True)
    return [
        TEXTS[program].lstrip("\n").encode(),
        *(f"{banner}{line}".encode() for line in lines),
    ]


@pytest.mark.parametrize("program", TEXTS)
def test_a_result_with_them_is_read(program: str) -> None:
    code = CODES[code_of(program)]
    for text in parts(program):
        result = code.read_result(program, "x.out", {"x.out": text})
        assert result.n_atoms is None
        assert result.n_kpoints is None


@pytest.mark.parametrize("program", TEXTS)
def test_a_progress_reader_goes_past_them(program: str) -> None:
    for text in parts(program):
        reader = CODES[code_of(program)].progress_reader(program)
        reader.feed(text)
        assert reader.progress().max_cycles is None


@pytest.mark.parametrize("program", TEXTS)
def test_faults_are_looked_for_beside_them(program: str) -> None:
    code = CODES[code_of(program)]
    for text in parts(program):
        assert isinstance(find(code.faults, {"x.out": ("output", text)}), tuple)


DECK = """MgO
CRYSTAL
0 0 0
225
4.21
1
12 0. 0. 0.
{edits}END
12 1
1 0 3 2 0
99 0
END
SHRINK
4 4
END
"""


@pytest.mark.parametrize(
    "deck",
    [
        DECK.format(edits="").replace(number, DIGITS, 1)
        for number in ("0 0 0", "225", "4.21", "1\n12", "12 0.", "12 1", "1 0 3", "4 4")
    ]
    + [
        DECK.format(edits=f"ATOMREMO\n{DIGITS}\n1\n"),
        DECK.format(edits=f"SUPERCEL\n{DIGITS} 0 0\n0 1 0\n0 0 1\n"),
        DECK.format(edits=f"OPTGEOM\nMAXCYCLE\n{DIGITS}\nENDOPT\n"),
        f"NEWK\n{DIGITS} 4\n1 0\nEND\n",
        f"DOSS\n1 100 -1 -1 1 12 0\n-1. 1.\n{DIGITS} 1\nEND\n",
        f"BAND\nx\n{DIGITS} 2 10 1 1 1 0\nEND\n",
    ],
)
@pytest.mark.parametrize("program", TEXTS)
def test_a_deck_with_them_is_refused_or_read(program: str, deck: str) -> None:
    step = StepRequest(
        program=program, input=InputFile(name="x.d12", text=deck.encode())
    )
    code = CODES[code_of(program)]
    for ask in (
        lambda: read_deck(deck),
        lambda: code.check((step,)),
        lambda: code.get_value(step, "SHRINK"),
    ):
        with suppress(DeckError, InputRefusedError):
            ask()
