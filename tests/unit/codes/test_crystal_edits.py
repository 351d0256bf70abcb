"""Typed edits of CRYSTAL's inputs: the value is there, and nothing else has changed."""

import difflib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.crystal.edits import (
    get_value,
    remove_value,
    set_value,
    setting,
)
from crystalmathd.codes.crystal.inputs import read_deck, read_properties
from crystalmathd.codes.crystal.parts import put_together, take_apart
from crystalmathd.codes.crystal.splices import Splice
from crystalmathd.codes.lines import lines_of

DECK = """MgO, 50 % of it
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
OPTGEOM
MAXCYCLE
30
TOLDEG
0.0003
ENDOPT
END
12 1
1 0 3 2 0
8 1
1 0 3 2 0
99 0
END
DFT
PBE
ENDDFT
SHRINK
0 8
4 4 2
MAXCYCLE
50
ANDERSON
ENDSCF
text that nobody reads
"""


def changes(before: str, after: str) -> list[str]:
    """Return the lines that were taken away (-) and put in (+), with their ends."""
    old, new = lines_of(before), lines_of(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found = []
    for kind, start, stop, new_start, new_stop in matcher.get_opcodes():
        if kind != "equal":
            found += [f"- {line}" for line in old[start:stop]]
            found += [f"+ {line}" for line in new[new_start:new_stop]]
    return found


@pytest.mark.parametrize(
    ("key", "value", "changed"),
    [
        ("SHRINK", "8 8", ["- 0 8\n", "- 4 4 2\n", "+ 8 8\n"]),
        ("shrink", "0 16; 8 8 4", ["- 0 8\n", "- 4 4 2\n", "+ 0 16\n", "+ 8 8 4\n"]),
        ("SCF.MAXCYCLE", "77", ["- 50\n", "+ 77\n"]),
        ("OPTGEOM.MAXCYCLE", "77", ["- 30\n", "+ 77\n"]),
        ("TOLDEG", "0.0001", ["- 0.0003\n", "+ 0.0001\n"]),
        ("CELL", "4.3", ["- 4.21\n", "+ 4.3\n"]),
        ("TOLDEE", "8", ["+ TOLDEE\n", "+ 8\n"]),
        ("SCF.LEVSHIFT", "5 1", ["+ LEVSHIFT\n", "+ 5 1\n"]),
        ("NODIIS", "", ["+ NODIIS\n"]),
        ("ANDERSON", "", []),
        ("OPTGEOM.RESTART", "", ["+ RESTART\n"]),
        ("CELLONLY", "", ["+ CELLONLY\n"]),
        ("SPIN", "", ["+ SPIN\n"]),
        ("SCF.GUESSP", "", ["+ GUESSP\n"]),
        ("DFT", "PBE0; XLGRID", ["- PBE\n", "+ PBE0\n", "+ XLGRID\n"]),
        (
            "FREQCALC",
            "NUMDERIV; 2",
            ["+ FREQCALC\n", "+ NUMDERIV\n", "+ 2\n", "+ END\n"],
        ),
        ("TESTGEOM", "", ["+ TESTGEOM\n"]),
        (
            "SUPERCEL",
            "2 0 0; 0 2 0; 0 0 2",
            ["+ SUPERCEL\n", "+ 2 0 0\n", "+ 0 2 0\n", "+ 0 0 2\n"],
        ),
        ("TITLE", "magnesia", ["- MgO, 50 % of it\n", "+ magnesia\n"]),
        ("GROUP", "221", ["- 225\n", "+ 221\n"]),
        ("ATOM(2)", "108 .5 .5 .5", ["- 8 0.5 0.5 0.5\n", "+ 108 .5 .5 .5\n"]),
        ("ATOMS", "12 0. 0. 0.", ["- 2\n", "+ 1\n", "- 8 0.5 0.5 0.5\n"]),
    ],
)
def test_a_keyword_of_a_deck_is_replaced_or_added(
    key: str, value: str, changed: list[str]
) -> None:
    assert changes(DECK, set_value(DECK, key, value)) == changed


@pytest.mark.parametrize("end", ["END", "ENDSCF", "END SCF", "ENDE", "END of it"])
def test_what_is_added_stands_before_the_end_of_the_scf_block(end: str) -> None:
    deck = DECK.replace("ENDSCF", end)
    assert f"ANDERSON\nTOLDEE\n8\n{end}\n" in set_value(deck, "TOLDEE", "8")
    bare = deck.partition("\ntext")[0]
    assert set_value(bare, "TOLDEE", "8").endswith(f"TOLDEE\n8\n{end}")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("MAXCYCLE", "77", "several places: OPTGEOM.MAXCYCLE (line 10), SCF.MAXCYCLE"),
        ("SHRONK", "8 8", "did you mean SHRINK"),
        ("QWXZ", "", "QWXZ is not a keyword"),
        ("INTENS", "", "belongs to FREQCALC, write it there"),
        ("FREQCALC.RESTART", "", "no FREQCALC block to add to"),
        ("RESTART(2)", "", "there are fewer"),
        ("GHOSTS", "1; 1; TOLDEE; 3", "GHOSTS = 1; 1; TOLDEE; 3: "),
        ("ATOM(3)", "8 0 0 0", "not one of the atoms ATOM(1) to ATOM(2)"),
        ("BASISSET", "STO-3G", "writes its basis set out"),
        ("SPIN(1)", "", "there are fewer"),
        ("ATOM(2)", "8 0 0 0; 1 0 0 0", "ATOM(2) = "),
        ("ATOMS", "", "ATOMS = "),
        ("a..b", "1", "not a key"),
        ("OPTGEOM", "", "opens a block"),
        ("DFT", "", "opens a block"),
        ("SHRINK", "eight", "SHRINK = eight"),
        ("SHRINK", "", "SHRINK = "),
        ("ANDERSON", "5", "ANDERSON = 5"),
        ("TOLDEE", "8; END", "change more than this value"),
        ("TOLDEE", "8; FMIXING; 30", "change more than this value"),
        ("SCF.MAXCYCLE", "77; ANDERSON", "change more than this value"),
        ("CELL", "", "CELL = "),
        ("CELL", "4.21 ; 3 ; 1 0 0 0", "CELL = "),
    ],
)
def test_what_is_not_clear_in_a_deck_is_refused(
    key: str, value: str, words: str
) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        set_value(DECK, key, value)


