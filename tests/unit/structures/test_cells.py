"""Cell parameters of structures that repeat in three, two, one or no directions."""

import pytest

from crystalmathd.models.structures import Structure, Vector

A, B, C = (2.0, 0.0, 0.0), (-1.0, 3.0**0.5, 0.0), (0.0, 0.0, 5.0)


def structure(*lattice_a: Vector) -> Structure:
    return Structure(
        dimension=len(lattice_a),
        lattice_a=lattice_a,
        atomic_numbers=(6,),
        positions_a=((0.0, 0.0, 0.0),),
    )


def test_a_crystal_has_lengths_and_angles() -> None:
    assert structure(A, B, C).cell == pytest.approx((2, 2, 5, 90, 90, 120))
    assert structure(A, B, C).formal_cell == structure(A, B, C).cell


def test_what_does_not_repeat_has_crystals_formal_length_and_no_cell() -> None:
    assert structure(A, B).formal_cell == pytest.approx((2, 2, 500, 90, 90, 120))
    assert structure(A).formal_cell == pytest.approx((2, 500, 500, 90, 90, 90))
    assert structure().formal_cell is None
    assert structure(A, B).cell is structure(A).cell is structure().cell is None


def test_a_cell_with_an_empty_vector_is_none() -> None:
    assert structure(A, B, (0.0, 0.0, 0.0)).cell is None
