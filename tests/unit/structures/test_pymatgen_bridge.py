"""Structures of pymatgen and ours say the same."""

from typing import Any

import pytest

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.structures.pymatgen_bridge import VACUUM_A, to_pymatgen, to_structure

pymatgen = pytest.importorskip("pymatgen.core")

CHAIN = Structure(
    dimension=1,
    lattice_a=((2.5, 0.0, 0.0),),
    atomic_numbers=(6, 1, 0),
    positions_a=((0.0, 0.0, 0.0), (0.0, 1.1, 0.0), (1.0, 0.0, 2.0)),
)
SLAB = Structure(
    dimension=2,
    lattice_a=((2.98, 0.0, 0.0), (0.0, 2.98, 0.0)),
    atomic_numbers=(12, 8),
    positions_a=((0.0, 0.0, -1.05), (1.49, 1.49, 1.05)),
)


def sourced(structure: Structure, **known: Any) -> SourcedStructure:
    return SourcedStructure(
        structure=structure, origin=Origin(kind="request", name=""), **known
    )


def magnesia(**known: Any) -> Any:
    return pymatgen.Structure(
        pymatgen.Lattice([[0, 2.1, 2.1], [2.1, 0, 2.1], [2.1, 2.1, 0]]),
        ["Mg", "O"],
        [[0, 0, 0], [0.5, 0.5, 0.5]],
        **known,
    )


def test_a_crystal_keeps_cell_atoms_and_order() -> None:
    bridged = to_structure(magnesia())
    assert bridged.structure.dimension == 3
    assert bridged.structure.atomic_numbers == (12, 8)
    assert bridged.structure.positions_a[1] == pytest.approx((2.1, 2.1, 2.1))
    assert bridged.structure.labels == ()
    assert (bridged.moments_ub, bridged.charge, bridged.partial) == ((), 0.0, ())


@pytest.mark.parametrize("structure", [SLAB, CHAIN], ids=["slab", "chain"])
def test_a_slab_and_a_chain_come_back_with_their_own_vectors(
    structure: Structure,
) -> None:
    made = to_pymatgen(sourced(structure))
    assert sum(made.lattice.pbc) == structure.dimension
    assert made.lattice.volume > 0
    assert made.lattice.abc[2] >= VACUUM_A
    back = to_structure(made).structure
    assert back.dimension == structure.dimension
    assert back.lattice_a == structure.lattice_a
    assert back.atomic_numbers == structure.atomic_numbers
    for one, other in zip(back.positions_a, structure.positions_a, strict=True):
        assert one == pytest.approx(other, abs=1e-10)


def test_a_molecule_has_no_vectors_and_keeps_its_charge() -> None:
    given = pymatgen.Molecule(["O", "H"], [[0, 0, 0], [0, 0, 0.97]], charge=-1)
    bridged = to_structure(given)
    assert (bridged.structure.dimension, bridged.charge) == (0, -1.0)
    made = to_pymatgen(sourced(bridged.structure, charge=bridged.charge))
    assert (made.charge, made.formula) == (-1, given.formula)


def test_moments_and_the_charge_of_a_crystal_go_both_ways() -> None:
    given = magnesia(charge=1, site_properties={"magmom": [1.5, None]})
    bridged = to_structure(given)
    assert (bridged.moments_ub, bridged.charge) == ((1.5, 0.0), 1.0)
    made = to_pymatgen(sourced(bridged.structure, moments_ub=(1.5, 0.0), charge=1.0))
    assert made.site_properties["magmom"] == [1.5, 0.0]
    assert made._charge == 1


def test_moments_that_are_vectors_are_not_taken_for_collinear_ones() -> None:
    given = magnesia(site_properties={"magmom": [[0, 0, 1.5], [0, 0, 0]]})
    assert to_structure(given).moments_ub == ()


def test_oxidation_states_are_neither_labels_nor_a_charge() -> None:
    given = magnesia()
    given.add_oxidation_state_by_element({"Mg": 2, "O": -1})
    bridged = to_structure(given)
    assert (bridged.structure.labels, bridged.charge) == ((), 0.0)
    given.add_spin_by_element({"Mg": 2})
    assert to_structure(given).moments_ub == (2.0, 0.0)


def test_labels_that_tell_atoms_of_one_element_apart_are_kept() -> None:
    given = magnesia(labels=["Mg1", "O"])
    structure = to_structure(given).structure
    assert structure.labels == ("Mg1", "O")
    made = to_pymatgen(sourced(structure))
    assert made.labels == ["Mg1", "O"]


def test_a_shared_site_holds_the_commonest_element_and_is_told() -> None:
    given = magnesia()
    given[0] = {"Mg": 0.25, "Fe": 0.5}
    bridged = to_structure(given)
    assert bridged.structure.atomic_numbers == (26, 8)
    [said] = bridged.partial
    assert said == "Site 1 is shared: Mg 0.25, Fe 0.5, vacant 0.25."


def test_a_dummy_of_pymatgen_is_a_ghost() -> None:
    given = magnesia()
    given[1] = pymatgen.DummySpecies("X")
    assert to_structure(given).structure.atomic_numbers == (12, 0)
