"""What the embedded engine makes of a deck: honoured, ignored, refused."""

import re
from pathlib import Path

import pytest

from crystalmathd.codes.crystal.inputs import DeckError
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.pyscf.calculation import Calculation, plan
from crystalmathd.codes.pyscf.keywords import HONOURED, IGNORED, REFUSED
from tests.unit.codes import corpora

LIH = """LiH
CRYSTAL
0 0 0
225
4.0834
2
3 0. 0. 0.
1 .5 .5 .5
{geometry}END
3 2
1 0 3 2. 0.
1 1 3 1. 0.
1 1
1 0 3 1. 0.
99 0
{basis}END
{scf}SHRINK
{shrink}
END
"""


def deck(
    geometry: str = "", basis: str = "", scf: str = "", shrink: str = "4 8"
) -> str:
    return LIH.format(geometry=geometry, basis=basis, scf=scf, shrink=shrink)


def refusal(text: str) -> DeckError:
    with pytest.raises(DeckError) as caught:
        plan(text)
    return caught.value


def functional(block: str) -> str | None:
    return plan(deck(scf=f"DFT\n{block}\nEND\n")).method.functional


def accepted_decks() -> dict[str, Calculation]:
    found = {}
    for folder in ("d12", "d12_from_out"):
        for path in (corpora.ROOT / "open" / "crystal" / folder).glob("*"):
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
                found[path.name] = plan(text)
            except DeckError:
                continue
    return found


def test_a_silent_deck_gets_crystals_defaults() -> None:
    calculation = plan(deck())
    assert calculation.method.functional is None
    assert calculation.mesh == (4, 4, 4)
    assert calculation.tolerance_hartree == pytest.approx(1e-6)
    assert calculation.max_cycles == 50


def test_toldee_maxcycle_and_shrink_are_honoured() -> None:
    calculation = plan(deck(scf="TOLDEE\n9\nMAXCYCLE\n7\n", shrink="0 8\n4 4 2"))
    assert calculation.tolerance_hartree == pytest.approx(1e-9)
    assert calculation.max_cycles == 7
    assert calculation.mesh == (4, 4, 2)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("B3LYP", "B3LYP5"),
        ("SVWN", "SLATER,VWN5"),
        ("PBEXC", "PBE,PBE"),
        ("PBE0", "PBE0"),
        ("HSE06", "HSE06"),
        ("PW1PW", "0.2*HF + 0.8*PW91, PW91"),
        ("R2SCAN0", "0.25*HF + 0.75*R2SCAN, R2SCAN"),
        ("M062X", "M062X"),
        ("EXCHANGE\nLDA\nCORRELAT\nVWN", "SLATER,VWN5"),
        ("CORRELAT\nLYP\nEXCHANGE\nBECKE", "B88,LYP"),
        (
            "EXCHANGE\nPBE\nHYBRID\n25.\nCORRELAT\nPBE",
            "0.25*HF + 0.75*PBE, PBE",
        ),
    ],
)
def test_a_functional_is_translated(block: str, expected: str) -> None:
    assert functional(block) == expected


@pytest.mark.parametrize(
    ("block", "line", "words"),
    [
        ("XLGRID", 17, "needs a functional"),
        ("EXCHANGE\nPBE", 17, "together"),
        ("EXCHANGE\nSOGGA\nCORRELAT\nPBE", 18, "SOGGA"),
        ("PBE\nB3LYP", 19, "second functional"),
        ("B3PW", 18, "B3PW is not a functional"),
        ("PBE-D3", 18, "PBE-D3"),
        ("PBE\nNUMERICA", 19, "changes the Hamiltonian"),
    ],
)
def test_a_functional_that_is_not_there_is_refused_with_its_line(
    block: str, line: int, words: str
) -> None:
    error = refusal(deck(scf=f"DFT\n{block}\nEND\n"))
    assert error.line == line
    assert words in error.message


