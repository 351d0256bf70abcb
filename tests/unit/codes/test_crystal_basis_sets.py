"""Basis sets as shells of a deck: charges, core potentials, coverage."""

import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.basis import read_entries
from crystalmathd.codes.crystal.basis_records import basis_records
from crystalmathd.codes.crystal.basis_sets import (
    NoBasisError,
    exchange_set,
    sets_with,
    written_set,
)
from crystalmathd.codes.crystal.coverage import library_coverage
from crystalmathd.codes.crystal.deck import AtomBasis, ShellType
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.occupations import (
    NoOccupationError,
    configuration,
    shell_electrons,
    valence,
)
from crystalmathd.codes.crystal.records import Records
from crystalmathd.structures.elements import atomic_number
from tests.unit.codes import corpora

pytest.importorskip("basis_set_exchange")

POB = ("POB-DZVP-REV2", "POB-TZVP-REV2", "POB-TZVP")
FULL = {ShellType.S: 2, ShellType.P: 6, ShellType.D: 10, ShellType.F: 14}

HYDROGEN = """1 2
0 0 3 1.0 1.0
34.061341000 0.00602519780
5.1235746000 0.04502109400
1.1646626000 0.20189726000
0 0 1 0.0 1.0
0.3 1.0
"""


def by_angular(entry: AtomBasis) -> dict[ShellType, float]:
    found: dict[ShellType, float] = {}
    for shell in entry.shells:
        found[shell.type] = found.get(shell.type, 0) + shell.electrons
    return {kind: electrons for kind, electrons in found.items() if electrons}


@pytest.mark.parametrize("name", [*POB, "def2-SVP", "def2-TZVP", "6-31G*"])
def test_every_atom_of_a_set_has_its_electrons_in_shells_that_can_hold_them(
    name: str,
) -> None:
    n_elements = 0
    for number in range(1, 87, 3):
        try:
            found = exchange_set(name, number)
        except NoBasisError:
            continue
        n_elements += 1
        assert found.electrons == number - found.n_core
        assert (found.entry.core_potential is None) == (found.n_core == 0)
        assert found.entry.label == number + (200 if found.n_core else 0)
        for shell in found.entry.shells:
            assert shell.electrons <= FULL.get(shell.type, 18)
    assert n_elements > 10


@pytest.mark.parametrize("name", POB)
def test_records_of_a_set_are_read_back_as_they_were(name: str) -> None:
    for element in ("H", "O", "Mg", "Fe", "Ga", "Br", "Ag"):
        try:
            entry = exchange_set(name, atomic_number(element) or 0).entry
        except NoBasisError:
            continue
        (again,) = read_entries(Records("\n".join(basis_records([entry])) + "\n"))
        assert again.label == entry.label
        assert [s.primitives for s in again.shells] == [
            s.primitives for s in entry.shells
        ]
        assert [s.electrons for s in again.shells] == [
            s.electrons for s in entry.shells
        ]
        if entry.core_potential is not None:
            assert again.core_potential is not None
            assert again.core_potential.terms == entry.core_potential.terms
            assert again.core_potential.counts == entry.core_potential.counts


@pytest.mark.parametrize(
    ("element", "wanted"),
    [
        ("Mg", {"s": [2, 2, 2, 0], "p": [6, 0], "d": [0]}),
        ("O", {"s": [2, 2, 0], "p": [4, 0], "d": [0]}),
        ("Cu", {"s": [2, 2, 2, 1, 0], "p": [6, 6, 0], "d": [10, 0]}),
    ],
)
def test_shells_hold_the_ground_state_of_the_atom(
    element: str, wanted: dict[str, list[int]]
) -> None:
    entry = exchange_set("POB-DZVP-REV2", atomic_number(element) or 0).entry
    for letter, electrons in wanted.items():
        kind = ShellType["SPD"[["s", "p", "d"].index(letter)]]
        found = [s.electrons for s in entry.shells if s.type == kind]
        assert found[: len(electrons)] == electrons
        assert not any(found[len(electrons) :])


def test_configurations_have_all_electrons_of_every_element() -> None:
    for number in range(1, 119):
        assert sum(configuration(number).values()) == number


@pytest.mark.parametrize(
    ("number", "n_core", "wanted"),
    [
        (24, 0, {0: 7, 1: 12, 2: 5}),
        (46, 28, {0: 2, 1: 6, 2: 10}),
        (47, 28, {0: 3, 1: 6, 2: 10}),
        (72, 60, {0: 4, 1: 6, 2: 2}),
        (57, 46, {0: 4, 1: 6, 2: 1}),
        (83, 78, {0: 2, 1: 3}),
    ],
)
def test_electrons_outside_a_core_are_counted_by_angular_momentum(
    number: int, n_core: int, wanted: dict[int, int]
) -> None:
    assert valence(number, n_core) == wanted


