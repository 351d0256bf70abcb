"""Basis sets, electrons and spins of generated decks, and what is told of them."""

from dataclasses import replace

import pytest

pytest.importorskip("pymatgen")
pytest.importorskip("basis_set_exchange")

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.models.inputs import ERROR, WARNING
from tests.unit.codes.generated_decks import (
    MGO,
    WATER,
    codes,
    deck,
    made,
    meant,
    words,
)
from tests.unit.codes.generated_structures import (
    antiferromagnet,
    rocksalt,
    sourced,
    structure,
)


def test_partly_occupied_sites_are_refused_by_name() -> None:
    source = replace(MGO, partial=("Site 1 is 0.9 Mg.",))
    with pytest.raises(InputRefusedError, match=r"0\.9 Mg"):
        made(source)


def test_an_element_without_a_basis_is_an_error_and_no_file() -> None:
    result = made(sourced(rocksalt(4.9, 47, 17)))
    (missing,) = [f for f in result.findings if f.code == "basis.missing"]
    assert missing.severity == ERROR
    assert "Ag" in missing.message
    assert "POB-TZVP" in missing.fix
    assert result.files == ()


def test_library_sets_are_checked_against_what_was_measured() -> None:
    silver = sourced(rocksalt(4.9, 47, 17))
    library = {"basis_form": "library"}
    assert codes(silver, basis="POB-DZVP-REV2", **library)["basis.missing"] == ERROR
    assert codes(silver, basis="STO-6G", **library)["basis.coverage"] == "warning"
    assert "basis.missing" not in codes(silver, basis="POB-TZVP", **library)
    found = deck(basis="POB-DZVP-REV2", **library)
    assert found.basis is not None
    assert found.basis.name == "POB-DZVP-REV2"


def test_charges_are_in_the_shells() -> None:
    ion = sourced(
        structure((), (8, 1), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.97))), charge=-1.0
    )
    result = made(ion)
    assert meant(result).n_electrons == result.settings["n_electrons"] == 10
    assert "CHARGED" in words(read_deck(result.files[0].text))
    assert codes(ion) == {}
    assert codes(MGO, charge_e=2.0) == {"charge.periodic": "warning"}
    assert meant(made(MGO, charge_e=2.0)).n_electrons == 18
    assert codes(MGO, charge_e=0.5)["charge.fraction"] == ERROR
    assert codes(MGO, charge_e=2.0, basis_form="library")["charge.library"] == ERROR


def test_odd_electrons_want_spins() -> None:
    odd = sourced(structure((), (7, 8), ((0.0, 0.0, 0.0), (0.0, 0.0, 1.15))))
    assert codes(odd) == {"electrons.odd": ERROR}
    assert codes(odd, spin_lock=(1, 10)) == {}
    assert codes(odd, spin_lock=(2, 10)) == {"spin.parity": ERROR}


def test_a_metal_with_odd_electrons_may_have_closed_shells() -> None:
    copper = sourced(
        structure(((0, 1.8, 1.8), (1.8, 0, 1.8), (1.8, 1.8, 0)), (29,), ((0, 0, 0),))
    )
    assert codes(copper)["electrons.odd"] == WARNING
    assert codes(copper, is_metal=True, smear_hartree=0.002) == {}


def test_shells_of_a_person_are_taken_and_their_electrons_counted() -> None:
    text = "1 1\n0 0 1 {:.1f} 1.0\n0.4 1.0\n"
    right = {"H": text.format(1)}
    assert codes(WATER, basis_text_by_element=right) == {}
    wrong = {"H": text.format(2)}
    assert codes(WATER, basis_text_by_element=wrong)["basis.electrons"] == ERROR


def test_one_atom_may_have_another_basis() -> None:
    result = made(WATER, second_basis={2: "STO-3G"})
    found = read_deck(result.files[0].text)
    assert found.basis is not None
    assert [entry.label for entry in found.basis.entries] == [1, 8, 101]
    assert sorted(meant(result).cell.labels) == [1, 8, 101]
    assert result.settings["basis"]["H (101)"] == "STO-3G"


def test_ghosts_keep_their_functions_and_lose_their_electrons() -> None:
    result = made(ghosts=(2,))
    assert result.settings["n_electrons"] == meant(result).n_electrons == 12
    assert meant(result).n_basis_functions == 29


def test_opposite_moments_are_opposite_spins_of_different_atoms() -> None:
    result = made(antiferromagnet())
    assert result.settings["n_given_cells"] == 1
    cell = meant(result).cell
    values = words(read_deck(result.files[0].text))["ATOMSPIN"]
    spins = dict(zip(map(int, values[1::2]), map(int, values[2::2]), strict=True))
    assert sorted(spins.values()) == [-1, 1]
    assert {cell.labels[at - 1] for at in spins} == {28}
    one, other = (cell.sources[at - 1] for at in spins)
    assert one != other
    assert codes(antiferromagnet(), is_spin_polarised=False) == {
        "spin.moments": "note",
        "geometry.note": "note",
    }


def test_elements_that_are_often_magnetic_want_a_word_about_spin() -> None:
    oxide = replace(antiferromagnet(), moments_ub=())
    oxygen = sourced(structure((), (8, 8), ((0, 0, 0), (0, 0, 1.21))))
    for one in (oxide, oxygen):
        assert codes(one)["spin.unknown"] == WARNING
        assert "spin.unknown" not in codes(one, is_spin_polarised=False)
        assert "spin.unknown" not in codes(one, atom_spins={1: 1, 2: 1})
    assert "spin.unknown" not in codes(antiferromagnet())
    assert "spin.unknown" not in codes(WATER)


def test_the_title_of_a_molecule_is_its_whole_formula() -> None:
    hydrogen = sourced(structure((), (1, 1), ((0, 0, 0), (0, 0, 0.74))))
    assert (deck(hydrogen).title or "").split()[0] == "H2"


def test_what_looks_like_a_slab_or_a_metal_is_said() -> None:
    boxed = structure(
        ((3.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0.0, 0.0, 20.0)),
        (12, 8),
        ((0.0, 0.0, 0.0), (1.5, 1.5, 0.0)),
    )
    (vacuum,) = [f for f in made(sourced(boxed)).findings if "vacuum" in f.code]
    assert "slab" in vacuum.message
    iron = sourced(
        structure(((2.87, 0, 0), (0, 2.87, 0), (0, 0, 2.87)), (26,), ((0, 0, 0),))
    )
    assert codes(iron) == {"metal.smearing": WARNING, "spin.unknown": WARNING}
    assert "metal.smearing" not in codes(iron, is_metal=True, smear_hartree=0.002)


def test_added_records_are_checked() -> None:
    assert codes(extra={"scf": ("NONSENSE",)}) == {"keyword.unknown": ERROR}
    assert codes(extra={"scf": ("TOLDEE", "9")}) == {"keyword.twice": ERROR}
    assert codes(extra={"scf": ("END",)}) == {"deck.tail": ERROR}


def test_records_joined_as_clone_wants_them_are_told_how_they_are_given() -> None:
    [told] = made(MGO, extra={"scf": ("TOLDEE;9",)}).findings
    assert told.code == "keyword.unknown"
    assert told.fix == "One record an option: --extra scf=TOLDEE --extra scf=9."
