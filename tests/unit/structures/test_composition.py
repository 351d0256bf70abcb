"""Formulas as they are typed."""

import pytest

from crystalmathd.structures.composition import (
    alphabetical_formula,
    checked_symbol,
    composition,
)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("SiO2", "O2Si"),
        ("O2Si", "O2Si"),
        ("Si2 O4", "O2Si"),
        ("MgO", "MgO"),
        ("Ca(OH)2", "CaH2O2"),
        ("Al2[SO4]3", "Al2O12S3"),
        ("K2(Mg(SO4)2)3", "K2Mg3O24S6"),
        ("CH3CH2OH", "C2H6O"),
        ("C60", "C"),
        (" Mg  O ", "MgO"),
    ],
)
def test_a_formula_has_one_normal_form(text: str, formula: str) -> None:
    assert alphabetical_formula(composition(text)) == formula


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MgOO", "O stands twice in a row"),
        ("Xx2", "no element 'Xx'"),
        ("MGO", "no element 'M'"),
        ("mgo", "symbols begin with a capital"),
        ("Mg0", "no number of atoms"),
        ("Mg1234567", "no number of atoms"),
        ("MgO2.5", "write a multiple"),
        ("2MgO", "belongs to no element"),
        ("Mg(O", "is not closed"),
        ("MgO)2", "closes nothing"),
        ("Mg(O]2", "closes nothing"),
        ("Mg+O", "'\\+' cannot stand"),
        ("", "names no element"),
        ("()", "names no element"),
    ],
)
def test_a_typo_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        composition(text)


def test_a_symbol_in_the_wrong_case_is_recognised() -> None:
    assert checked_symbol("Mg") == "Mg"
    with pytest.raises(ValueError, match="is Mg meant"):
        checked_symbol("MG")
    with pytest.raises(ValueError, match="no element 'X'"):
        checked_symbol("X")
