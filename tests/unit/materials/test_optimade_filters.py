"""Questions become filters that the grammar takes, whatever they hold."""

import pytest

from crystalmathd.materials.optimade_filters import FilterError, filter_for, own_id
from crystalmathd.models.materials import Bound, MaterialQuery

pytest.importorskip("optimade.filterparser")


def test_a_question_with_all_of_it_is_one_filter() -> None:
    query = MaterialQuery(
        formula="O2Si",
        elements=("O", "Si"),
        chemical_system="O-Si",
        optimade_filter='NOT elements HAS "H" OR nsites<3',
        bounds=(
            Bound(name="n_elements", least=2, most=2),
            Bound(name="n_sites", most=9),
        ),
    )
    assert filter_for(query, "db") == (
        '(chemical_formula_reduced="O2Si") AND (elements HAS ALL "O","Si")'
        ' AND (elements HAS ALL "O","Si" AND nelements=2) AND (nelements=2)'
        ' AND (nsites<=9) AND (NOT elements HAS "H" OR nsites<3)'
    )


def test_a_filter_that_closes_our_brackets_is_refused() -> None:
    query = MaterialQuery(formula="MgO", optimade_filter='a="1") OR (b="2"')
    with pytest.raises(FilterError, match="no OPTIMADE filter"):
        filter_for(query, "db")


def test_quotes_in_ids_are_escaped() -> None:
    query = MaterialQuery(material_ids=('db/a"b\\c',))
    assert filter_for(query, "db") == 'id="a\\"b\\\\c"'


@pytest.mark.parametrize(
    ("material_id", "own"),
    [
        ("db/12", "12"),
        ("db/a/b", "a/b"),
        ("other/12", None),
        ("db-12", "db-12"),
        ("other-12", None),
        ("db/", None),
    ],
)
def test_ids_belong_to_the_provider_they_name(
    material_id: str, own: str | None
) -> None:
    assert own_id(material_id, "db") == own


def test_only_other_providers_entries_is_no_question() -> None:
    assert filter_for(MaterialQuery(material_ids=("other/1",)), "db") is None