def test_numerics_without_counterpart_are_accepted_and_listed_with_reasons() -> None:
    words = "TOLINTEG\n7 7 7 7 14\nFMIXING\n30\nBIPOSIZE\n9000000\nLEVSHIFT\n6 1\n"
    calculation = plan(deck(geometry="EXTPRT\n", scf=f"{words}PPAN\n"))
    listed = list(calculation.ignored_lines())
    assert [word for word, _, _ in listed] == [
        "EXTPRT",
        "TOLINTEG",
        "FMIXING",
        "BIPOSIZE",
        "LEVSHIFT",
        "PPAN",
    ]
    assert listed[1][1] == 18
    assert all(reason for _, _, reason in listed)


@pytest.mark.parametrize(
    ("place", "words", "line", "name"),
    [
        ("scf", "ROHF\n1\n", 17, "ROHF"),
        ("scf", "SMEAR\n0.01\n", 17, "SMEAR"),
        ("scf", "DFTD3\nVERSION\n4\nEND\n", 17, "DFTD3"),
        ("scf", "LDREMO\n4\n", 17, "LDREMO"),
        ("scf", "BETALOCK\n2 5\n", 17, "BETALOCK"),
        ("scf", "FROBNIC\n1\n", 17, "FROBNIC is not a known keyword"),
        ("scf", "maxcycle\n9\n", 17, "upper case only"),
        ("basis", "CHARGED\n", 16, "CHARGED"),
        ("basis", "GHOSTS\n1\n2\n", 16, "GHOSTS"),
        ("geometry", "OPTGEOM\nEND\n", 9, "OPTGEOM"),
        ("geometry", "FREQCALC\nEND\n", 9, "FREQCALC"),
        ("geometry", "SCELPHONO\n2 0 0\n0 2 0\n0 0 2\n", 9, "SCELPHONO"),
        ("geometry", "SLABCUT\n1 0 0\n1 2\n", 9, "SLABCUT"),
    ],
)
def test_what_would_change_the_meaning_is_refused_with_name_and_line(
    place: str, words: str, line: int, name: str
) -> None:
    error = refusal(deck(**{place: words}))
    assert error.line == line
    assert name in error.message


def test_every_refused_keyword_of_a_deck_is_named_at_once() -> None:
    error = refusal(deck(geometry="OPTGEOM\nEND\n", scf="ROHF\n1\nSMEAR\n0.01\n"))
    assert error.line == 9
    assert "Line 19: ROHF" in error.message
    assert "Line 21: SMEAR" in error.message


def test_keywords_that_change_the_geometry_are_honoured() -> None:
    words = "FRACTION\nATOMDISP\n1\n2 .01 0. 0.\nEXTPRT\nATOMSUBS\n1\n1 11\n"
    text = deck(geometry=words).replace("3 2\n1 0 3 2", "11 2\n1 0 3 2")
    calculation = plan(text)
    names = ["FRACTION", "ATOMDISP", "ATOMSUBS"]
    assert [word.name for word in calculation.edits] == names
    assert [word.name for word in calculation.ignored] == ["EXTPRT"]


MOLECULE = deck().replace("CRYSTAL\n0 0 0\n225\n4.0834\n", "MOLECULE\n1\n")


def test_a_molecule_needs_no_mesh() -> None:
    calculation = plan(MOLECULE.replace("SHRINK\n4 8\n", ""))
    assert calculation.geometry.kind == "MOLECULE"
    assert calculation.mesh is None
    assert plan(MOLECULE).mesh is None


