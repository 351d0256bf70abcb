"""The reader of CRYSTAL decks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.crystal.deck import ShellSource, ShellType
from crystalmathd.codes.crystal.inputs import DeckError, keywords, read_deck

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "open" / "crystal"

MGO = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5 Biso 1.000000 O
END
12 3
1 0 3 2. 0.
1 1 3 8. 0.
1 1 3 2. 0.
8 2
0 0 1 2. 1.
1.0D+1 1.0
0 1 1 6. 1.
.5 1.0 0.9
99 0
END
DFT
EXCHANGE
BECKE
CORRELAT
PZ
XLGRID
ENDDFT
SHRINK
0 8
4 4 2
TOLINTEG
7 7 7 7
14
FMIXING
30
ENDSCF
text that nobody reads
"""

FAULTY = {
    "CRYSTALpytools-dev__input_and_basisset__adv_molecule2.d12": 31,
    "CRYSTALpytools__input_and_basisset__adv_molecule2.d12": 31,
    "CRYSTALpytools-dev__old_examples_tutorial__mgo_from_blocks.d12": 2,
    "CRYSTALpytools-dev__old_examples_tutorial__mgo_inputtest.d12": 2,
    "aiida-crystal17__doss_cubic_rocksalt_orbitals__cubic-rocksalt_2x1_opt.d12": 13,
    "toldeg-int-missing__mgoopt.d12": 10,
}
"""Decks of the corpus that no program could read, and the line that says so.

Two stop behind the geometry, two have two titles, one has comments, one is cut.
"""


def corpus_decks() -> list[Path]:
    return sorted(CORPUS.glob("d12*/*"))


def deck_with(geometry: str = "", scf: str = "") -> str:
    text = MGO.replace("O\nEND\n12 3", f"O\n{geometry}END\n12 3")
    return text.replace("FMIXING\n30\n", scf)


def faulty_line(text: str) -> int | None:
    """Return the line of a refusal, None if the deck is read."""
    try:
        read_deck(text)
    except DeckError as error:
        return error.line
    return None


def refusal(text: str) -> DeckError:
    with pytest.raises(DeckError) as caught:
        read_deck(text)
    return caught.value


def test_a_deck_gives_its_geometry_with_line_numbers() -> None:
    geometry = read_deck(MGO).geometry
    assert (geometry.kind, geometry.dimension, geometry.system) == (
        "CRYSTAL",
        3,
        "cubic",
    )
    assert geometry.group is not None
    assert (geometry.group.number, geometry.group.line) == (225, 4)
    assert (geometry.cell, geometry.cell_line) == ((4.21,), 5)
    assert [(atom.label, atom.line) for atom in geometry.atoms] == [(12, 7), (8, 8)]
    assert geometry.atoms[1].position == (0.5, 0.5, 0.5)


def test_a_deck_gives_its_shells() -> None:
    basis = read_deck(MGO).basis
    assert basis is not None
    magnesium, oxygen = basis.entries
    assert [shell.source for shell in magnesium.shells] == [ShellSource.STO_NG] * 3
    s, sp = oxygen.shells
    assert (s.type, s.electrons, s.scale, s.line) == (ShellType.S, 2.0, 1.0, 15)
    assert s.primitives[0].exponent == 10.0
    assert sp.primitives[0].p_coefficient == 0.9


def test_data_run_over_to_the_next_record_and_an_anisotropic_mesh_has_two() -> None:
    deck = read_deck(MGO)
    tolinteg, shrink = deck.find("TOLINTEG"), deck.find("SHRINK")
    assert tolinteg is not None
    assert shrink is not None
    assert tolinteg.values == ("7", "7", "7", "7", "14")
    assert [shrink.integer(at) for at in range(5)] == [0, 8, 4, 4, 2]


def test_a_functional_behind_exchange_is_data_and_no_keyword() -> None:
    names = keywords(MGO)
    assert {"CRYSTAL", "DFT", "EXCHANGE", "XLGRID", "SHRINK"} <= names
    assert not {"BECKE", "PZ", "END", "ENDSCF", "MgO"} & names


def test_a_title_is_never_a_keyword() -> None:
    assert "OPTGEOM" not in keywords(MGO.replace("MgO", "OPTGEOM", 1))


