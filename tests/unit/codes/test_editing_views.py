"""What an editor explains, and the parts of a text that it shows; `|` is the cursor."""

import pytest

from crystalmathd.codes import editing
from crystalmathd.codes.crystal.keyword_facts import HEAD, facts_of, names_of
from crystalmathd.codes.crystal.keyword_texts import GEOMETRY_TEXTS
from crystalmathd.codes.crystal.keyword_texts_scf import SCF_TEXTS
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.cards import NAMES
from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.espresso.pw_texts import card_texts, key_texts
from crystalmathd.models.editing import Symbol

DECK = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
OPTGEOM
MAXCYCLE
50
END
END
12 1
0 1 1 2. 1.
1. 1. 1.
8 1
0 0 1 2. 1.
1. 1.
99 0
END
DFT
PBE0
END
MAXCYCLE
60
END
"""
PW = """&control
  calculation = 'relax'
/
&system
  nat = 2
/
K_POINTS automatic
  6 6 6 0 0 0
"""
POSCAR = "c\n1\n1 0 0\n0 1 0\n0 0 1\nSi O\n1 1\nDirect\n0 0 0\n.5 .5 .5\n"
POTCAR = (
    "PAW_PBE Si 05Jan2001\n4.0\nTITEL = PAW_PBE Si 05Jan2001\nVRHFIN =Si: s2p2\n"
    "LEXCH = PE\nPOMASS = 28.085; ZVAL = 4.000 mass\n"
    "ENMAX = 245.345; ENMIN = 184.009 eV\nEND of PSCTR\n1 2 3\nEnd of Dataset\n"
)
TWO = POTCAR + POTCAR.replace("Si 05Jan2001", "O_s 07Sep2000").replace("245", "282")


def hovered(language: str, marked: str) -> str | None:
    before, _, behind = marked.partition("|")
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2]) + 1
    found = editing.hover(language, Draft(before + behind, {}), line, column)
    return None if found is None else found.markdown


def tree(symbols: tuple[Symbol, ...]) -> list[object]:
    return [
        [one.name, one.range.line, one.range.end_line, *tree(one.children)]
        for one in symbols
    ]


@pytest.mark.parametrize(
    ("language", "marked", "said"),
    [
        ("crystal", DECK.replace("MAXCYCLE\n50", "MAXC|YCLE\n50"), "OPTGEOM block"),
        ("crystal", DECK.replace("MAXCYCLE\n60", "|MAXCYCLE\n60"), "SCF block"),
        ("crystal", DECK.replace("\n60", "\n6|0"), "**MAXCYCLE** · SCF block"),
        ("crystal", DECK.replace("PBE0", "PBE0|"), "25 per cent"),
        ("crystal", DECK.replace("CRYSTAL", "CRYST|AL"), "geometry type"),
        ("crystal", DECK.replace("50\nEND", "50\nEN|D"), "closes the OPTGEOM block"),
        ("crystal", DECK.replace("\n225", "\n2|25"), "group"),
        ("crystal", DECK.replace("0 1 1 2.", "0 1| 1 2."), "ITYB LAT NG CHE SCAL"),
        ("crystal", "t\nMOLECULE\n1\n1\n1 0 0 0\nBASISSET\nMIN|IX\nEND\n", "Elements"),
        ("crystal-properties", "NE|WK\n4 4\n1 0\nEND\n", "PROPERTIES block"),
        ("incar", "ISM|EAR = 0", "vasp.at"),
        ("incar", "A = 1; ISMEAR = -|5", "**ISMEAR**"),
        ("poscar", POSCAR.replace(".5 .5", ".5| .5"), "**atom 2** · O"),
        ("poscar", POSCAR.replace("Direct", "Dir|ect"), "mode"),
        ("kpoints", "c\n0\nG\n4 4| 4\n", "mesh"),
        ("potcar", POTCAR.replace("LEXCH", "LE|XCH"), "**Si** · Si · PBE · 05Jan2001"),
        ("potcar", POTCAR.replace("1 2", "1| 2"), "ENMAX 245.345 eV, ENMIN 184.009 eV"),
        ("potcar", POTCAR.replace("PE\n", "PE|\n"), "ZVAL 4\n\n`PAW_PBE Si 05Jan2001`"),
        (
            "potcar",
            TWO[:-2] + "|" + TWO[-2:],
            "`PAW_PBE O_s 07Sep2000`, lines 11 to 20",
        ),
        ("potcar", POTCAR[: POTCAR.index("END")] + "|", "ENMAX 245.345 eV"),
        ("pwscf", PW.replace("calc", "ca|lc"), "Default: `scf`"),
        ("pwscf", PW.replace("relax", "re|lax"), "**calculation**"),
        ("pwscf", PW.replace("nat", "n|at"), "Required."),
        ("pwscf", PW.replace("&system", "&sys|tem"), "namelist"),
        ("pwscf", PW.replace("K_POINTS", "K_PO|INTS"), "card"),
    ],
)
def test_a_word_is_explained(language: str, marked: str, said: str) -> None:
    assert said in (hovered(language, marked) or "")


def test_a_cutoff_is_shown_beside_those_of_the_potcar() -> None:
    draft = Draft("ENCUT = 400\nNSW = 1\n", {"POTCAR": TWO.encode()})
    found = editing.hover("incar", draft, 1, 2)
    said = "ENMAX of the POTCAR: Si 245.345 eV, O_s 282.345 eV"
    assert found is not None
    assert found.markdown.endswith(said)
    other = editing.hover("incar", draft, 2, 2)
    assert other is not None
    assert "ENMAX" not in other.markdown


def test_the_datasets_of_a_potcar_can_be_folded() -> None:
    folds = editing.folding("potcar", Draft(TWO, {}))
    assert [(one.line, one.end_line) for one in folds] == [(1, 10), (11, 20)]


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("crystal", "SHR|INK is a title\n"),
        ("crystal", DECK.replace("8 0.5", "8 |0.5")),
        ("crystal", ""),
        ("incar", "# ISM|EAR"),
        ("incar", "NOSUCHTAG = 1|"),
        ("poscar", "c\n1\n1 0 0\n\n|\n"),
        ("pwscf", "nosuchk|ey"),
        ("potcar", "PA|W"),
    ],
)
def test_of_what_nothing_is_known_nothing_is_said(language: str, marked: str) -> None:
    assert hovered(language, marked) is None


def test_a_deck_is_shown_as_a_tree() -> None:
    assert tree(editing.symbols("crystal", Draft(DECK, {}))) == [
        ["MgO", 1, 1],
        [
            *("CRYSTAL", 2, 13),
            ["cell", 5, 5],
            ["atoms", 6, 8],
            ["OPTGEOM", 9, 12, ["MAXCYCLE", 10, 11]],
        ],
        [
            *("basis set", 14, 21),
            ["Mg", 14, 16, ["sp", 15, 16]],
            ["O", 17, 19, ["s", 18, 19]],
        ],
        ["SCF", 22, 27, ["DFT", 22, 24, ["PBE0", 23, 23]], ["MAXCYCLE", 25, 26]],
    ]


def test_a_deck_with_a_fault_keeps_its_tree_behind_it() -> None:
    broken = DECK.replace("8 0.5 0.5 0.5", "8 0.5 x 0.5")
    names = [one.name for one in editing.symbols("crystal", Draft(broken, {}))]
    assert names == ["MgO", "CRYSTAL", "basis set", "SCF"]


def test_other_languages_are_shown_by_their_parts() -> None:
    assert tree(editing.symbols("pwscf", Draft(PW, {}))) == [
        ["&CONTROL", 1, 3, ["calculation", 2, 2]],
        ["&SYSTEM", 4, 6, ["nat", 5, 5]],
        ["K_POINTS", 7, 8],
    ]
    assert tree(editing.symbols("poscar", Draft(POSCAR, {}))) == [
        ["c", 1, 1],
        ["lattice", 2, 5],
        ["species", 6, 7],
        ["Direct", 8, 10],
    ]
    incar = editing.symbols("incar", Draft("A = 1; B = 2\nC = 3", {}))
    assert tree(incar) == [["A", 1, 1], ["B", 1, 1], ["C", 2, 2]]
    potcar = "PAW_PBE Si 1\n4.0\nEnd of Dataset\nPAW_PBE O 1\nEnd of Dataset\n"
    shown = tree(editing.symbols("potcar", Draft(potcar, {})))
    assert shown == [["Si", 1, 3], ["O", 4, 5]]


def test_an_outline_has_an_end() -> None:
    text = "t\nMOLECULE\n1\n1\n1 0 0 0\nBASISSET\nSTO-3G\n" + "DIIS\n" * 30_000
    scf = editing.symbols("crystal", Draft(text, {}))[-1]
    assert len(scf.children) == editing.MOST_SYMBOLS - 6


def test_blocks_fold() -> None:
    folds = editing.folding("crystal", Draft(DECK, {}))
    lines = {(one.line, one.end_line) for one in folds}
    assert {(2, 13), (6, 8), (9, 12), (14, 21), (22, 27)} <= lines
    assert len({one.line for one in folds}) == len(folds)


def test_words_have_kinds_and_places() -> None:
    text = DECK.split("\n")
    tokens = editing.tokens("crystal", Draft(DECK, {}))
    kinds = {text[t.line - 1][t.column - 1 :][: t.length]: t.kind for t in tokens}
    assert kinds["MgO"] == "title"
    assert kinds["OPTGEOM"] == "block"
    assert kinds["PBE0"] == "keyword"
    assert kinds["END"] == "end"
    assert kinds["0.5"] == "number"
    places = [(one.line, one.column) for one in tokens]
    assert places == sorted(places)
    of_pw = [one.kind for one in editing.tokens("pwscf", Draft(PW[:33], {}))]
    assert of_pw == ["block", "property", "string"]


def test_every_sentence_is_about_a_keyword_that_there_is() -> None:
    block, wrong = "", []
    for line in (GEOMETRY_TEXTS + SCF_TEXTS).replace("\\\n", "").split("\n"):
        if line.startswith("["):
            block = line.strip("[]")
            continue
        name = line.partition("|")[0].strip()
        if not name:
            continue
        facts = facts_of(block, name)
        if facts is None or facts.name != name or not facts.sentence.endswith("."):
            wrong.append(f"{block} {name}")
            continue
        others = [one for one in facts.excludes if one not in BLOCKS[block]]
        wrong += [f"{block} {name} {one}" for one in others]
    assert wrong == []
    assert set(names_of(HEAD)) >= {"CRYSTAL", "SLAB", "EXTERNAL"}
    assert set(key_texts()) <= set(keys())
    assert set(card_texts()) == NAMES
