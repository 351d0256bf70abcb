"""Decks are checked: one finding a fault, in its place; none for decks that ran."""

import csv
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes.checks import check
from crystalmathd.codes.crystal.echo import echoed_deck
from crystalmathd.models.inputs import ERROR, InputFinding
from tests.unit.codes.corpora import ROOT, content, files, rows

MGO = """\
magnesium oxide
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
OPTGEOM
FULLOPTG
TOLDEG
0.0003
ENDOPT
ENDGEOM
12 3
0 0 2 2. 1.
 68.4 0.2
 9.7 0.8
0 1 2 8. 1.
 3.7 0.3 0.4
 1.6 0.5 0.4
0 1 1 2. 1.
 0.6 1. 1.
8 2
0 0 2 2. 1.
 80.2 0.2
 9.3 0.8
0 1 1 6. 1.
 0.5 1. 1.
99 0
ENDBS
DFT
PBE
XLGRID
ENDDFT
TOLINTEG
7 7 7 7 14
SHRINK
8 8
TOLDEE
8
ENDSCF
"""

SLAB = MGO.replace("CRYSTAL\n0 0 0\n225\n4.21", "SLAB\n64\n2.98")
LIBRARY = MGO[: MGO.index("ENDGEOM")] + "BASISSET\nPOB-TZVP\nSHRINK\n8 8\nEND\n"

FAULTS = [
    # what is replaced, by what, the code, the line
    ("225\n", "F M 3 M\n", "geometry.flags", 3),
    ("0 0 0\n225", "1 0 0\n225", "geometry.flags", 3),
    ("0 0 0\n225", "1 0 0\nFm-3m", "geometry.group", 4),
    ("8 0.5 0.5 0.5", "O 0.5 0.5 0.5", "geometry.atom", 8),
    ("8 0.5 0.5 0.5", "8 0.5 0.5", "geometry.atom", 8),
    (" 68.4 0.2", " -68.4 0.2", "basis.exponent", 17),
    (" 68.4 0.2", " 6B.4 0.2", "record.value", 17),
    ("0 1 2 8. 1.", "0 7 2 8. 1.", "basis.shell", 19),
    ("ENDGEOM", "endgeom", "keyword.case", 14),
    ("ENDGEOM\n", "SHRINK\n8 8\nENDGEOM\n", "keyword.block", 14),
    (
        "OPTGEOM\nFULLOPTG\nTOLDEG\n0.0003\nENDOPT\n",
        "TOLDEG\n0.0003\n",
        "keyword.block",
        9,
    ),
    ("ENDOPT\n", "ENDOPT\nOPTGEOM\nEND\n", "keyword.exclusive", 14),
    ("PBE\n", "EXCHANGE\nPBE\nHYBRID\n250\n", "functional.hybrid", 36),
    ("TOLDEE\n", "BROYDEN\nTOLDEE\n", "record.missing", 40),
    ("8 8\n", "8 x\n", "record.value", 39),
    ("CRYSTAL\n", "CRYSTLA\n", "geometry.type", 2),
    ("CRYSTAL\n", "crystal\n", "keyword.case", 2),
    ("225\n", "231\n", "geometry.group", 4),
    ("225\n4.21\n", "225\n", "geometry.cell", 5),
    ("225\n", "", "geometry.group", 4),
    ("225\n", "225\n225\n", "record.twice", 5),
    ("0 0 0\n225", "225", "geometry.flags", 3),
    ("0 0 0\n225\n4.21", "0 1 0\n166\n4.21 10.", "geometry.rhombohedral", 5),
    ("4.21", "-4.21", "geometry.cell", 5),
    ("\n2\n12 0.", "\n3\n12 0.", "geometry.atoms", 6),
    ("\n2\n12 0.", "\n1\n12 0.", "geometry.atoms", 6),
    ("0.5 0.5 0.5", "0. 0. 1.", "atoms.duplicate", 8),
    ("FULLOPTG", "FULOPTG", "keyword.unknown", 10),
    ("FULLOPTG", "FULLOPTG\nCELLONLY", "keyword.exclusive", 11),
    ("TOLDEG\n0.0003\n", "TOLDEG\n", "record.missing", 11),
    ("TOLDEG", "toldeg", "keyword.case", 11),
    ("ENDOPT\n", "", "end.missing", 13),
    ("ENDOPT\n", "ENDOPT\nFREQCALC\nEND\n", "keyword.exclusive", 14),
    ("ENDOPT\n", "ENDOPT\n\n", "line.blank", 14),
    ("ENDOPT\n", "ENDOPT\n# cell\n", "line.comment", 14),
    ("ENDGEOM\n", "", "end.missing", 14),
    ("ENDGEOM\n", "ENDGEOM\nENDGEOM\n", "end.extra", 15),
    ("12 3\n", "12 2\n", "basis.shells", 15),
    ("0 0 2 2. 1.\n 68.4", "0 0 3 2. 1.\n 68.4", "basis.primitives", 16),
    (" 9.7 0.8\n", "", "basis.primitives", 16),
    ("2 8. 1.", "2 7. 1.", "basis.neutral", 19),
    ("2 8. 1.", "2 9. 1.", "basis.charge", 19),
    ("8 2\n0 0", "9 2\n0 0", "basis.missing", 8),
    ("8 2\n0 0", "12 2\n0 0", "basis.duplicate", 24),
    ("99 0\n", "", "basis.terminator", 30),
    ("ENDBS\n", "", "end.missing", 31),
    ("PBE\n", "PBE\nB3LYP\n", "functional.exclusive", 34),
    ("PBE\n", "LDA\n", "keyword.unknown", 33),
    ("PBE\n", "PBE\nEXCHANGE\nPBE\n", "functional.exclusive", 34),
    ("ENDDFT\n", "", "end.missing", 35),
    ("ENDDFT\n", "ENDDFT\nUHF\n", "hamiltonian.exclusive", 36),
    ("ENDDFT\n", "ENDDFT\nSPINLOCK\n1 5\n", "spin.closed-shell", 36),
    ("7 7 7 7 14", "7 7 7 7", "record.missing", 37),
    ("7 7 7 7 14", "7 7 7 7 0", "tolinteg.value", 37),
    ("SHRINK\n8 8\n", "", "shrink.missing", 40),
    ("SHRINK\n8 8\n", "SHRINK\n0 8\n", "record.missing", 39),
    ("TOLDEE\n8\n", "TOLDEE\n8\n8\n", "record.twice", 42),
    ("TOLDEE\n8\n", "TOLDEE\n8\n9\n", "record.extra", 42),
    ("TOLDEE\n8\n", "TOLDEE\n88\n", "toldee.value", 41),
    ("ENDSCF\n", "", "end.missing", 41),
]


