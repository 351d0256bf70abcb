"""Inputs of pw.x are checked: namelists, keys, values, cards and counts.

What is an error here stopped pw.x 6.7, and what is a warning did not; atoms in each
other are an error too, of which it makes energies far above 0.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from tests.unit.codes.corpora import files

GOOD = """\
&CONTROL
  calculation = 'vc-relax'   ! both
  prefix='si', pseudo_dir = './'
/
&SYSTEM
  ibrav = 0, nat = 2, ntyp = 1
  ecutwfc = 30.0
  ecutrho = 1.2D2
  occupations = 'smearing', degauss = 0.01
  nspin = 2
  starting_magnetization(1) = 0.5
/
&ELECTRONS
  conv_thr = 1d-8
/
&IONS
/
&CELL
/
ATOMIC_SPECIES
Si 28.086 Si.UPF
ATOMIC_POSITIONS crystal
Si 0 0 0
Si 1/4 0.25 0.25
K_POINTS automatic
4 4 4 0 0 0
CELL_PARAMETERS angstrom
0.0 2.7 2.7
2.7 0.0 2.7
2.7 2.7 0.0
"""


def found(text: str, **beside: bytes) -> tuple[InputFinding, ...]:
    return check("espresso", "pw.x", "si.in", text, beside)


def test_a_good_input_has_no_findings() -> None:
    assert found(GOOD) == ()
    assert found(GOOD.replace("\n", "\r\n")) == ()
    assert check("espresso", "ph.x", "a.in", "rubbish", {}) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("  ecutwfc = 30.0\n", "", "pw.required", 5),
        ("ecutwfc = 30.0", "ecutwcf = 30.0\necutwfc=30", "pw.unknown", 7),
        ("ecutwfc = 30.0", "ecutwfc = 'high'", "pw.type", 7),
        ("ecutwfc = 30.0", "ecutwfc 30.0\necutwfc=30", "pw.statement", 7),
        ("'vc-relax'", "'vcrelax'", "pw.option", 2),
        ("'vc-relax'", "vc-relax", "pw.type", 2),
        ("conv_thr = 1d-8", "conv_thr = .true.", "pw.type", 14),
        ("conv_thr = 1d-8", "degauss = 0.01", "pw.namelist", 14),
        ("starting_magnetization(1)", "starting_magnetization(2)", "pw.index", 11),
        (", degauss = 0.01", "", "pw.degauss", 5),
        ("&IONS\n/\n", "", "pw.namelist-missing", 1),
        ("&CELL\n/\n", "", "pw.namelist-missing", 1),
        ("&IONS\n/\n&CELL\n/", "&CELL\n/\n&IONS\n/", "pw.order", 18),
        ("  conv_thr = 1d-8\n/\n", "  conv_thr = 1d-8\n", "pw.unclosed", 15),
        ("nat = 2", "nat = 3", "pw.nat", 22),
        ("ntyp = 1", "ntyp = 2", "pw.ntyp", 20),
        ("Si 0 0 0", "Ge 0 0 0", "pw.label", 23),
        ("Si 0 0 0", "Si 0 0", "pw.atom", 23),
        ("28.086", "heavy", "pw.mass", 21),
        ("ATOMIC_POSITIONS crystal", "ATOMIC_POSITIONS cristal", "pw.card-option", 22),
        ("4 4 4 0 0 0", "4 4 4", "pw.mesh", 26),
        ("K_POINTS automatic", "K_POINTS crystal", "pw.k-points", 25),
        ("4 4 4 0 0 0", "4 4 4 2 0 0", "pw.mesh", 26),
        ("Si 0 0 0", "Si 0 0 0 1", "pw.atom", 23),
        ("Si 0 0 0", "Si 0 0 0  # here", "pw.atom", 23),
        ("ATOMIC_SPECIES\nSi 28.086 Si.UPF\n", "", "pw.card-missing", 28),
        ("  starting_magnetization(1) = 0.5\n", "", "pw.spin", 10),
        ("ibrav = 0", "ibrav = 2, A = 5.4", "pw.cell-redundant", 27),
        ("conv_thr = 1d-8", "mixing_mode = 'pulay'", "pw.option", 14),
        ("conv_thr = 1d-8", "qqqqqqqqqq = 1", "pw.unknown", 14),
        ("2.7 2.7 0.0\n", "", "pw.cell", 27),
        ("angstrom\n", "alat\n", "pw.alat", 27),
        ("ibrav = 0", "ibrav = 2", "pw.cell-redundant", 27),
        ("Si 1/4 0.25 0.25", "Si 0.01 0 0.99", "structure.overlap", 24),
        (
            "crystal\nSi 0 0 0\nSi 1/4",
            "angstrom\nSi 0 0 0\nSi 0.25",
            "structure.overlap",
            22,
        ),
        ("ecutwfc = 30.0", "ecutwfc = -30.0", "pw.negative", 5),
        ("degauss = 0.01", "degauss = -0.01", "pw.negative", 5),
        ("degauss = 0.01", "degauss = 0", "pw.negative", 5),
        ("1.2D2", "20", "pw.ecutrho", 5),
    ],
)
def test_a_fault_is_one_error_in_its_line(
    old: str, new: str, code: str, line: int
) -> None:
    assert GOOD.count(old) == 1
    (one,) = [one for one in found(GOOD.replace(old, new)) if one.severity == ERROR]
    assert (one.code, one.line) == (code, line)
    assert one.fix or code == "pw.type"


def test_a_cell_without_its_card_is_an_error() -> None:
    text = GOOD[: GOOD.index("CELL_PARAMETERS")]
    assert [one.code for one in found(text)] == ["pw.cell"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("1.2D2", "60", "pw.ecutrho"),
        ("conv_thr = 1d-8", "conv_thr = 1d-8\nconv_thr = 1d-7", "pw.twice"),
        ("nat = 2", "nat = 1", "pw.nat"),
        ("CELL_PARAMETERS angstrom", "CELL_PARAMETERS", "pw.unit"),
        ("ATOMIC_POSITIONS crystal", "ATOMIC_POSITIONS", "pw.unit"),
        ("Si 1/4 0.25 0.25", "Si 0.06 0.06 0.06", "structure.close_atoms"),
        ("K_POINTS automatic\n4 4 4 0 0 0\n", "", "pw.card-missing"),
        ("conv_thr = 1d-8", "startingwfc = 'atom'", "pw.option"),
    ],
)
def test_what_may_be_meant_is_a_warning(old: str, new: str, code: str) -> None:
    (one,) = found(GOOD.replace(old, new))
    assert (one.code, one.severity) == (code, WARNING)


def test_a_misspelt_key_is_marked_exactly() -> None:
    findings = found(GOOD.replace("conv_thr = 1d-8", "conv_thrr = 1d-8"))
    (one,) = findings
    assert (one.line, one.column, one.end_column) == (14, 3, 12)
    assert one.fix == "write conv_thr"


def test_a_pseudopotential_is_looked_for_beside() -> None:
    (one,) = found(GOOD, **{"Ge.UPF": b""})
    assert (one.code, one.severity, one.line) == ("file.missing", WARNING, 21)
    assert found(GOOD, **{"Si.UPF": b""}) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("K_POINTS automatic\n", "", "pw.card-missing", 25),
        ("ATOMIC_SPECIES\n", "", "pw.card-missing", 20),
        ("ATOMIC_POSITIONS crystal\n", "", "pw.card-missing", 22),
        ("&SYSTEM\n", "", "pw.namelist-missing", 5),
        ("2.7 0.0 2.7", "2.7 O.0 2.7", "pw.cell", 29),
        ("CELL_PARAMETERS angstrom\n", "", "pw.cell", 27),
        (GOOD[GOOD.index("ATOMIC_SPECIES") :], "", "pw.card-missing", 19),
        ("ATOMIC_POSITIONS", "ATOMIC_POSITION", "pw.card", 22),
    ],
)
def test_what_is_missing_is_one_finding_where_it_is_missing(
    old: str, new: str, code: str, line: int
) -> None:
    assert GOOD.count(old) == 1
    (one,) = found(GOOD.replace(old, new))
    assert (one.code, one.line) == (code, line)


@given(st.one_of(st.text(), st.text(alphabet="&/='\"\n ,()!#abSYTEM1.")))
@settings(max_examples=200, deadline=2000)
def test_any_text_has_findings_and_no_exception(text: str) -> None:
    found(text)
    found(GOOD[:120] + text)
    found(GOOD + text)


def test_long_texts_take_no_long_time() -> None:
    started = time.process_time()
    found("&system\n" + "a" * 5_000_000)
    found("&system\n" + "nat = 1, " * 20_000 + "\n/\n")
    found("&system\n" + "nat = 1\n" * 20_000 + "/\n")
    assert time.process_time() - started < 20


_NEVER_RAN = ("test_cp", "NaCl-QE__header", "Cr_noncolin")
"""Inputs of cp.x, a part of an input, and one that only a reader was tested with."""


def test_no_input_that_ran_has_an_error() -> None:
    checked = 0
    for path, data in files("open/qe/pw_in"):
        if any(word in path for word in _NEVER_RAN):
            continue
        findings = found(data.decode("utf-8", "replace"))
        assert not [one for one in findings if one.severity == ERROR], path
        checked += 1
    assert checked > 30


# What pw.x 6.7 did with each as the coordinate of an atom.
REFUSED = "O.25 abc 0..25 0.2S +0.25 sqrt(2)/4 1/4+ 1//4 (1/4 2**2/16 () 2(1) 1/(4"
TAKEN = "1/4 -1/4 2*(1/8) 2^2/16 (-1/4) 2*-1 1e-1/2 ((1/4)) 4-(1) -(1/4) .25 -.5 1.d0"


@pytest.mark.parametrize("word", REFUSED.split())
def test_a_coordinate_at_which_pw_stops_is_told_in_its_place(word: str) -> None:
    (said,) = found(GOOD.replace("1/4 0.25 0.25", f"1/4 {word} 0.25"))
    assert said.code == "pw.coordinate"
    assert (said.column, said.end_column) == (8, 8 + len(word))


@pytest.mark.parametrize("word", TAKEN.split())
def test_a_coordinate_that_pw_reads_is_no_fault(word: str) -> None:
    text = GOOD.replace("1/4 0.25 0.25", f"1/4 {word} 0.25")
    assert "pw.coordinate" not in {one.code for one in found(text)}


def test_the_namelist_that_is_not_closed_is_named() -> None:
    head, _, tail = GOOD.partition("&SYSTEM")
    (said,) = found(f"{head}&SYSTEM{tail.replace('/', '', 1)}")
    assert "&SYSTEM is not closed" in said.message
    assert found(GOOD.replace("/\n", "&end\n")) == ()