def test_any_word_that_starts_with_end_closes_the_innermost_block() -> None:
    deck = read_deck(deck_with("OPTGEOM\nFULLOPTG\nEND OPTGEOM\n"))
    assert deck.edits[0].name == "OPTGEOM"
    assert deck.edits[0].children[0].name == "FULLOPTG"
    assert deck.remarks == ()


def test_an_end_with_the_name_of_another_block_is_remarked() -> None:
    deck = read_deck(deck_with("OPTGEOM\nENDGEOM\n"))
    assert deck.edits[0].name == "OPTGEOM"
    assert [remark.line for remark in deck.remarks] == [10]


def test_basisset_closes_the_geometry_and_replaces_the_basis() -> None:
    text = MGO[: MGO.index("END\n12 3")] + "BASISSET\nPOB-TZVP\nGHOSTS\n1\n2\nSHRINK\n"
    deck = read_deck(text + "4 4\nEND\n")
    assert deck.basis is not None
    assert deck.basis.name == "POB-TZVP"
    assert [word.name for word in deck.scf] == ["GHOSTS", "SHRINK"]


def test_basisset_behind_an_end_is_named_as_the_fault() -> None:
    text = MGO[: MGO.index("12 3\n")] + "BASISSET\nSTO-3G\nSHRINK\n4 4\nEND\n"
    error = refusal(text)
    assert error.line == 10
    assert "END before it must go" in error.message


def test_an_unknown_keyword_is_kept_with_its_block_and_line() -> None:
    deck = read_deck(deck_with(scf="FROBNIC\n1 2\n3\nFMIXING\n30\n"))
    (unknown,) = [word for word in deck.words() if not word.is_known]
    assert (unknown.name, unknown.block, unknown.line) == ("FROBNIC", "scf", 34)
    assert unknown.values == ("1", "2", "3")


def test_eight_characters_of_a_keyword_are_enough() -> None:
    deck = read_deck(deck_with(scf="MAXCYCLES\n40\n"))
    keyword = deck.find("MAXCYCLE")
    assert keyword is not None
    assert (keyword.written, keyword.integer(0)) == ("MAXCYCLES", 40)


def test_the_shift_of_the_origin_stands_behind_the_group() -> None:
    text = MGO.replace("0 0 0\n225\n4.21\n", "0 0 2\n154\n0 0 16\n4.9 5.4\n")
    geometry = read_deck(text).geometry
    assert (geometry.origin, geometry.shift) == (2, (0, 0, 16))
    assert geometry.cell == (4.9, 5.4)
    wrong = MGO.replace("0 0 0\n225\n4.21\n", "0 0 2\n0 0 16\n154\n4.9 5.4\n")
    assert "shift of the origin behind it" in refusal(wrong).message


@pytest.mark.parametrize(
    ("symbol", "system"),
    [
        ("F M 3 M", "cubic"),
        ("P 21 3", "cubic"),
        ("P -4 3 M", "cubic"),
        ("P 63/M M C", "hexagonal"),
        ("R -3 C", "trigonal"),
        ("P 3 1 2", "trigonal"),
        ("I 41/A M D", "tetragonal"),
        ("P B N M", "orthorhombic"),
        ("P 21/C", "monoclinic"),
        ("C 1 2/M 1", "monoclinic"),
        ("P -1", "triclinic"),
    ],
)
def test_a_symbol_tells_the_crystal_system(symbol: str, system: str) -> None:
    cell = "4 5 6 90 91 92"
    text = MGO.replace("0 0 0\n225\n4.21\n", f"1 0 0\n{symbol}\n{cell}\n")
    assert read_deck(text).geometry.system == system


def test_a_core_potential_is_recognised() -> None:
    text = MGO.replace("12 0.", "212 0.").replace(
        "12 3\n1 0 3 2. 0.\n1 1 3 8. 0.\n1 1 3 2. 0.\n",
        "212 1\nINPUT\n2. 1 1 0 0 0 0\n1.0 2.0 -1\n3.0 4.0 0\n0 0 1 2. 1.\n1. 1.\n",
    )
    basis = read_deck(text).basis
    assert basis is not None
    potential = basis.entries[0].core_potential
    assert potential is not None
    assert potential.effective_charge == 2.0
    assert potential.terms == ((1.0, 2.0, -1), (3.0, 4.0, 0))