def found(text: str, **beside: bytes) -> tuple[InputFinding, ...]:
    return check("crystal", "crystal", "a.d12", text, beside)


def errors(text: str) -> list[InputFinding]:
    return [one for one in found(text) if one.severity == ERROR]


def codes(text: str) -> list[str]:
    return [one.code for one in found(text)]


def test_a_good_deck_has_no_findings() -> None:
    assert found(MGO) == ()
    assert found(LIBRARY) == ()
    assert found(MGO.replace("\n", "\r\n")) == ()


@pytest.mark.parametrize(("old", "new", "code", "line"), FAULTS)
def test_one_fault_is_one_error_at_its_line(
    old: str, new: str, code: str, line: int
) -> None:
    assert MGO.count(old) == 1
    (error,) = errors(MGO.replace(old, new))
    assert error.code == code
    assert error.line is not None
    assert error.line <= line <= (error.end_line or error.line) + 1
    assert abs(error.line - line) <= 1
    assert error.fix


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (SLAB.replace("\n64\n", "\n129\n"), "geometry.group", 3),
        (SLAB.replace("8 8", "0 8\n8 8 2"), "shrink.direction", 39),
        (LIBRARY.replace("12 0.", "58 0."), "basis.library-element", 7),
        (LIBRARY.replace("BASISSET", "END\nBASISSET"), "end.extra", 14),
        (SLAB.replace("2.98", "2.98 2.98 90."), "geometry.cell-values", 4),
        (LIBRARY.replace("BASISSET", "basisset"), "keyword.case", 14),
        (LIBRARY.replace("BASISSET", "BASISET"), "keyword.unknown", 14),
        ("", "deck.cut", 1),
        (MGO.partition("\n")[2], "deck.title", 1),
        ("a title\n" + MGO, "deck.title", 2),
        (MGO.replace("PBE\n", "HSESOL3C\n").replace("TOLDEE", "DFTD3\nEND\nTOLDEE"),
         "functional.composite", 40),
    ],
)  # fmt: skip
def test_faults_of_other_decks(text: str, code: str, line: int) -> None:
    (error,) = errors(text)
    assert (error.code, error.line) == (code, line)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("ENDOPT", "ENDGEOM", "end.name"),
        ("8 8\n", "8 4\n", "shrink.gilat"),
        ("7 7 7 7 14", "7 7 7 14 7", "tolinteg.order"),
        (" 0.6 1. 1.", " 0.01 1. 1.", "basis.diffuse"),
        ("FULLOPTG", "RESTART", "file.missing"),
        ("TOLDEE\n", "GUESSP\nTOLDEE\n", "file.missing"),
        ("TOLDEE\n8\n", "TOLDEE\n8\nTOLDEE\n9\n", "keyword.twice"),
        ("4.21\n", "4.21 4.21 4.21\n", "geometry.cell-values"),
        ("\n2\n12 0.", "\n2\n2\n12 0.", "record.split"),
        ("TOLDEE\n", "QQQQQQ\nTOLDEE\n", "keyword.unknown"),
        ("8 8\n", "8 8  ! mesh\n", "line.comment"),
        ("TOLDEE\n8", "SMEAR\n0.5", "smear.value"),
        ("OPTGEOM\nFULLOPTG\nTOLDEG\n0.0003\n", "FREQCALC\n", "toldee.frequencies"),
        ("ENDSCF\n", "ENDSCF\nEND\n", "deck.tail"),
    ],
)
def test_what_may_be_meant_is_a_warning(old: str, new: str, code: str) -> None:
    text = MGO.replace(old, new, 1)
    assert not [one for one in errors(text) if one.code != "geometry.cell-values"]
    assert code in codes(text)


