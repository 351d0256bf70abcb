"""Formulas and symbols of atoms."""

import pytest

from crystalmathd.structures.elements import SYMBOLS, atomic_number, symbol
from crystalmathd.structures.formula import formula, reduced_formula


@pytest.mark.parametrize(
    ("atomic_numbers", "whole", "reduced", "units"),
    [
        ([12, 8] * 4, "Mg4 O4", "MgO", 4),
        ([8, 1, 1, 6, 1, 1, 1, 6, 1], "C2 H6 O", "C2H6O", 1),
        ([6, 7, 7, 8, 1, 1, 1, 1], "C H4 N2 O", "CH4N2O", 1),
        ([1, 17], "Cl H", "ClH", 1),
        ([22, 8, 8], "O2 Ti", "O2Ti", 1),
        ([14, 14], "Si2", "Si", 2),
        ([12, 8, 0, 0], "Mg O", "MgO", 1),
        ([], "", "", 0),
    ],
)
def test_formulas_stand_in_hill_order(
    atomic_numbers: list[int], whole: str, reduced: str, units: int
) -> None:
    assert formula(atomic_numbers) == whole
    assert reduced_formula(atomic_numbers) == (reduced, units)


def test_the_order_of_the_atoms_does_not_matter() -> None:
    assert formula([8, 12, 8, 12]) == formula([12, 12, 8, 8]) == "Mg2 O2"


def test_every_element_has_the_symbol_that_pymatgen_gives_it() -> None:
    from pymatgen.core import Element

    assert [symbol(z) for z in range(1, 119)] == [
        Element.from_Z(z).symbol for z in range(1, 119)
    ]


def test_a_symbol_is_read_in_any_case() -> None:
    assert [atomic_number(s) for s in ("MG", "mg", " Mg", "og")] == [12, 12, 12, 118]
    assert atomic_number("X") == 0
    assert atomic_number("Qq") is None


def test_what_is_no_element_is_a_ghost() -> None:
    assert [symbol(number) for number in (0, -1, 119)] == ["X"] * 3
    assert len(SYMBOLS) == 119
