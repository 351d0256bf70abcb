"""Energies of CRYSTAL are not subtracted across terms that only the deck tells of."""

from dataclasses import replace

import pytest

from crystalmathd.codes.comparison import method_of
from crystalmathd.models.comparisons import Comparable
from crystalmathd.models.results import Result
from crystalmathd.services.differences import energy_difference

DECK = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
{edits}END
12 1
1 0 3 2. 1.
8 1
1 0 3 2. 1.
99 0
{basis}END
DFT
PBEXC
{dft}END
{scf}SHRINK
8 8
END
"""


def deck(edits: str = "", basis: str = "", dft: str = "", scf: str = "") -> str:
    return DECK.format(edits=edits, basis=basis, dft=dft, scf=scf)


def comparable(text: str, code: str = "crystal") -> Comparable:
    """Return a job whose output prints the same name of its functional always."""
    result = Result(code=code, program=code, functional="KOHN-SHAM PBE", spin=None)
    return Comparable(
        method=method_of(result, {"mgo.d12": text.encode()}, {}),
        energy_ev=-7000.0,
        energy_kind="total",
        grade="converged",
        n_atoms=2,
        reduced_formula="MgO",
        mesh=(8, 8, 8),
    )


def obstacles(first: str, second: str, code: str = "crystal") -> set[str]:
    found = energy_difference(comparable(first, code), comparable(second, code))
    assert bool(found.obstacles) is (found.per_cell_ev is None)
    return {one.what for one in found.obstacles}


@pytest.mark.parametrize("code", ["crystal", "pyscf"])
@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("", "DFTD3\nEND\n", "DFTD3"),
        ("DFTD3\nVERSION\n3\nEND\n", "DFTD3\nVERSION\n4\nEND\n", "DFTD3"),
        ("DFTD3\nS8\n0.7\nEND\n", "DFTD3\nS8\n0.8\nEND\n", "DFTD3"),
        (
            "GRIMME\n0.75 20. 25.\n1\n8 0.70 1.3\n",
            "GRIMME\n1.05 20. 25.\n1\n8 0.70 1.3\n",
            "GRIMME",
        ),
        ("", "GCPAUTO\n", "GCPAUTO"),
        ("GCP\nSIGMA\n0.1\nEND\n", "GCP\nSIGMA\n0.2\nEND\n", "GCP"),
        ("", "HF3C\nEND\n", "HF3C"),
        ("HF3C\nRESCALES8\n0.7\nEND\n", "HF3C\nEND\n", "HF3C"),
        ("SMEAR\n0.01\n", "SMEAR\n0.02\n", "SMEAR"),
        ("", "SMEAR\n0.01\n", "SMEAR"),
        ("", "UHF\n", "SPIN"),
    ],
)
def test_terms_of_the_hamiltonian_are_told_apart(
    first: str, second: str, what: str, code: str
) -> None:
    assert obstacles(deck(scf=first), deck(scf=second), code) == {what}


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("HYBRID\n20\n", "HYBRID\n25\n", "HYBRID"),
        ("", "HYBRID\n25\n", "HYBRID"),
        ("NONLOCAL\n0.9 0.81\n", "NONLOCAL\n0.9 0.9\n", "NONLOCAL"),
        ("", "SPIN\n", "SPIN"),
        ("", "SAVIN\n", "SAVIN"),
        ("LGRID\n", "XLGRID\n", "LGRID"),
    ],
)
def test_what_the_name_of_a_functional_hides_is_told_apart(
    first: str, second: str, what: str
) -> None:
    assert what in obstacles(deck(dft=first), deck(dft=second))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"edits": "ATOMBSSE\n1 12 6.0\n"}, "ATOMBSSE"),
        ({"basis": "GHOSTS\n1\n2\n"}, "GHOSTS"),
        ({"basis": "CHARGED\n"}, "CHARGED"),
    ],
)
def test_ghosts_and_a_charge_are_told_apart(change: dict[str, str], what: str) -> None:
    assert what in obstacles(deck(), deck(**change))


def test_the_charge_is_that_of_the_formal_electrons() -> None:
    charged = deck(basis="CHARGED\n")
    other = charged.replace("12 1\n1 0 3 2. 1.", "12 1\n1 0 3 1. 1.")
    assert obstacles(charged, other) == {"CHARGED"}


def test_core_potentials_and_shells_are_told_apart() -> None:
    explicit = "12 1\n1 0 3 2. 1."
    hayward = "212 1\nHAYWSC\n1 0 3 2. 1."
    other = "212 1\nBARTHE\n1 0 3 2. 1."
    bases = [deck(), *(deck().replace(explicit, one) for one in (hayward, other))]
    bases[1:] = [one.replace("\n12 0. 0.", "\n212 0. 0.") for one in bases[1:]]
    assert "basis or potential of 212" in obstacles(bases[0], bases[1])
    assert obstacles(bases[1], bases[2]) == {"basis or potential of 212"}
    bigger = deck().replace(explicit, "12 1\n1 0 6 2. 1.")
    assert obstacles(deck(), bigger) == {"basis or potential of 12"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", "LEVSHIFT\n5 1\n"),
        ("", "FMIXING\n60\n"),
        ("DFTD3\nEND\n", "DFTD3\nPRINTC6\nEND\n"),
        ("SPINLOCK\n2 10\n", "SPINLOCK\n0 10\n"),
    ],
)
def test_ways_to_converge_and_to_print_do_not_count(first: str, second: str) -> None:
    assert obstacles(deck(scf=first), deck(scf=second)) == set()


def test_the_order_of_the_words_of_a_functional_does_not_count() -> None:
    words = ("EXCHANGE\nPBE\n", "CORRELAT\nPBE\n")
    texts = [deck(dft="".join(order)) for order in (words, words[::-1])]
    one, other = (method_of(RESULT, {"a.d12": t.encode()}, {}) for t in texts)
    assert one == other


RESULT = Result(code="crystal", program="crystal")


def test_the_input_of_a_run_without_output_says_its_functional() -> None:
    found = method_of(RESULT, {"a.d12": deck(dft="HYBRID\n25\n").encode()}, {})
    assert found == replace(found, functional="DFT PBEXC")
