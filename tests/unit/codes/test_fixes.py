"""What a finding says to write, an editor can write: applied, the finding is gone."""

import pytest

from crystalmathd.codes import editing
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Diagnostic, Fix

HEAD = "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. 0.\n8 0.5 0.5 0.5\n"
SCF = "BASISSET\nSTO-3G\nTOLINTEG\n7 7 7 7 14\nSHRINK\n8 8\nEND\n"
DECK = HEAD + SCF
BASIS = (
    "END\n12 3\n1 0 3 2. 1.\n1 1 3 8. 1.\n1 1 3 2. 1.\n8 2\n1 0 3 2. 1.\n1 1 3 6. 1.\n"
    "99 0\nEND\nSHRINK\n8 8\nEND\n"
)
OWN = BASIS.replace("8 2\n1 0 3 2. 1.", "8 2\n0 0 2 2. 1.\n130. .1\n23. .9")
PW = (
    "&control\n calculation='scf'\n/\n&system\n ibrav=1, celldm(1)=10, nat=1, ntyp=1,"
    " ecutwfc=30\n/\n&electrons\n/\nATOMIC_SPECIES\nSi 28 Si.upf\n"
    "ATOMIC_POSITIONS crystal\nSi 0 0 0\nK_POINTS gamma\n"
)


def diagnostics(language: str, text: str) -> list[Diagnostic]:
    name = editing.LANGUAGES[language].name
    return editing.check(language, name, Draft(text, {}))


def applied(text: str, fix: Fix) -> str:
    """Apply edits as an editor does: all places are those of the text before."""
    lines = text.split("\n")
    starts = [sum(len(one) + 1 for one in lines[:at]) for at in range(len(lines))]
    for edit in sorted(fix.edits, key=lambda e: (e.line, e.column), reverse=True):
        start = starts[edit.line - 1] + edit.column - 1
        end = starts[edit.end_line - 1] + edit.end_column - 1
        text = text[:start] + edit.new_text + text[end:]
    return text


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("crystal", DECK.replace("TOLINTEG", "TOLINTGE"), "keyword.unknown"),
        ("crystal", DECK.replace("SHRINK", "shrink"), "keyword.case"),
        ("crystal", DECK.replace("7 7 14", "7 14 7"), "tolinteg.order"),
        ("crystal", DECK.replace("4.21", "4,21"), "record.comma"),
        ("crystal", DECK.replace("12 0.", "Mg 0."), "geometry.atom"),
        ("crystal", DECK.replace("12 0.", "Mg 0.").replace("8 0.5", "O 0.5"),
         "geometry.atom"),
        ("crystal", DECK.replace("8 0.5 0.5", "8 0,5, 0,5,"), "record.comma"),
        ("crystal", DECK.replace("\n4.21", "\n4.21 4.21 90."), "geometry.cell-values"),
        ("crystal", DECK.replace("4.21", "4.21 ! Å"), "line.comment"),
        ("crystal", DECK.replace("225", "F M 3 M"), "geometry.flags"),
        ("crystal", DECK.replace("0 0 0\n225", "0 1 0\n225"), "geometry.rhombohedral"),
        ("crystal", DECK.replace("SHRINK\n", "SHRINK "), "record.missing"),
        ("crystal", DECK.replace("SHRINK", "TOLDEE\n1e-8\nSHRINK"), "record.value"),
        ("crystal", DECK.replace("SHRINK", "DFT\nPBE D3\nEND\nSHRINK"),
         "functional.name"),
        ("crystal", DECK.replace("SHRINK", "DFT\nPBE0\nEND\nSPINLOCK\n2 9\nSHRINK"),
         "spin.closed-shell"),
        ("crystal", DECK.replace("4.21\n2\n12 0. 0. 0.", "4.21\n12 0. 0. 0.\n2"),
         "geometry.atoms"),
        ("crystal", DECK.partition("\n")[2], "deck.title"),
        ("crystal-properties", "BAND\n1 8 40 1 8 1 0\n0 0 0 4 0 4\nEND\n",
         "band.title"),
        ("crystal", DECK.replace("SHRINK", "\nSHRINK"), "line.blank"),
        ("crystal", HEAD + "END\n" + SCF, "end.extra"),
        ("crystal", DECK[: -len("END\n")], "end.missing"),
        ("crystal", DECK[: -len("\nEND\n")], "end.missing"),
        ("crystal", HEAD + "OPTGEOM\nFULLOPTG\n" + SCF, "end.missing"),
        ("crystal", HEAD + BASIS.replace("99 0\n", ""), "basis.terminator"),
        ("crystal", DECK.replace("\n2\n12", "\n3\n12"), "geometry.atoms"),
        ("crystal", HEAD + BASIS.replace("12 3", "12 2"), "basis.shells"),
        ("crystal", HEAD + OWN.replace("0 0 2 2.", "0 0 3 2."), "basis.primitives"),
        ("crystal", DECK.replace("STO-3G", "STO-3C"), "basis.library"),
        ("incar", "ENCUT = 500\nISMAER = 0\n", "incar.unknown"),
        ("pwscf", PW.replace("ecutwfc", "ecutwf"), "pw.unknown"),
        ("pwscf", PW.replace("'scf'", "'sfc'"), "pw.option"),
        ("pwscf", PW.replace("30\n/\n", "30\n"), "pw.unclosed"),
    ],
)  # fmt: skip
def test_a_fix_takes_its_finding_away(language: str, text: str, code: str) -> None:
    found = [one for one in diagnostics(language, text) if one.severity == "error"]
    found = found or diagnostics(language, text)
    first = next(one for one in found if one.fixes)
    assert first.code == code
    (fix,) = first.fixes
    after = diagnostics(language, applied(text, fix))
    assert code not in {one.code for one in after}
    assert not [one for one in after if one.severity == "error"]