def test_an_odd_number_of_electrons_without_spin_is_a_warning() -> None:
    text = "a\nMOLECULE\n1\n1\n5 0. 0. 0.\nBASISSET\nSTO-3G\nEND\n"
    assert codes(text) == ["spin.odd-electrons"]
    assert codes(text.replace("STO-3G\n", "STO-3G\nUHF\n")) == []


def test_a_file_that_lies_beside_is_not_missing() -> None:
    text = MGO.replace("FULLOPTG", "RESTART")
    beside = {"mgo.optinfo": b""}
    assert check("crystal", "crystal", "mgo.d12", text, beside) == ()


def test_two_faults_in_two_blocks_are_both_found() -> None:
    text = MGO.replace("FULLOPTG", "FULOPTG").replace("XLGRID", "XLGIRD")
    assert [one.line for one in errors(text)] == [10, 34]


def test_a_word_is_marked_exactly() -> None:
    (error,) = errors(MGO.replace("FULLOPTG", "  FULOPTG"))
    assert (error.line, error.column) == (10, 3)
    assert (error.end_line, error.end_column) == (10, 10)
    assert error.fix == "write FULLOPTG"


def test_symmetry_shows_atoms_that_lie_in_each_other() -> None:
    pytest.importorskip("spglib")
    text = MGO.replace("8 0.5 0.5 0.5", "8 0.05 0.05 0.05")
    assert not errors(text)
    deep = check("crystal", "crystal", "a.d12", text, {}, deep=True)
    assert "structure.overlap" in [one.code for one in deep]