def test_a_deck_without_the_place_is_refused() -> None:
    external = "MgO\nEXTERNAL\nTESTGEOM\nEND\n"
    for key, words in (("CELL", "no record of the cell"), ("TOLDEE", "no SCF block")):
        with pytest.raises(InputRefusedError, match=words):
            set_value(external, key, "5")
    with pytest.raises(InputRefusedError, match="cannot be read"):
        set_value("MgO\nCRYSTAL\n", "TOLDEE", "5")


def test_a_keyword_that_nobody_knows_is_set_where_it_stands() -> None:
    deck = DECK.replace("ANDERSON", "NEWWORD\n1 2")
    assert changes(deck, set_value(deck, "NEWWORD", "3 4")) == ["- 1 2\n", "+ 3 4\n"]


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_bytes_that_are_no_text_and_ends_of_lines_are_kept(ending: bytes) -> None:
    code = CODES["crystal"]
    text = DECK.encode().replace(b"50 %", b"\xff\xfe \xe4").replace(b"\n", ending)
    step = StepRequest(program="crystal", input=InputFile(name="a.d12", text=text))
    replaced = code.set_value(step, "SHRINK", "8 8")
    gone, come = (ending.join(one) for one in ([b"0 8", b"4 4 2"], [b"8 8"]))
    assert replaced == text.replace(gone, come)
    added = code.set_value(step, "TOLDEE", "8")
    new = ending.join([b"TOLDEE", b"8", b"ENDSCF"])
    assert added == text.replace(b"ENDSCF", new)


