"""Remedies for CRYSTAL's failures are edits of a deck that can be read."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.crystal.faults import FAULTS
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.remedies import settle
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Fault,
    RemoveValue,
    ScaleValue,
    SetValue,
)

PHYSICS = ("LDREMO", "SMEAR", "LEVSHIFT", "TOLINTEG", "SHRINK", "CHARGED", "SMALLDIST")
NUMERICAL = ("TOLDEE", "GRID")
HARMLESS_WITHOUT = {"GUESSP", "LEVSHIFT", "DIIS", "DIISALLK", "ANDERSON", "BROYDEN"}


DECK = """MgO, of every kind of block
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
OPTGEOM
FULLOPTG
END
END
12 1
1 0 3 2 0
8 1
1 0 3 2 0
99 0
END
DFT
PBE
END
SHRINK
4 4
GUESSP
LEVSHIFT
5 1
FMIXING
30
END
"""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.key)
def test_every_edit_can_be_made_in_a_deck_that_can_be_read_afterwards(
    fault: Fault,
) -> None:
    step = StepRequest(
        program="crystal", input=InputFile(name="mgo.d12", text=DECK.encode())
    )
    for remedy in fault.remedies:
        done = settle(CODES["crystal"], (step,), remedy, {"most_words": "9000000"})
        wanted = [e for e in remedy.edits if not isinstance(e, Continue)]
        assert bool(done.inputs) == bool(wanted)
        for changed in done.inputs:
            deck = read_deck(changed.text.decode())
            assert not deck.remarks
            assert all(word.is_known for word in deck.words())


def edited(text: str, key: str, words: str) -> str:
    """Return a deck after the remedy of a fault that has these words."""
    step = StepRequest(
        program="crystal", input=InputFile(name="mgo.d12", text=text.encode())
    )
    (fault,) = (fault for fault in FAULTS if fault.key == key)
    (remedy,) = (one for one in fault.remedies if words in one.text)
    inputs = settle(CODES["crystal"], (step,), remedy, {}).inputs
    return inputs[0].text.decode() if inputs else text


@pytest.mark.parametrize(
    ("present", "after"),
    [
        ("", "8 8 8 8 16"),
        ("TOLINTEG\n7 7 7 7 14\n", "8 8 8 8 16"),
        ("TOLINTEG\n8 8 8 15 30\n", "9 9 9 17 34"),
    ],
)
def test_sums_that_are_tight_already_become_tighter(present: str, after: str) -> None:
    deck = DECK.replace("GUESSP\n", present)
    changed = edited(deck, "linear_dependence", "Tighten the sums")
    assert f"TOLINTEG\n{after}\n" in changed


def test_a_smearing_that_is_there_is_not_made_smaller() -> None:
    deck = DECK.replace("GUESSP\n", "SMEAR\n0.008\n")
    assert "SMEAR\n0.016\n" in edited(deck, "fermi_energy", "Smear")
    assert "SMEAR\n0.005\n" in edited(DECK, "fermi_energy", "Smear")


def test_an_energy_that_is_converged_further_already_stays_so() -> None:
    deck = DECK.replace("GUESSP\n", "TOLDEE\n12\n")
    assert edited(deck, "frequencies_accuracy", "Converge") == deck
    assert "TOLDEE\n11\n" in edited(DECK, "frequencies_accuracy", "Converge")


def test_only_one_way_to_convergence_is_left() -> None:
    deck = DECK.replace("GUESSP\n", "ANDERSON\n")
    changed = edited(deck, "scf_cycles", "Broyden")
    assert "ANDERSON" not in changed
    assert "NODIIS\nBROYDEN\n0.0001 50 2\n" in changed


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.key)
def test_no_remedy_that_changes_the_result_passes_for_harmless(fault: Fault) -> None:
    for remedy in fault.remedies:
        for one in remedy.edits:
            if isinstance(one, SetValue | ScaleValue):
                if one.key in PHYSICS:
                    assert remedy.effect is Effect.PHYSICS
                elif one.key.endswith(NUMERICAL):
                    assert remedy.effect is Effect.NUMERICAL
            if isinstance(one, RemoveValue):
                assert one.key.removeprefix("SCF.") in HARMLESS_WITHOUT