@pytest.mark.parametrize(
    "edit",
    [
        "SUPERCEL\n9E9 0 0\n0 9E9 0\n0 0 9E9\n",
        "SUPERCEL\n1 0 0\n1 0 0\n0 0 1\n",
        "SUPERCEL\n1 0 0 9E1E9\n",
        "SLABCUT\n1 0 0\n1 999999\n",
        "ATOMSUBS\n1\n99999 5\n",
    ],
)
def test_a_cell_that_is_none_is_no_exception(edit: str) -> None:
    pytest.importorskip("spglib")
    text = MGO.replace("OPTGEOM\n", f"{edit}OPTGEOM\n", 1)
    check("crystal", "crystal", "a.d12", text, {}, deep=True)
    mesh = MGO.replace("8 8", "99 99")
    check("crystal", "crystal", "a.d12", mesh, {}, deep=True)


def test_an_input_of_properties_is_checked() -> None:
    good = "NEWK\n8 8\n1 0\nDOSS\n0 100 1 8 1 12 0\nEND\n"
    assert check("crystal", "properties", "a.d3", good, {}) == ()
    (error,) = check("crystal", "properties", "a.d3", good.replace("DOSS", "DOS"), {})
    assert (error.code, error.line) == ("keyword.unknown", 4)


@pytest.mark.parametrize(
    "text", ["NEWK\n4 4\n1 0\nBNAD\nEND\n", "BNAD\nEND\n", "NEWK\n4 4\n1 0\nBNAD\n"]
)
def test_a_misspelled_word_of_properties_is_no_missing_end(text: str) -> None:
    (error,) = check("crystal", "properties", "a.d3", text, {})
    assert error.code == "keyword.unknown"
    assert error.fix == "write BAND"


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("TOLINTEG\n7 7 7 7 14\n", "TOLINTGE\n", "TOLINTEG"),
        ("TOLDEE\n8\n", "TOLDE\n", "TOLDEE"),
        ("TOLDEE\n8\nENDSCF\n", "TOLDE\n", "TOLDEE"),
        ("TOLDEG\n0.0003\n", "TODLEG\n", "TOLDEG"),
    ],
)
def test_a_misspelled_keyword_without_its_values_is_recognised(
    old: str, new: str, meant: str
) -> None:
    (error,) = errors(MGO.replace(old, new))
    assert error.code == "keyword.unknown"
    assert error.fix == f"write {meant}"


def test_a_path_that_lacks_a_line_is_no_other_fault() -> None:
    good = "BAND\ntitle\n2 8 40 1 8 1 0\nG X\nX W\nNEWK\n8 8\n1 0\nEND\n"
    assert check("crystal", "properties", "a.d3", good, {}) == ()
    (error,) = check("crystal", "properties", "a.d3", good.replace("G X\n", ""), {})
    assert error.line is not None
    assert 3 <= error.line <= 5


def test_a_record_that_is_filled_up_from_the_next_is_one_finding() -> None:
    text = "BAND\ntitle\n0 0 0 4 0 4\n1 8 40 1 8 1 0\nEND\n"
    (one,) = check("crystal", "properties", "a.d3", text, {})
    assert (one.code, one.line) == ("record.split", 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MGO.replace("OPTGEOM\n", "SUPERCEL\n2 0 0\n0 2 0\nOPTGEOM\n", 1), 11),
        (MGO.replace("225\n4.21", "62\n4.21"), 4),
        (MGO.replace("PBE\n", "EXCHANGE\nCORRELAT\nPBE\n"), 34),
        (MGO.replace("12 0. 0. 0.\n", "").replace("2\n8", "12 0. 0. 0.\n2\n8"), 6),
        (LIBRARY.replace("POB-TZVP", "PO-BTZVP"), 15),
    ],
)
def test_a_fault_has_its_own_line_and_no_other(text: str, line: int) -> None:
    (one,) = found(text)
    assert one.line is not None
    assert one.line <= line <= (one.end_line or one.line)


def test_an_end_behind_a_deck_that_only_tests_its_geometry_is_not_read() -> None:
    text = MGO[: MGO.index("OPTGEOM")] + "TESTGEOM\nEND\n"
    assert found(text) == ()
    assert [one.severity for one in found(text + "END\n")] == ["note"]