BANDS = """NEWK
12 24
1 0
BAND
MgO; from Gamma
2 4 200 1 26 1 0
0 0 0 2 0 2 ! to X
G L
ECHG
0
95
COORDINA
-4. -4. 0.
4. -4. 0.
4. 4. 0.
MARGINS
1.5 1.5 1.5 1.5
END
PATO
0 0
ECHG
0
100
ATOMS
1 0 0 0
2 0 0 0
1 0 0 1
END
DOSS
2 600 -1 -1 1 12 0
-1. .5
-2 1 2
3 1 2
3
MYWORD
1 2
END
text that nobody reads
"""


def test_an_input_of_properties_gives_its_keywords_with_their_data() -> None:
    source = read_properties(BANDS)
    names = ["NEWK", "BAND", "ECHG", "PATO", "ECHG", "DOSS", "MYWORD"]
    assert [word.name for word in source.words] == names
    newk, band, density, *_, dos, unknown = source.words
    assert newk.values == ("12", "24", "1", "0")
    assert band.values[0] == "MgO; from Gamma"
    assert band.values[-8:] == (*"000202", "G", "L")
    assert [word.name for word in density.children] == ["COORDINA", "MARGINS"]
    assert dos.values[7:] == ("-1.", ".5", "-2", "1", "2", "3", "1", "2", "3")
    assert (unknown.is_known, unknown.values) == (False, ("1", "2"))
    assert source.end == 37


@pytest.mark.parametrize(
    ("key", "value", "changed"),
    [
        ("NEWK", "8 8; 1 0", ["- 12 24\n", "+ 8 8\n"]),
        ("PATO", "1 0", ["- 0 0\n", "+ 1 0\n"]),
        ("PPAN", "", ["+ PPAN\n"]),
        ("ECHG(2).MARGINS", "2. 2. 2. 2.", ["+ MARGINS\n", "+ 2. 2. 2. 2.\n"]),
        ("ECHG(1).MARGINS", "2. 2. 2. 2.", ["- 1.5 1.5 1.5 1.5\n", "+ 2. 2. 2. 2.\n"]),
        ("MYWORD", "7", ["- 1 2\n", "+ 7\n"]),
        ("MARGINS", "2. 2. 2. 2.", ["- 1.5 1.5 1.5 1.5\n", "+ 2. 2. 2. 2.\n"]),
        ("ECHG", "0", None),
        ("ECHG(2)", "0; 50; ATOMS; 1 0 0 0; 2 0 0 0; 1 0 0 1", ["- 100\n", "+ 50\n"]),
        ("FMIXING", "30", None),
        ("NEWK", "8 8", None),
    ],
)
def test_an_input_of_properties_is_edited(
    key: str, value: str, changed: list[str] | None
) -> None:
    if changed is None:
        with pytest.raises(InputRefusedError):
            set_value(BANDS, key, value, is_properties=True)
        return
    after = set_value(BANDS, key, value, is_properties=True)
    assert changes(BANDS, after) == changed


def test_what_prepares_others_goes_to_the_top_of_a_properties_input() -> None:
    text = set_value("PPAN\nEND\n", "NEWK", "4 4; 1 0", is_properties=True)
    assert text == "NEWK\n4 4\n1 0\nPPAN\nEND\n"
    assert get_value(BANDS, "BAND", is_properties=True) == (
        "MgO; from Gamma; 2 4 200 1 26 1 0; 0 0 0 2 0 2 ! to X; G L"
    )
    assert remove_value(text, "NEWK", is_properties=True) == "PPAN\nEND\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SHRINK", "0 8; 4 4 2"),
        ("OPTGEOM.MAXCYCLE", "30"),
        ("OPTGEOM", "MAXCYCLE; 30; TOLDEG; 0.0003"),
        ("ANDERSON", ""),
        ("DFT", "PBE"),
        ("CELL", "4.21"),
        ("TITLE", "MgO, 50 % of it"),
        ("ATOM(1)", "12 0. 0. 0."),
        ("ATOMS", "12 0. 0. 0.; 8 0.5 0.5 0.5"),
        ("TOLDEE", None),
        ("FREQCALC.RESTART", None),
        ("BASISSET", None),
    ],
)
def test_a_value_is_got_as_it_is_written(key: str, value: str | None) -> None:
    assert get_value(DECK, key) == value
    if value:
        assert set_value(DECK, key, value) == DECK
    if value is None:
        assert remove_value(DECK, key) == DECK


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        ("SHRINK", ["SHRINK\n", "0 8\n", "4 4 2\n"]),
        ("ANDERSON", ["ANDERSON\n"]),
        ("OPTGEOM.TOLDEG", ["TOLDEG\n", "0.0003\n"]),
        ("DFT", ["DFT\n", "PBE\n", "ENDDFT\n"]),
    ],
)
def test_a_keyword_is_taken_out_with_its_data(key: str, gone: list[str]) -> None:
    assert changes(DECK, remove_value(DECK, key)) == [f"- {line}" for line in gone]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("MAXCYCLE", "several places"),
        ("SHRONK", "did you mean SHRINK"),
        ("CELL", "part of every such input"),
        ("ATOM(2)", "part of every such input"),
    ],
)
def test_what_cannot_be_taken_out_is_refused(key: str, words: str) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        remove_value(DECK, key)


