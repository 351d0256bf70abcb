"""Energies are subtracted where that means something, and refused by name elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.comparisons import Comparable, EnergyDifference, Method
from crystalmathd.services.differences import (
    energy_difference,
    method_fingerprint,
    reciprocal_lengths,
)

METHOD = Method(
    code="crystal",
    functional="PBE",
    bases={"12": "a", "8": "b"},
    tolerances={"TOLINTEG": "7 7 7 7 14"},
    defaults="23",
)


def cube(a: float) -> tuple[Any, ...]:
    return ((a, 0.0, 0.0), (0.0, a, 0.0), (0.0, 0.0, a))


MGO = Comparable(
    method=METHOD,
    energy_ev=-100.0,
    energy_kind="total_energy",
    grade="converged",
    n_atoms=2,
    reduced_formula="MgO",
    mesh=(8, 8, 8),
    lattice_a=cube(4.0),
)


def changed(**fields: Any) -> Comparable:
    return replace(MGO, **fields)


def with_method(**fields: Any) -> Comparable:
    return changed(method=replace(METHOD, **fields))


def what(found: EnergyDifference) -> list[str]:
    return [one.what for one in found.obstacles]


def test_a_difference_is_second_minus_first() -> None:
    found = energy_difference(MGO, changed(energy_ev=-101.0))
    assert (found.per_cell_ev, found.per_atom_ev) == (-1.0, -0.5)
    assert (found.obstacles, found.remarks) == ((), ())


def test_cells_of_another_size_are_compared_per_atom_only() -> None:
    large = changed(energy_ev=-804.0, n_atoms=16, lattice_a=cube(8.0), mesh=(4, 4, 4))
    found = energy_difference(MGO, large)
    assert found.per_cell_ev is None
    assert found.per_atom_ev == pytest.approx(-0.25)


@pytest.mark.parametrize(
    ("other", "obstacle"),
    [
        (with_method(code="vasp"), "code"),
        (with_method(functional="PBE0"), "functional"),
        (with_method(functional=None), "functional"),
        (with_method(bases={"12": "a", "8": "c"}), "basis or potential of 8"),
        (with_method(bases={"12": "a"}), "basis or potential of 8"),
        (with_method(bases=None), "basis or potentials"),
        (with_method(tolerances={"TOLINTEG": "6 6 6 6 12"}), "TOLINTEG"),
        (with_method(tolerances={}), "TOLINTEG"),
        (with_method(tolerances=None), "tolerances"),
        (with_method(defaults="17"), "defaults"),
        (changed(energy_kind="free_energy"), "energy kind"),
        (changed(grade="loose"), "grade"),
        (changed(reduced_formula="Mg"), "formula"),
        (changed(mesh=(4, 4, 4)), "mesh"),
        (changed(mesh=None), "mesh"),
        (changed(energy_ev=None), "energy"),
    ],
)
def test_what_differs_is_refused_by_name_in_both_directions(
    other: Comparable, obstacle: str
) -> None:
    for pair in ((MGO, other), (other, MGO)):
        found = energy_difference(*pair)
        assert what(found) == [obstacle]
        assert (found.per_cell_ev, found.per_atom_ev) == (None, None)


def test_numbers_of_basis_functions_tell_of_other_bases() -> None:
    known = changed(n_orbitals=36)
    large = changed(n_orbitals=288, n_atoms=16, lattice_a=cube(8.0), mesh=(4, 4, 4))
    assert what(energy_difference(known, large)) == []
    found = energy_difference(known, changed(n_orbitals=40))
    assert what(found) == ["basis functions per atom"]
    assert (found.obstacles[0].first, found.obstacles[0].second) == ("18", "20")
    assert what(energy_difference(known, MGO)) == []


def test_two_that_are_not_converged_are_not_subtracted() -> None:
    loose = changed(grade="not_converged")
    assert what(energy_difference(loose, loose)) == ["grade"]


def test_what_nobody_knows_is_said_and_stops_nothing() -> None:
    plain = changed(
        method=Method(code="vasp"), reduced_formula=None, energy_kind=None, mesh=None
    )
    found = energy_difference(plain, plain)
    assert found.per_cell_ev == 0.0
    assert len(found.remarks) == 6


@pytest.mark.parametrize(
    ("a", "mesh", "is_one_rule"),
    [
        (8.0, (4, 4, 4), True),
        (4.05, (8, 8, 8), True),
        (4.4, (7, 7, 7), True),
        (8.0, (8, 8, 8), False),
        (4.0, (4, 4, 4), False),
        (4.4, (12, 12, 12), False),
    ],
)
def test_meshes_of_other_cells_are_of_one_rule_if_one_distance_gives_both(
    a: float,
    mesh: tuple[int, int, int],
    is_one_rule: bool,  # noqa: FBT001 - a table
) -> None:
    n_atoms = 16 if a > 5 else 2
    other = changed(lattice_a=cube(a), mesh=mesh, n_atoms=n_atoms)
    found = energy_difference(MGO, other)
    assert what(found) == ([] if is_one_rule else ["mesh"])


def test_a_mesh_that_is_kept_along_a_series_of_volumes_is_one_rule() -> None:
    found = energy_difference(MGO, changed(lattice_a=cube(5.0)))
    assert found.obstacles == ()


def test_reciprocal_lengths_are_those_of_the_planes() -> None:
    assert reciprocal_lengths(cube(4.0)) == pytest.approx((0.25, 0.25, 0.25))
    assert reciprocal_lengths(cube(4.0)[:2]) == ()
    flat = ((1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    assert reciprocal_lengths(flat) == ()


def test_a_fingerprint_is_of_the_method_and_of_nothing_else() -> None:
    same = replace(METHOD, bases={"8": "b", "12": "a"})
    assert method_fingerprint(METHOD, "E") == method_fingerprint(same, "E")
    assert method_fingerprint(METHOD, "E") != method_fingerprint(METHOD, "F")
    other = replace(METHOD, tolerances={"TOLINTEG": "6"})
    assert method_fingerprint(METHOD, "E") != method_fingerprint(other, "E")
    assert method_fingerprint(replace(METHOD, bases=None), "E") is None
    assert method_fingerprint(METHOD, None) is None