@given(st.one_of(st.text(), st.text(alphabet="0129 .\nENDBASISTCRYL\r\x0c")))
@settings(max_examples=200, deadline=2000)
def test_any_text_has_findings_and_no_exception(text: str) -> None:
    for name in ("crystal", "properties"):
        check("crystal", name, "a", text, {})
        check("crystal", name, "a", MGO[:90] + text, {})


def test_a_very_long_line_takes_no_long_time() -> None:
    started = time.process_time()
    found("title\nCRYSTAL\n" + "9" * 2_000_000 + "\n")
    found("title\nCRYSTAL\n" + "9 " * 400_000 + "\n")
    found("\n" * 60_000)
    assert time.process_time() - started < 5


def test_no_deck_that_ran_has_an_error() -> None:
    notes = notes_of_decks()
    checked = 0
    for folder in ("open/crystal/d12", "open/crystal/d12_from_out"):
        for path, data in files(folder):
            if any(word in notes.get(path, "") for word in ("FAULTY", "SUSPECT")):
                continue
            if any(word in notes.get(path, "") for word in ("TEMPLATE", "COMMENTS")):
                continue
            assert not errors(data.decode("utf-8", "replace")), path
            checked += 1
    assert checked > 80


def notes_of_decks() -> dict[str, str]:
    with (ROOT / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["path"]: row["note"] for row in table}


def test_no_deck_in_an_output_that_ended_has_an_error() -> None:
    checked = 0
    for row in rows("open/crystal/truth.tsv"):
        if row["normal_termination"] != "y":
            continue
        deck = echoed_deck(content(row))
        if deck is not None:
            assert not errors(deck.decode("utf-8", "replace")), row["path"]
            checked += 1
    assert checked > 10


CLASSES = {
    "exclusive-keywords": "keyword.exclusive",
    "restart-file-missing": "file.missing",
    "record-missing": "record.missing",
}
"""Class in truth_invalid.tsv → our code."""


def test_the_decks_with_one_fault_show_it() -> None:
    for row in rows("open/crystal/truth_invalid.tsv"):
        (one,) = found(content(row).decode())
        wanted = (CLASSES[row["expected_class"]], row["severity"], row["line_hint"])
        assert (one.code, one.severity, str(one.line)) == wanted


@pytest.mark.parametrize("word", ["RADIAL", "ANGULAR"])
def test_one_count_is_that_of_both_lists_of_a_grid(word: str) -> None:
    for grid in ("1\n4.0\n99", "2\n0.5 4.0\n75 434", "1\n4\n99"):
        assert not errors(MGO.replace("XLGRID", f"{word}\n{grid}"))
    assert errors(MGO.replace("XLGRID", f"{word}\n2\n4.0\n99"))


def test_a_molecule_that_is_cut_out_of_a_crystal_needs_no_mesh() -> None:
    without = MGO.replace("SHRINK\n8 8\n", "")
    assert "shrink.missing" in {one.code for one in found(without)}
    cut = without.replace("OPTGEOM\n", "MOLECULE\n1\n1 0 0 0\nOPTGEOM\n", 1)
    assert "shrink.missing" not in {one.code for one in found(cut)}


@pytest.mark.parametrize(
    ("word", "fix"), [("PBEO", "write PBE0"), ("PBE1", ""), ("HSE03", "")]
)
def test_another_functional_is_no_misspelling(word: str, fix: str) -> None:
    said = {one.code: one for one in found(MGO.replace("PBE\n", f"{word}\n"))}
    assert said["keyword.unknown"].fix == fix


def test_an_unknown_keyword_is_not_deleted() -> None:
    said = {one.code: one for one in found(MGO.replace("SHRINK", "KPOINTS"))}
    assert said["keyword.unknown"].fix == ""


def test_a_blank_that_is_none_is_told_at_its_number() -> None:
    (said,) = found(MGO.replace("12 0. 0. 0.", "12 0.\u00a00. 0."))
    assert (said.code, said.line, said.column) == ("text.blank", 7, 6)
    assert found(MGO.replace("magnesium oxide", "4.21\u00a0Å")) == ()
    assert check("vasp", "vasp", "INCAR", "ENCUT = 400 ! 4\u00a0eV\n", {}) == ()
