"""What a deck means is checked: atoms in each other, spins that cannot be."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.codes.crystal.echo import echoed_deck
from crystalmathd.models.inputs import ERROR, InputFinding
from tests.unit.codes.corpora import content, files, rows
from tests.unit.codes.test_crystal_checks import MGO, notes_of_decks

pytest.importorskip("spglib")

SPIN = MGO.replace("XLGRID\n", "SPIN\nXLGRID\n")


def errors(text: str) -> list[InputFinding]:
    found = check("crystal", "crystal", "a.d12", text, {}, deep=True)
    return [one for one in found if one.severity == ERROR]


def with_spins(records: str) -> str:
    return SPIN.replace("TOLDEE\n8\n", f"TOLDEE\n8\n{records}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("8 0.5 0.5 0.5", "8 0. 0. 0.01"),
        ("8 0.5 0.5 0.5", "8 0.5 0.5 0.51"),
        ("\n4.21\n", "\n0.7\n"),
    ],
)
def test_atoms_that_lie_in_each_other_are_an_error(old: str, new: str) -> None:
    assert [one.code for one in errors(MGO.replace(old, new))] == ["structure.overlap"]


def test_atoms_at_one_place_are_told_once() -> None:
    found = errors(MGO.replace("8 0.5 0.5 0.5", "8 0. 0. 0."))
    assert [one.code for one in found] == ["atoms.duplicate"]


def test_spins_belong_to_atoms_of_the_cell() -> None:
    assert errors(with_spins("ATOMSPIN\n2\n1 1 2 -1\n")) == []
    [one] = errors(with_spins("ATOMSPIN\n2\n1 1 7 1\n"))
    assert (one.code, one.message) == (
        "spin.atom",
        "ATOMSPIN names atom 7, but the cell has 2 atoms.",
    )
    assert [one.code for one in errors(with_spins("ATOMSPIN\n1\n0 1\n"))] == [
        "spin.atom"
    ]


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        ("SPINLOCK\n2 10\n", []),
        ("SPINLOCK\n-2 10\n", []),
        ("SPINLOCK\n1 10\n", ["spin.parity"]),
        ("SPINLOCK\n22 10\n", ["spin.parity"]),
    ],
)
def test_a_spin_lock_fits_the_electrons(records: str, codes: list[str]) -> None:
    assert [one.code for one in errors(with_spins(records))] == codes


def test_the_meaning_of_no_deck_that_ran_has_an_error() -> None:
    notes = notes_of_decks()
    bad = ("FAULTY", "SUSPECT", "TEMPLATE", "COMMENTS")
    texts = {
        path: data
        for folder in ("open/crystal/d12", "open/crystal/d12_from_out")
        for path, data in files(folder)
        if not any(word in notes.get(path, "") for word in bad)
    }
    for row in rows("open/crystal/truth.tsv"):
        if row["normal_termination"] == "y":
            deck = echoed_deck(content(row))
            texts |= {} if deck is None else {row["path"]: deck}
    for path, data in texts.items():
        assert errors(data.decode("utf-8", "replace")) == [], path
    assert len(texts) > 100