def test_a_core_that_is_no_closed_shell_is_refused() -> None:
    with pytest.raises(NoOccupationError, match="5 electrons"):
        valence(20, 5)
    with pytest.raises(NoOccupationError, match="filled"):
        valence(24, 28)


def test_electrons_without_a_shell_are_told() -> None:
    with pytest.raises(NoOccupationError, match="4 p electrons"):
        shell_electrons([0, 0], {0: 4, 1: 4})


def test_a_missing_element_names_the_set_and_its_source() -> None:
    with pytest.raises(NoBasisError, match=r"POB-DZVP-REV2 has no Ag .*Exchange"):
        exchange_set("POB-DZVP-REV2", 47)
    assert sets_with(47) == ("POB-TZVP",)


def test_a_set_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InputRefusedError, match="POB-QZVP is no set"):
        exchange_set("POB-QZVP", 8)


def test_a_set_is_cited() -> None:
    (reference,) = exchange_set("POB-DZVP-REV2", 12).references
    assert "Bredow" in reference
    assert "10.1002/jcc.26013" in reference


def test_shells_that_a_person_gives_are_taken_as_they_are() -> None:
    found = written_set(HYDROGEN, "H", 1)
    assert [len(shell.primitives) for shell in found.entry.shells] == [3, 1]
    assert found.electrons == 1


@pytest.mark.parametrize(
    ("text", "element", "match"),
    [
        (HYDROGEN, "O", "NAT 8"),
        (HYDROGEN * 2, "H", "one record"),
        ("1 2\n0 0 3 1.0 1.0\n34. 0.1\n", "H", "Line"),
        ("", "H", "one record"),
    ],
)
def test_shells_of_another_element_or_cut_ones_are_refused(
    text: str, element: str, match: str
) -> None:
    with pytest.raises(InputRefusedError, match=match):
        written_set(text, element, atomic_number(element) or 0)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("STO-3G", 53, 54),
        ("POB-TZVP", 83, 39),
        ("POB-DZVP", 74, 43),
        ("pob-dzvp-rev2", 35, 18),
        ("POB-TZVP-REV2", 84, 60),
        ("def2-mSVP", 86, 83),
        ("mTZVP", 78, 58),
        ("SOL-DEF2-MSVP", 53, 54),
    ],
)
def test_library_sets_have_the_elements_that_were_measured(
    name: str, inside: int, outside: int
) -> None:
    coverage = library_coverage(name)
    assert coverage is not None
    assert inside in coverage.elements
    assert outside not in coverage.elements
    assert "CRYSTAL23" in coverage.source


def test_what_is_not_known_of_a_library_set_is_not_claimed() -> None:
    assert library_coverage("STO-6G") is None


def decks() -> list[AtomBasis]:
    found = []
    for folder in ("d12", "d12_from_out"):
        for _, data in corpora.files(f"open/crystal/{folder}"):
            try:
                deck = read_deck(data.decode("utf-8", "replace"))
            except DeckError:
                continue
            found += deck.basis.entries if deck.basis else ()
    return found


def test_core_potentials_of_decks_that_ran_are_those_of_the_exchange() -> None:
    """Powers too: BSE counts r^(n-2), CRYSTAL r^n."""
    sets = {222: "crenbl", 230: "sbkjc-vdz", 232: "psbkjc", 215: "psbkjc"}
    seen = set()
    for entry in decks():
        potential = entry.core_potential
        if potential is None or entry.label not in sets or not potential.terms:
            continue
        ours = exchange_set(sets[entry.label], entry.label % 100)
        assert ours.entry.core_potential is not None
        assert potential.effective_charge == ours.entry.core_potential.effective_charge
        given = [t for t in potential.terms if t[1]]
        wanted = [t for t in ours.entry.core_potential.terms if t[1]]
        assert len(given) == len(wanted)
        for one, other in zip(sorted(given), sorted(wanted), strict=True):
            assert one == pytest.approx(other, rel=1e-3)
        counts = [n for n in ours.entry.core_potential.counts if n]
        assert [n for n in potential.counts if n] == counts
        seen.add(entry.label)
    assert len(seen) == 4


def test_decks_with_the_same_set_have_the_same_shells_and_charges() -> None:
    n_same = 0
    for entry in decks():
        if entry.label >= 36:
            continue
        try:
            ours = exchange_set("POB-TZVP-REV2", entry.label).entry
        except NoBasisError:
            continue
        theirs = sorted(p.exponent for s in entry.shells for p in s.primitives)
        exponents = sorted(p.exponent for s in ours.shells for p in s.primitives)
        if theirs != exponents:
            continue
        n_same += 1
        assert {p for s in entry.shells for p in s.primitives} == {
            p for s in ours.shells for p in s.primitives
        }
        assert by_angular(entry) == by_angular(ours)
    assert n_same > 2