@pytest.mark.parametrize("kind", ["SLAB", "POLYMER", "EXTERNAL"])
def test_other_dimensions_are_refused_by_name(kind: str) -> None:
    heads = {"SLAB": "SLAB\n77\n2.46\n", "POLYMER": "POLYMER\n1\n2.5\n"}
    text = deck().replace("CRYSTAL\n0 0 0\n225\n4.0834\n", heads.get(kind, ""))
    if kind == "EXTERNAL":
        text = "t\nEXTERNAL\n" + deck()[deck().index("END\n3 2") :]
    error = refusal(text)
    assert error.line == 2
    assert kind in error.message


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("1 0 3 2. 0.\n", "2 0 3 2. 0.\n", 11, "ITYB 2"),
        ("1 0 3 2. 0.\n", "1 0 3 2. 1.7\n", 11, "scale factor"),
        ("1 0 3 2. 0.\n", "0 0 1 2. 1.2\n9. 1.\n", 11, "SCAL 1.2"),
        ("1 0 3 2. 0.\n", "1 0 4 2. 0.\n", 11, "STO-4G"),
        ("1 0 3 2. 0.\n", "0 0 1 2. 1.\n9. 1.\n", 13, "quantum number"),
        ("1 1\n1 0 3 1. 0.\n", "", 8, "no basis set"),
        ("SHRINK\n4 8\n", "", 2, "SHRINK"),
        ("SHRINK\n4 8\n", "SHRINK\n0 8\n4 0 4\n", 17, "mesh"),
        ("SHRINK\n", "TOLDEE\n0\nSHRINK\n", 17, "TOLDEE"),
        ("SHRINK\n", "MAXCYCLE\n0\nSHRINK\n", 17, "MAXCYCLE"),
    ],
)
def test_a_deck_that_cannot_be_computed_is_refused_with_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    error = refusal(deck().replace(old, new, 1))
    assert words in error.message
    assert error.line == line


def test_an_unknown_library_basis_is_refused_by_name() -> None:
    start = deck()[: deck().index("END\n3 2")]
    text = f"{start}BASISSET\nPOB-TZVP\nSHRINK\n4 4\nEND\n"
    assert "POB-TZVP" in refusal(text).message
    assert plan(text.replace("POB-TZVP", "STO-3G")).basis.name == "STO-3G"


def test_every_word_of_the_tables_stands_in_one_class_and_in_its_block() -> None:
    for block, words in HONOURED.items():
        assert words <= set(BLOCKS[block])
        assert set(IGNORED[block]) <= set(BLOCKS[block])
        assert not words & set(IGNORED[block])
    accepted = set().union(*IGNORED.values())
    assert not set(REFUSED) & accepted
    assert set(REFUSED) <= set().union(*(BLOCKS[block] for block in HONOURED))


def test_the_decks_of_the_corpus_with_supported_physics_are_accepted() -> None:
    if not corpora.ROOT.is_dir():
        pytest.skip("needs the corpora")
    assert set(accepted_decks()) == {
        "CRYSTALpytools-dev__old_examples_tutorial__mgo_SPIN.d12",
        "aiida-crystal17__crystal_stdout_parser__cry14_scf_only.d12",
        "CRYSTALpytools-dev__old_examples_tutorial__h_bulk.d12",
        "CRYSTALpytools-dev__old_examples_tutorial__h_bulk_nosymm.d12",
        "nomad-parser-crystal__single_point_dft__si.d12",
        "nomad-parser-crystal__single_point_hf__mgo.d12",
        "pycrystal__pycrystal__test08.d12",
    }


def test_without_what_comes_after_the_scf_most_corpus_decks_are_accepted() -> None:
    """The SCF part of a deck decides: here the jobs around it are taken away."""
    if not corpora.ROOT.is_dir():
        pytest.skip("needs the corpora")
    text = (
        corpora.ROOT / "open/crystal/d12_from_out/phonopy__Si-CRYSTAL__crystal.d12"
    ).read_text()
    calculation = plan(text.replace("FREQCALC\nNUMDERIV\n2\nENDFREQ\n", ""))
    assert [word.name for word in calculation.ignored] == [
        "TOLINTEG",
        "FMIXING",
        "EXCHSIZE",
        "BIPOSIZE",
    ]


def test_every_word_of_the_tables_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "engine.md").read_text()
    words = set(REFUSED).union(*IGNORED.values(), *HONOURED.values())
    assert {word for word in words if not re.search(rf"\b{word}\b", text)} == set()


@pytest.mark.parametrize("name", ["lih.d12", "diamond.d12"])
def test_a_shipped_example_is_accepted_without_a_remark(name: str) -> None:
    path = Path(__file__).parents[3] / "docs" / "examples" / name
    calculation = plan(path.read_text())
    assert calculation.mesh == (3, 3, 3)
    assert calculation.remarks == ()