def test_a_path_is_put_into_quotes_whole() -> None:
    text = PW.replace("'scf'", "'scf', outdir=./tmp/a, prefix='a'")
    (one,) = [one for one in diagnostics("pwscf", text) if one.severity == "error"]
    assert "not './tmp/a'" in one.message
    assert "outdir='./tmp/a', prefix='a'" in applied(text, one.fixes[0])


def test_a_fix_of_a_text_with_crlf_puts_in_crlf() -> None:
    text = (HEAD + "OPTGEOM\nFULLOPTG\n" + SCF).replace("\n", "\r\n")
    (one,) = [one for one in diagnostics("crystal", text) if one.severity == "error"]
    assert one.fixes[0].edits[0].new_text == "END\r\n"


def test_a_finding_names_the_other_lines_that_it_is_about() -> None:
    text = PW.replace("ntyp=1", "ntyp=1\n nat=1")
    (one,) = [one for one in diagnostics("pwscf", text) if one.code == "pw.twice"]
    assert one.line == 5
    assert [(r.line, r.column) for r in one.related] == [(6, 2)]


@pytest.mark.parametrize(
    ("language", "text", "after"),
    [
        ("incar", "NSW = 5\nNSW = 9 # nine\n", "NSW = 5\n# nine\n"),
        ("incar", "NSW = 5\nNSW = 9\nISIF = 2\n", "NSW = 5\nISIF = 2\n"),
        ("incar", "NSW = 5; NSW = 9; ISIF = 2\n", "NSW = 5; ISIF = 2\n"),
        ("incar", "NSW = 5 ; NSW = 9\n", "NSW = 5\n"),
        ("incar", "NSW = 5\nNSW = 9", "NSW = 5"),
        ("incar", "NSW = 5\nNSW = \\\n 9\nISIF = 2\n", "NSW = 5\nISIF = 2\n"),
        (
            "pwscf",
            PW.replace("nat=1,", "nat=3, nat=1,"),
            PW,
        ),
        ("pwscf", PW.replace(" ecutwfc", "\n ecutwfc=9 ! low\n ecutwfc"),
         PW.replace(" ecutwfc", "\n ! low\n ecutwfc")),
        ("crystal", DECK.replace("SHRINK", "SHRINK\n4 4\nSHRINK"), DECK),
        ("crystal", DECK.replace("SHRINK", "UHF\nUHF\nSHRINK"),
         DECK.replace("SHRINK", "UHF\nSHRINK")),
    ],
)  # fmt: skip
def test_of_two_equal_ones_the_one_without_effect_can_be_deleted(
    language: str, text: str, after: str
) -> None:
    twice = [one for one in diagnostics(language, text) if one.code.endswith("twice")]
    (one,) = twice
    (fix,) = one.fixes
    assert applied(text, fix) == after


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pwscf", PW.replace("celldm(1)=10", "celldm=10,2,3, celldm=9")),
        ("crystal", DECK.replace(
            "TOLINTEG", "ATOMSPIN\n1\n1 1\nATOMSPIN\n1\n2 1\nTOLINTEG")),
    ],
)  # fmt: skip
def test_what_a_later_one_does_not_replace_wholly_is_left_to_a_person(
    language: str, text: str
) -> None:
    (one,) = [one for one in diagnostics(language, text) if one.code.endswith("twice")]
    assert one.fixes == ()


def test_a_fix_is_titled_by_the_one_thing_that_it_does() -> None:
    (one,) = diagnostics("crystal", DECK.replace("8 0.5 0.5 0.5\n", ""))
    assert one.fix == "write 1, or as many atoms as are counted"
    assert [fix.title for fix in one.fixes] == ["Write 1"]


def test_a_finding_names_the_file_as_it_is_called() -> None:
    draft = Draft("ISMAER = 0\n", {})
    for name in ("INCAR.relax", "settings"):
        assert {one.file for one in editing.check("incar", name, draft)} == {name}


def test_what_needs_a_person_has_no_edit() -> None:
    (one,) = diagnostics("crystal", DECK.replace("7 7 7 7 14\n", ""))
    assert one.fix
    assert one.fixes == ()


def test_an_end_is_known_where_a_line_is() -> None:
    for text in (DECK[:40], DECK.replace("225", "999"), "x\n"):
        for one in diagnostics("crystal", text):
            assert None not in {one.column, one.end_line, one.end_column}
