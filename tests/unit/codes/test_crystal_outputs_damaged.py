"""Outputs that are cut, damaged or not CRYSTAL's: an honest partial, never an error."""

import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.results import Grade, Result
from tests.unit.codes import corpora

SAMPLES = (
    "conv_mgoOpt.out",
    "molecule__w.out",
    "elastic1D_Ctube.out",
    "cry14_scf_only.out",
    "spec_dryIceS1IR.out",
    "ppan_mgo_sto3g_scf__main.out",
    "guessp_fock0.out",
)

EMPTY = frozenset(
    {"version", "code", "program", "is_normal_end", "grade", "cause", "warnings"}
)
"""Fields that say something about every file."""


def sample(number: int) -> bytes:
    end = SAMPLES[number % len(SAMPLES)]
    rows = corpora.rows("open/crystal/truth.tsv")
    return corpora.content(next(row for row in rows if row["path"].endswith(end)))


def check(result: Result) -> None:
    """Hold what must hold of any output: numbers are finite, counts agree."""
    for number in (result.energy_ev, result.wall_time_s, *result.energies_ev.values()):
        assert number is None or math.isfinite(number)
    structures = [result.final_structure, *(step.structure for step in result.steps)]
    for structure in structures:
        if structure is not None:
            assert len(structure.positions_a) == structure.n_atoms
            assert len(structure.lattice_a) == structure.dimension
    for step in result.steps:
        if step.structure is not None and step.forces_ev_a:
            assert len(step.forces_ev_a) == step.structure.n_atoms


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 6), share=st.floats(0, 1))
def test_a_cut_output_is_an_honest_partial(number: int, share: float) -> None:
    content = sample(number)
    cut = content[: int(share * len(content))]
    result = read_output("crystal", "out", cut)
    check(result)
    if b"EEEEEEEEEE TERMINATION" not in cut:
        assert result.is_normal_end is False
        assert result.grade is not Grade.CONVERGED


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 6), random=st.randoms(use_true_random=False))
def test_flipped_bytes_raise_nothing(number: int, random: object) -> None:
    content = bytearray(sample(number))
    assert hasattr(random, "randrange")
    for _ in range(300):
        content[random.randrange(len(content))] = random.randrange(256)
    check(read_output("crystal", "out", bytes(content)))


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 6), random=st.randoms(use_true_random=False))
def test_shuffled_and_missing_lines_raise_nothing(number: int, random: object) -> None:
    lines = sample(number).split(b"\n")
    assert hasattr(random, "randrange")
    for _ in range(50):
        del lines[random.randrange(len(lines))]
        place, other = random.randrange(len(lines)), random.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    check(read_output("crystal", "out", b"\n".join(lines)))


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=4096))
def test_rubbish_says_nothing(content: bytes) -> None:
    result = read_output("crystal", "out", content)
    assert says(result) == {}
    assert result.grade is Grade.UNKNOWN


OF_LINES = st.sampled_from(
    [
        " CYC   0 ETOT(AU)",
        " CYC   1 ETOT(AU) nan DETOT nan",
        " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) x CYCLES   1",
        " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.0E+00 CYCLES   1",
        " GEOMETRY FOR WAVE FUNCTION - DIMENSIONALITY OF THE SYSTEM    7",
        " GEOMETRY FOR WAVE FUNCTION - DIMENSIONALITY OF THE SYSTEM    3",
        " ATOMS IN THE ASYMMETRIC UNIT    1 - ATOMS IN THE UNIT CELL:    2",
        " PRIMITIVE CELL - CENTRING CODE 5/0 VOLUME=",
        "     0.0  0.0  0.0  0.0  0.0  0.0",
        "     2.0  2.0  2.0  200.0  90.0  90.0",
        "   1 T  14 SI    1.25E-01  1.25E-01  1.25E-01",
        " DIRECT LATTICE VECTORS CARTESIAN COMPONENTS (ANGSTROM)",
        "   0.0E+01   0.0E+01   0.0E+01",
        " COORDINATE AND CELL OPTIMIZATION - POINT    2",
        " * OPT END - CONVERGED * E(AU):  x  POINTS    4 *",
        " MAX GRADIENT      0.0x  THRESHOLD              0.000450 CONVERGED NO",
        " INSULATING STATE",
        " TOP OF VALENCE BANDS -    BAND     10; K    1; EIG ********** AU",
        " MULLIKEN POPULATION ANALYSIS - NO. OF ELECTRONS",
        " TOTAL ATOMIC CHARGES:",
        " TOTAL ATOMIC SPINS  :",
        " CARTESIAN FORCES IN HARTREE/BOHR (ANALYTICAL)",
        "STRESS TENSOR, IN HARTREE/BOHR^3:",
        " WARNINGWARNINGWARNINGWARNINGWARNING",
        " * ATOMS TRANSFORMED INTO GHOSTS :   2",
        "   ATOM N.AT.  SHELL    X(A)      Y(A)      Z(A)      EXAD       N.ELECT.",
        " EXCHANGE ENERGY:",
        " N. OF ELECTRONS PER CELL",
        " TOTAL ELECTRONIC CHARGE",
        " TOTAL NUCLEAR CHARGE",
        " (EXCHANGE)[CORRELATION] FUNCTIONAL:",
        " NON-LOCAL WEIGHTING FACTOR (EXCHANGE)",
        " HYBRID EXCHANGE - PERCENTAGE",
        " N. OF SCF CYCLES",
        "    TOTAL CPU TIME =",
        " FINAL OPTIMIZED GEOMETRY - DIMENSIONALITY OF THE SYSTEM      3",
        " *                CRYSTAL23                    *",
        " EEEEEEEEEE STARTING  DATE",
        "",
    ]
)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(OF_LINES, max_size=25))
def test_marks_without_what_follows_them_raise_nothing(lines: list[str]) -> None:
    check(read_output("crystal", "out", "\n".join([*lines, ""]).encode()))


@pytest.mark.parametrize("folder", ["open/vasp/", "open/qe/"])
def test_outputs_of_other_codes_say_nothing(folder: str) -> None:
    rows = corpora.rows("MANIFEST.tsv")
    paths = [row["path"] for row in rows if row["path"].startswith(folder)]
    assert len(paths) > 50
    for path in paths:
        content = (corpora.ROOT / path).read_bytes()[: 2 << 20]
        assert says(read_output("crystal", "out", content)) == {}, path


def says(result: Result) -> dict[str, object]:
    nothing = Result(code="crystal", program="crystal")
    return {
        field.name: getattr(result, field.name)
        for field in fields(Result)
        if field.name not in EMPTY
        and getattr(result, field.name) != getattr(nothing, field.name)
    }
