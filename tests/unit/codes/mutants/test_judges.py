"""The judges of inputs say where a text first cannot be what it claims to be."""

import csv

import pytest

from tests.unit.codes.corpora import ROOT, content, rows
from tests.unit.codes.mutants.crystal_judge import DeckReading
from tests.unit.codes.mutants.good_texts import good_texts
from tests.unit.codes.mutants.test_mutants import LANGUAGES
from tests.unit.codes.mutants.verdicts import RefusedError

CASES = [
    # language, text, what is replaced, by what, the lines of the root cause
    ("d12", "mgo", "225\n", "231\n", {4}),
    ("d12", "mgo", "225\n", "62\n", {4, 5}),
    ("d12", "mgo", "\n2\n12", "\n3\n12", {6, 8, 9}),
    ("d12", "mgo", "8 0.5 0.5", "O 0.5 0.5", {8}),
    ("d12", "mgo", "FULLOPTG", "FULOPTG", {10}),
    ("d12", "mgo", "ENDOPT\n", "", {12, 13, 14}),
    ("d12", "mgo", "ENDOPT\n", "ENDOPT\n\n", {14}),
    ("d12", "mgo", "12 3\n", "12 2\n", {15, 21, 22}),
    ("d12", "mgo", "0 0 2 2. 1.\n 68.4", "0 0 3 2. 1.\n 68.4", {16, 18, 19}),
    ("d12", "mgo", "2 8. 1.", "2 9. 1.", {19}),
    ("d12", "mgo", "99 0\n", "", {24, 29, 30}),
    ("d12", "mgo", "ENDDFT\n", "", {34, 35}),
    ("d12", "mgo", "SHRINK\n8 8\n", "", {32, 39, 40}),
    ("d12", "library", "POB-TZVP", "POB-TZVQ", {14, 15}),
    ("d3", "bands", "2 8 40", "3 8 40", {6}),
    ("POSCAR", "si", "\n2\n", "\n3\n", {7, 11, 12}),
    ("POSCAR", "si", "Si\n", "Xx\n", {6}),
    ("POSCAR", "si", "T T T", "T T", {10}),
    ("KPOINTS", "si", "4 4 4", "4 0 4", {4}),
    ("INCAR", "si", "ISMEAR", "ISMAER", {3}),
    ("INCAR", "si", "NSW = 10", "NSW = ten", {6}),
    ("pw", "si", "ecutwfc", "ecutwcf", {7}),
    ("pw", "si", "nat = 2", "nat = 3", {6, 22, 24, 25}),
    ("pw", "si", "Si 0 0 0", "Ge 0 0 0", {21, 23}),
    ("pw", "si", "&IONS\n/\n&CELL\n/", "&CELL\n/\n&IONS\n/", {16, 18}),
]


@pytest.mark.parametrize("name", LANGUAGES)
def test_good_texts_are_good(name: str) -> None:
    refused = [LANGUAGES[name].refusal(text) for text in good_texts(name).values()]
    # Some inputs of the corpora are for other programs or versions, or no whole ones.
    assert refused.count(None) >= 0.75 * len(refused)


@pytest.mark.parametrize(("language", "name", "old", "new", "lines"), CASES)
def test_a_fault_is_refused_at_its_root(
    language: str, name: str, old: str, new: str, lines: set[int]
) -> None:
    text = good_texts(language)[name]
    assert text.count(old) == 1
    refused = LANGUAGES[language].refusal(text.replace(old, new))
    assert refused is not None
    assert refused.lines == lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("TOLDEE\n8\n", ""),
        ("4.21\n", "4.21 4.21 4.21 90 90 90\n"),
        ("12 0. 0. 0.\n8 0.5 0.5 0.5\n", "8 0.5 0.5 0.5 Biso\n12 0. 0. 0.\n"),
    ],
)
def test_what_the_program_takes_is_taken(old: str, new: str) -> None:
    text = good_texts("d12")["mgo"]
    assert text.count(old) == 1
    DeckReading(text.replace(old, new))


def test_the_decks_that_are_known_to_be_wrong_are_refused() -> None:
    """Those whose fault is in the deck, not in a file that is missing."""
    for row in rows("open/crystal/truth_invalid.tsv"):
        if "file" in row["expected_class"]:
            continue
        with pytest.raises(RefusedError) as caught:
            DeckReading(content(row).decode())
        assert int(row["line_hint"]) in caught.value.lines


def test_decks_of_a_generator_with_known_faults_are_refused() -> None:
    path = ROOT / "MANIFEST.tsv"
    if not path.is_file():
        pytest.skip("needs the corpora: MANIFEST.tsv")
    with path.open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    faulty = [
        row
        for row in table
        if "FAULTY" in row["note"] and row["path"].endswith((".d12", "INPUT"))
    ]
    for row in faulty:
        with pytest.raises(RefusedError):
            DeckReading((ROOT / row["path"]).read_text("utf-8", "replace"))
