"""Conditions of a table, as people write them and as they are stored."""

import pytest

from crystalmathd.services.tables import _checked
from crystalmathd.store.results import Condition


@pytest.mark.parametrize(
    ("column", "operator", "written", "stored"),
    [
        ("reduced_formula", "=", "NaCl", "ClNa"),
        ("reduced_formula", "!=", "Na4 Cl4", "ClNa"),
        ("formula", "=", "NaCl", "Cl Na"),
        ("formula", "=", "O4Mg4", "Mg4 O4"),
        ("formula", "~", "Na", "Na"),
        ("formula", "=", "salt", "salt"),
        ("name", "=", "NaCl", "NaCl"),
        ("scf_converged", "=", "False", False),
        ("scf_converged", "!=", "true", True),
    ],
)
def test_a_value_is_compared_as_it_is_stored(
    column: str, operator: str, written: str, stored: object
) -> None:
    found = _checked(Condition(column=column, operator=operator, value=written))
    assert found.value == stored