def test_the_blocks_of_a_library_basis_take_their_words() -> None:
    start = DECK[: DECK.index("END\n12 1")]
    deck = start + "BASISSET\nSTO-3G\nSHRINK\n4 4\nEND\n"
    assert get_value(deck, "BASISSET") == "STO-3G"
    assert "BASISSET\nPOB-TZVP\nSHRINK" in set_value(deck, "BASISSET", "POB-TZVP")
    assert "STO-3G\nGHOSTS\n1\n2\nSHRINK" in set_value(deck, "GHOSTS", "1; 2")
    assert "ENDOPT\nTESTGEOM\nBASISSET" in set_value(deck, "TESTGEOM", "")


def test_code_gets_sets_and_removes_in_decks_and_inputs_of_properties() -> None:
    for code, program, key, text in (
        ("crystal", "crystal", "SHRINK", DECK),
        ("pyscf", "pyscf", "SHRINK", DECK),
        ("crystal", "properties", "NEWK", BANDS),
    ):
        file = InputFile(name="input", text=text.encode())
        step = StepRequest(program=program, input=file)
        value = CODES[code].get_value(step, key)
        assert value is not None
        assert CODES[code].set_value(step, key, value) == file.text
        assert key.encode() not in CODES[code].remove_value(step, key)


@given(
    text=st.sampled_from([DECK, BANDS]).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at])
    ),
    key=st.sampled_from(["MAXCYCLE", "CELL", "ATOM(2)", "TITLE", "PATO", "ECHG(1)"]),
    value=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12),
    is_properties=st.booleans(),
)
def test_any_beginning_of_an_input_is_edited_or_refused(
    text: str,
    key: str,
    value: str,
    is_properties: bool,  # noqa: FBT001
) -> None:
    splice, refusal = Splice(first=1), ""
    try:
        splice = setting(text, key, value, is_properties=is_properties)
    except InputRefusedError as error:
        refusal = str(error)
    after = splice.apply(text)
    assert refusal or all(part.strip() in after for part in value.split(";"))
    assert splice.inverse.apply(after) == text


def test_an_input_is_taken_apart_and_put_together() -> None:
    parts = take_apart(DECK, read_deck(DECK))
    assert [part.name for part in parts] == [
        *("TITLE", "CRYSTAL", "ATOMS", "ATOM", "ATOM", "OPTGEOM", "END"),
        *("BASIS", "BASIS", "99 0", "END"),
        *("DFT", "SHRINK", "MAXCYCLE", "ANDERSON", "END", ""),
    ]
    assert parts[5].lines[-1] == "ENDOPT\n"
    assert put_together(parts) == DECK
    names = [part.name for part in take_apart(BANDS, read_properties(BANDS))]
    assert names == [
        *("NEWK", "BAND", "ECHG", "PATO", "ECHG", "DOSS", "MYWORD", "END", ""),
    ]
