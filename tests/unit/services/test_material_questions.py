"""Questions to the materials databases in their normal form."""

import math
from typing import Any

import pytest

from crystalmathd.errors import MaterialQuestionError
from crystalmathd.models.materials import Bound, MaterialQuery
from crystalmathd.services.material_questions import (
    MaterialAsked,
    checked_id,
    is_material_id,
    normalised,
)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("SiO2", {"formula": "O2Si"}),
        ("Si2 O4", {"formula": "O2Si"}),
        ("O-Mg", {"chemical_system": "Mg-O"}),
        ("mp-1265", {"material_ids": ("mp-1265",)}),
        ("mp-aaaaaaft", {"material_ids": ("mp-aaaaaaft",)}),
        ("cod/1000041", {"material_ids": ("cod/1000041",)}),
        ("odbx/a/b", {"material_ids": ("odbx/a/b",)}),
    ],
)
def test_the_first_word_is_understood_by_its_form(
    text: str, query: dict[str, Any]
) -> None:
    assert normalised(MaterialAsked(text=text)) == MaterialQuery(**query)


def test_questions_that_mean_the_same_are_equal() -> None:
    one = MaterialAsked(
        formula="SiO2",
        elements=("Si", "O", "O"),
        bounds=(Bound(name="n_sites", most=9), Bound(name="band_gap_ev", least=1)),
        optimade_filter='  nsites <  9 AND  x="a  b" ',
    )
    other = MaterialAsked(
        text="Si2O4",
        elements=("O", "Si"),
        bounds=(Bound(name="band_gap_ev", least=1), Bound(name="n_sites", most=9)),
        optimade_filter='nsites < 9 AND x="a  b"',
    )
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "nobody is asked for everything"),
        ({"text": "  "}, "nobody is asked for everything"),
        ({"optimade_filter": " "}, "nobody is asked for everything"),
        ({"text": "MgOO"}, "MgOO: O stands twice"),
        ({"text": "Xx2"}, "Xx2: there is no element"),
        ({"text": "Mg-Xx"}, "Mg-Xx: there is no element"),
        ({"elements": ("Mg", "Q")}, "Mg,Q: there is no element 'Q'"),
        ({"text": "MgO", "formula": "CaO"}, "cannot both be the formula"),
        ({"text": "MgO", "limit": 0}, "from 1 to 500"),
        ({"text": "MgO", "limit": 501}, "from 1 to 500"),
        ({"material_ids": ("1265",)}, "1265: an id is mp-1265"),
        ({"material_ids": tuple(f"mp-{n}" for n in range(101))}, "101 ids"),
        ({"bounds": (Bound(name="gap", least=1.0),)}, "no such property"),
        ({"bounds": (Bound(name="n_sites"),)}, "both ends are open"),
        ({"bounds": (Bound(name="n_sites", least=2, most=1),)}, "at least 2"),
        ({"bounds": (Bound(name="n_sites", least=math.nan),)}, "no finite number"),
        ({"bounds": (Bound(name="n_sites", most=1),) * 2}, "bounded twice"),
    ],
)
def test_what_cannot_be_meant_is_told(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(MaterialQuestionError, match=words):
        normalised(MaterialAsked(**asked))


def test_an_id_has_one_of_two_forms() -> None:
    assert checked_id(" mp-149 ") == "mp-149"
    assert is_material_id("mc3d/x")
    assert not is_material_id("MgO")
    assert not is_material_id("Mg-O")