@pytest.mark.parametrize(
    ("head", "dimension", "cell"),
    [
        ("SLAB\n77\n2.46\n", 2, (2.46,)),
        ("SLAB\n1\n6.2 6.3 89.9\n", 2, (6.2, 6.3, 89.9)),
        ("POLYMER\n1\n2.5\n", 1, (2.5,)),
        ("MOLECULE\n1\n", 0, ()),
    ],
)
def test_other_dimensions_are_recognised(
    head: str, dimension: int, cell: tuple[float, ...]
) -> None:
    text = MGO.replace("CRYSTAL\n0 0 0\n225\n4.21\n", head)
    geometry = read_deck(text).geometry
    assert (geometry.dimension, geometry.cell) == (dimension, cell)
    assert len(geometry.atoms) == 2


def test_a_deck_with_an_external_geometry_has_no_atoms_of_its_own() -> None:
    start = MGO.index("CRYSTAL")
    text = MGO[:start] + "EXTERNAL\n" + MGO[MGO.index("END\n12 3") :]
    geometry = read_deck(text).geometry
    assert (geometry.kind, geometry.dimension, geometry.atoms) == ("EXTERNAL", None, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("225\n", "300\n", 4, "not a space group"),
        ("CRYSTAL\n", "CRISTAL\n", 2, "geometry type"),
        ("8 0.5 0.5 0.5", "8 0.5 half 0.5", 8, "value 3 of 4"),
        ("1 0 3 2. 0.", "7 0 3 2. 0.", 11, "type codes"),
        ("1.0D+1 1.0", "-1.0 1.0", 16, "exponent"),
        ("SHRINK\n0 8\n4 4 2\n", "SHRINK\n", 28, "SHRINK needs an integer"),
        ("FMIXING\n30\n", "FMIXING\n30\n\n", 36, "blank line"),
        ("FMIXING\n30\n", "# mixing\n", 34, "stands where a keyword"),
        ("FMIXING\n30\n", "FMIXING\n30\n40\n", 36, "stands where a keyword"),
        ("99 0\nEND\n", "END\n", 19, "99 0"),
        ("99 0\nEND\n", "99 0\n", 20, "END behind 99 0 is missing"),
    ],
)
def test_a_fault_is_told_with_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    text = MGO.replace(old, new, 1).partition("text that")[0]
    error = refusal(text)
    assert words in error.message
    assert error.line == line
    assert str(error).startswith(f"Line {line}: ")


def test_a_deck_without_its_last_end_is_refused() -> None:
    assert "END is missing" in refusal(MGO.partition("ENDSCF")[0]).message


def test_keywords_of_a_broken_deck_are_found_by_their_lines() -> None:
    broken = MGO.replace("0 8\n4 4 2\n", "GUESSP\n")
    assert {"GUESSP", "SHRINK", "DFT"} <= keywords(broken)


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_read(line_end: str) -> None:
    assert read_deck(MGO.replace("\n", line_end)) == read_deck(MGO)


@pytest.mark.parametrize("path", corpus_decks(), ids=lambda path: path.name)
def test_every_deck_of_the_corpus_is_read_or_refused_with_its_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.name in FAULTY:
        assert refusal(text).line == FAULTY[path.name]
        assert keywords(text)
        return
    deck = read_deck(text)
    assert deck.geometry.kind in keywords(text)
    is_unknown = [word for word in deck.words() if not word.is_known]
    # The words inside PRINTOUT are in no table.
    assert {word.block for word in is_unknown} <= {"printout"}


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpora are not beside the checkout"
)
def test_the_corpus_is_there() -> None:
    assert len(corpus_decks()) > 80


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert faulty_line(text) in (None, *range(1, len(text) + 2))
    assert isinstance(keywords(text), frozenset)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(MGO.split("\n")) - 1),
            st.sampled_from(
                ["", "END", "99 0", "1 1 1", "-3", "1E999", "9" * 400, "3*1", "1/0"]
            ),
            st.booleans(),
        ),
        max_size=4,
    )
)
def test_a_damaged_deck_is_read_or_refused(
    damages: list[tuple[int, str, bool]],
) -> None:
    lines = MGO.split("\n")
    for at, text, is_extra in damages:
        lines[at : at if is_extra else at + 1] = [text]
    damaged = "\n".join(lines)
    assert faulty_line(damaged) in (None, *range(1, len(lines) + 1))
    keywords(damaged)
