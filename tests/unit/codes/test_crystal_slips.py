"""Slips that people make in decks: the root cause is named once, at its line."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.fixes import diagnostics
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

HEAD = "CRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. 0.\n8 0.5 0.5 0.5\n"
BASIS = (
    "12 3\n0 0 3 2. 1.\n 100. .15\n 20. .53\n 5. .44\n1 1 3 8. 1.\n1 1 3 2. 1.\n"
    "8 2\n1 0 3 2. 1.\n1 1 3 6. 1.\n99 0\nEND\n"
)
SLAB = "SLAB\n64\n2.98\n2\n12 0. 0. 0.\n8 0.5 0.5 0.\n"
WATER = (
    "w\nMOLECULE\n15\n2\n8 0. 0. 0.\n1 0.757 0. 0.586\nEND\n8 2\n1 0 3 2. 0.\n"
    "1 1 3 6. 0.\n1 1\n1 0 3 1. 0.\n99 0\nEND\nEND\n"
)
SILICON = (
    "Si\nCRYSTAL\n0 0 0\n227\n5.42\n1\n214 .125 .125 .125\nEND\n214 2\nINPUT\n"
    "4. 2 1 0 0 0 0\n1.0 -4.0 0\n2.0 3.0 0\n1.0 5.0 0\n0 1 2 4. 1.\n1.80 0.2 0.3\n"
    "0.5 1.0 1.0\n0 1 1 0. 1.\n0.15 1. 1.\n99 0\nEND\nSHRINK\n8 8\nEND\n"
)
BAND = "BAND\nMgO\n2 8 40 1 8 1 0\n0 0 0 4 0 4\n4 0 4 4 2 6\nEND\n"


def deck(edits: str = "", scf: str = "", head: str = HEAD, basis: str = BASIS) -> str:
    return f"MgO\n{head}{edits}END\n{basis}{scf}SHRINK\n8 8\nEND\n"


def found(text: str, *, deep: bool = False) -> list[InputFinding]:
    return list(check("crystal", "crystal", "a.d12", text, {}, deep=deep))


def library(lines: str) -> str:
    return f"MgO\n{HEAD}{lines}SHRINK\n8 8\nEND\n"


def test_the_decks_that_slips_are_put_into_are_good() -> None:
    for text in (deck(), deck(head=SLAB), WATER, SILICON, library("BASISSET\nMINIX\n")):
        assert found(text) == []
    assert check("crystal", "properties", "a.d3", BAND, {}) == ()


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        # Shells before those that have no primitives in the deck.
        (deck().replace(" 20. .53\n", ""), "basis.primitives", 11),
        (deck().replace(" 20. .53\n", " 20.\n"), "basis.primitives", 13),
        (deck().replace(" 5. .44\n", ""), "basis.primitives", 11),
        (deck().replace(" 100. .15\n 20. .53\n 5. .44\n", ""), "basis.primitives", 11),
        # Geometry.
        (deck().replace("0 0 0\n225", "0 0\n225"), "geometry.flags", 3),
        (deck().replace("0 0 0\n225", "0 0 2\n225"), "geometry.flags", 3),
        (deck(head=SLAB.replace("64\n", "0 0 0\n64\n")), "geometry.flags", 3),
        (WATER.replace("15\n", "0 0 0\n15\n"), "geometry.flags", 3),
        (WATER.replace("15\n", "15\n10.\n"), "geometry.cell-values", 4),
        (WATER.replace("8 0. 0. 0.", "8 0. 0."), "geometry.atom", 5),
        # Keywords and their data.
        (deck("ATOMREMO\n3\n1 2\n"), "record.count", 10),
        (deck("ATOMINSE\n1\n1 .25 .25\n"), "record.missing", 11),
        (deck("OPTGEOM\nTOLDEG 0.0003\nEND\n"), "record.missing", 10),
        (deck("FREQCALC\nOPTGEOM\nEND\nEND\n"), "keyword.block", 10),
        (deck(scf="FREQCALC\nNUMDERIV\n2\nEND\n"), "keyword.block", 22),
        (deck(scf="DFT\nPBE\nDFTD3\nVERSION\n4\nEND\nEND\n"), "keyword.block", 24),
        (deck("GHOSTS\n1\n1\n"), "keyword.block", 9),
        (deck(scf="CHARGED\n"), "keyword.block", 22),
        (deck(basis=BASIS.replace("99 0", "99 0\nCHEMOD\n2\n1 2. 8. 0.")),
         "record.count", 22),
        # Libraries of basis sets.
        (library("BASISSET\n"), "basis.library", 9),
        (library("BASISSET MINIX\n"), "basis.library", 9),
        (library("BASISSET\nMINIX\n99 0\n"), "record.extra", 11),
        (library("BASISSET\nMINIX\n99 0\nEND\n"), "record.extra", 11),
        # Core potentials.
        (SILICON.replace("1.0 -4.0 0", "1.0 -4.0"), "basis.potential", 12),
        (SILICON.replace("214 2", "14 2"), "basis.potential", 9),
        (SILICON.replace("214 .125", "14 .125"), "basis.missing", 7),
        (SILICON.replace("4. 2 1 0 0 0 0", "4. 2 1"), "basis.potential-head", 11),
        # Heads of shells and of basis sets.
        (deck().replace("1 1 3 8. 1.", "1 1 3 8."), "basis.shell", 15),
        (deck().replace("1 1 3 8. 1.", "1 9 3 8. 1."), "basis.shell", 15),
        (deck().replace("0 0 3 2. 1.", "0 0 3 2."), "basis.shell", 11),
        (deck().replace("12 3\n", "Mg 3\n"), "basis.entry", 10),
        # Functionals and convergence.
        (deck(scf="DFT\nQQPBE7\nEND\n"), "keyword.unknown", 23),
        (deck(scf="DFT\nPBE D3\nEND\n"), "functional.name", 23),
        (deck(scf="DFT\nEXCHANGE\nPBE\nCORRELAT\nPBE\nHYBRID\n0.25\nEND\n"),
         "functional.hybrid", 28),
        (deck(scf="DFT\nB3LYP-D3\nEND\nGRIMME\n1.05 20. 25.\n1\n8 .7 1.342\n"),
         "functional.dispersion", 25),
        (deck(scf="TOLINTEG\n-7 -7 -7 -7 -14\n"), "tolinteg.value", 23),
        (deck(scf="MAXCYCLE\n0\n"), "maxcycle.value", 23),
        (deck().replace("8 8\n", "8 8 8\n"), "shrink.values", 23),
        (deck("OPTGEOM\nTOLDEG\n0,0003\nEND\n"), "record.comma", 11),
    ],
)  # fmt: skip
def test_a_slip_is_one_finding_at_its_line_with_a_fix(
    text: str, code: str, line: int
) -> None:
    (one,) = found(text)
    assert (one.code, one.line) == (code, line)
    assert one.fix or code == "keyword.unknown"


@pytest.mark.parametrize(
    "text",
    [
        deck().replace("4.21", "4,21"),
        deck().replace("0.5 0.5 0.5", "0,5 0,5 0,5"),
        deck().replace("100. .15", "100,0 0,15").replace("20. .53", "20. 0,53"),
        deck(scf="SMEAR\n0,001\n"),
        deck().replace("8 0.5 0.5 0.5", "8 0,5 0,5 0,5").replace("4.21", "4,21"),
    ],
)
def test_a_decimal_comma_is_one_finding_which_a_point_mends(text: str) -> None:
    (one,) = diagnostics(found(text, deep=True), Draft(text, {}))
    assert (one.code, one.severity) == ("record.comma", ERROR)
    (edit,) = one.fixes[0].edits
    start = Draft(text, {}).offset(edit.line, edit.column)
    end = Draft(text, {}).offset(edit.end_line, edit.end_column)
    assert found(text[:start] + edit.new_text + text[end:], deep=True) == []


@pytest.mark.parametrize(
    "text",
    [
        deck().replace("0 0 0", "0,0,0").replace("8 8", "8,8"),
        deck(scf="TOLINTEG\n7,7,7,7,14\n").replace("12 0. 0. 0.", "12,0,0,0"),
        deck().replace("12 0. 0. 0.", "12 0,0 0."),
        deck().replace("\n4.21\n", "\n4.21 that is 4,21\n"),
        "MgO 4,21\n" + deck().partition("\n")[2],
    ],
)
def test_a_comma_that_parts_values_is_none_that_stands_for_a_point(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (deck(scf="GHOSTS\n1\n1\n"), "move it to the basis set block, behind 99 0"),
        (deck(scf="DFT\nPBESOL\nEND\n"), "write PBESOLXC"),
        (deck(scf="DFT\nHSE\nEND\n"), "write HSE06"),
        (deck().replace("12 3\n", "Mg 3\n"), "write 12"),
        (deck(scf="SPIN\n"), "move it to the DFT block"),
        (deck(scf="DFT\nPBE\nTOLDEE\n8\nEND\n"), "move it to the SCF block"),
        (deck("FREQCALC\nOPTGEOM\nEND\nEND\n"), "write PREOPTGEOM"),
        (library("GHOSTS\n1\n1\nBASISSET\nSTO-3G\n"),
         "move it below BASISSET and the name of the basis set"),
        (deck(scf="TOLDEE\n-8\n"), "write 8"),
        (deck(scf="TOLDEE\n88\n"), "give 6 to 11"),
        (deck(scf="TOLINTEG\n7 7 7 14 7\n"), "write 7 7 7 7 14 on this line"),
        (deck(scf="TOLINTEG\n7 7 7 7 6\n"), "write 14"),
        (deck(scf="TOLINTEG\n7 7 7 20 14\n"), "give at least as much as the fourth"),
        (deck(scf="FMIXING\n0.3\n"), "give a percentage, such as 30"),
        (library("BASISSET MINIX\n"),
         "move MINIX to a line of its own, below BASISSET"),
        (SILICON.replace("214 .125", "14 .125"), "write 214"),
        (SILICON.replace("INPUT\n", "HAYWCS\n", 1).replace(
            "4. 2 1 0 0 0 0\n1.0 -4.0 0\n2.0 3.0 0\n1.0 5.0 0\n", ""), "write HAYWSC"),
        (deck(scf="DFT\nHYBRID\n0.25\nEXCHANGE\nPBE\nEND\n"), "write 25"),
        (deck("ATOMREMO\n1\n2\n1\n"), "write 2, or as many entries as are counted"),
    ],
)  # fmt: skip
def test_a_fix_says_what_a_good_deck_has(text: str, fix: str) -> None:
    assert fix in [one.fix for one in found(text)]


@pytest.mark.parametrize(
    ("word", "severity", "fix"),
    [
        ("PBE0-D4", ERROR, "give PBE0-D3, or PBE0 here and GRIMME there"),
        ("PBE0-D", ERROR, "give PBE0-D3, or PBE0 here and GRIMME there"),
        ("PBE0-D3(BJ)", ERROR, "write PBE0-D3"),
        ("PBE0-D3FOO", ERROR, "give PBE0-D3, or PBE0 here and GRIMME there"),
        ("B3LYPD3", ERROR, "write B3LYP-D3"),
        # These begin as a keyword does, in the eight characters that may count.
        ("B3LYP-D3BJ", WARNING, "write B3LYP-D3"),
        ("PBESOLXC-D3", WARNING, "give PBESOLXC here, and GRIMME or DFTD3 there"),
        ("B97D", ERROR, "give B97-D3"),
        ("HSE-D3", ERROR, "write HSE06-D3"),
        ("PBEO-D3", ERROR, "write PBE0-D3"),
    ],
)
def test_no_fix_takes_the_dispersion_from_a_functional(
    word: str, severity: str, fix: str
) -> None:
    (one,) = found(deck(scf=f"DFT\n{word}\nEND\n"))
    assert (one.code, one.severity, one.fix) == ("keyword.unknown", severity, fix)


@pytest.mark.parametrize(
    "edits",
    ["ATOMREMO\n1\n9\n", "ATOMSUBS\n1\n9 8\n", "OPTGEOM\nFRAGMENT\n1\n9\nEND\n"],
)
def test_an_atom_that_is_not_there_is_an_error(edits: str) -> None:
    pytest.importorskip("spglib")
    assert found(deck(edits)) == []
    (one,) = found(deck(edits), deep=True)
    assert (one.code, one.severity) == ("edit.atom", ERROR)


def test_a_word_of_a_deck_that_is_nearly_one_of_properties_is_misspelt() -> None:
    text = BAND.replace("BAND", "BANDS", 1)
    (one,) = check("crystal", "properties", "a.d3", text, {})
    assert (one.code, one.line, one.fix) == ("keyword.unknown", 1, "write BAND")


def test_all_that_wants_spin_is_one_finding() -> None:
    (one,) = found(deck(scf="ATOMSPIN\n1\n1 1\nSPINLOCK\n2 9\n"))
    assert (one.code, one.line) == ("spin.closed-shell", 22)
    assert "SPINLOCK (line 25)" in one.message


def test_the_name_of_a_functional_in_mixed_case_is_a_warning() -> None:
    (one,) = found(deck(scf="DFT\nHSEsol\nEND\n"))
    assert (one.code, one.severity) == ("keyword.case", "warning")


def test_a_count_that_is_no_count_is_no_exception() -> None:
    many = "9" * 5000
    found(deck(basis=BASIS.replace(" 20. .53", f" {many} .5 {many} 1. 1.")))
    found(deck(basis=BASIS.replace("99 0\n", f"99 0\nCHEMOD\n{many}\n1 2.\n")))
    found(deck().replace("1 1 3 8. 1.", f"1 1 {many} 8. 1."))
    found(deck(f"ATOMREMO\n{many}\n1\n"))


def test_a_ghost_that_is_no_atom_is_an_error() -> None:
    pytest.importorskip("spglib")
    text = deck(basis=BASIS.replace("99 0\n", "99 0\nGHOSTS\n1\n9\n"))
    (one,) = found(text, deep=True)
    assert (one.code, one.line) == ("edit.atom", 21)


def test_the_title_of_a_band_structure_is_missed_at_its_line() -> None:
    text = BAND.replace("MgO\n", "")
    (one,) = check("crystal", "properties", "a.d3", text, {})
    assert (one.code, one.severity, one.line) == ("band.title", ERROR, 2)


def test_a_path_with_one_line_too_many_is_not_only_to_be_deleted() -> None:
    text = BAND.replace("2 8 40", "1 8 40")
    (one,) = check("crystal", "properties", "a.d3", text, {})
    assert one.line == 5
    assert one.fix == "delete this line, or correct the values of BAND"


@pytest.mark.parametrize(
    "text",
    [
        deck("SUPERCEL\n2 0 0 0 2 0 0 0 2\n"),
        deck("SLABCUT\n1 0 0\n1 4\nSUPERCEL\n2 0\n0 2\n"),
        deck("CPHF\nANDERSON\nTOLALPHA\n4\nEND\n", scf="TOLDEE\n10\n"),
        deck(basis=BASIS.replace("99 0\n", "99 0\nGHOSTS\n2\n1\n2\n")),
        deck(scf="DFT\nPBE-D3\nEND\nDFTD3\nVERSION 4\nABC\nEND\n"),
        deck(scf="DFT\nCORRELAT\nLYP\nSPIN\nEND\nATOMSPIN\n2\n1 1 2 -1\n"),
        SILICON.replace("4. 2 1 0 0 0 0", "4. 2 1 0 0 0"),
        library("BASISSET\nPOB-TZVP-REV2\nGHOSTS\n1\n2\n"),
    ],
)
def test_unusual_decks_that_are_good_have_no_finding(text: str) -> None:
    assert found(text) == []
