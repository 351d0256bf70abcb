import pytest

from crystalmathd.codes.numbers import fortran_float, fortran_floats


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2.7466419196E+02", -274.66419196),
        ("-2.7466419196D+02", -274.66419196),
        ("-.36096772E+02", -36.096772),
        ("1.5-101", 1.5e-101),
        ("12", 12.0),
        ("NaN", None),
        ("Infinity", None),
        ("********", None),
        ("1.0E+999", None),
        ("", None),
        ("E(AU)", None),
        ("-", None),
        (".E5", None),
    ],
)
def test_a_fortran_number_is_read_whole_or_not_at_all(
    text: str, value: float | None
) -> None:
    assert fortran_float(text) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("  1  -2.5E+00\t3", (1.0, -2.5, 3.0)),
        ("  1.0D-03  1.5-101", (1e-3, 1.5e-101)),
        ("", ()),
        ("1.0 NaN", None),
        ("1.0D+00 ****", None),
        ("1.0 E(AU)", None),
    ],
)
def test_a_line_of_numbers_is_read_whole_or_not_at_all(
    text: str, values: tuple[float, ...] | None
) -> None:
    assert fortran_floats(text) == values
