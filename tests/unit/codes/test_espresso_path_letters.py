"""Letters on a path of pw.x: those that a lattice does not have stop the program."""

import pytest

from crystalmathd.codes.espresso.path_letters import letters
from crystalmathd.models.inputs import ERROR, InputFinding
from tests.unit.codes.test_espresso_checks import found
from tests.unit.codes.test_espresso_slips import MESH, PATH


def of(lattice: str, *rows: str) -> tuple[InputFinding, ...]:
    card = f"K_POINTS crystal_b\n{len(rows)}\n" + "".join(f"{one}\n" for one in rows)
    text = PATH.replace("ibrav = 2, A = 5.4", lattice)
    return found(text.replace(MESH, card))


# What pw.x 6.7 took of A to Z, each alone and with 1 and 2 behind it, and of gS, gS1.
TAKEN = {
    "ibrav = 1, A = 5.4": "M R X",
    "ibrav = 2, A = 5.4": "K L U W X",
    "ibrav = 3, A = 5.4": "H N P",
    "ibrav = 4, celldm(1) = 8, celldm(3) = 1.6": "A H K L M",
    "ibrav = 5, celldm(1) = 10, celldm(4) = 0.5": "B B1 F L L1 P P1 P2 Q X Z",
    "ibrav = 5, A = 5.4, cosAB = -0.2": "F L P P1 Q Q1 Z",
    "ibrav = 6, A = 5.4, C = 7": "A M R X Z",
    "ibrav = 7, A = 5.4, C = 7": "N P X Y Y1 Z gS gS1",
    "ibrav = 7, celldm(1) = 12, celldm(3) = 0.6": "M N P X Z Z1",
    "ibrav = 8, A = 5, B = 6, C = 7": "R S T U X Y Z",
    "ibrav = 9, A = 5, B = 6, C = 7": "A A1 R S T X X1 Y Z",
    "ibrav = 9, A = 6, B = 5, C = 7": "A A1 R S T X Y Y1 Z",
    "ibrav = 10, A = 5, B = 9, C = 9.5": "A A1 L T X X1 Y Z",
    "ibrav = 10, A = 5, B = 5.5, C = 6": "C C1 D D1 H H1 L X Y Z",
    "ibrav = 11, A = 5, B = 6, C = 7": "L L1 L2 R S T W X X1 Y Y1 Z",
    "ibrav = 12, A = 5, B = 6, C = 7, cosAB = 0.2": "A D X Y Z",
}


@pytest.mark.parametrize("lattice", TAKEN)
def test_the_letters_that_a_lattice_has_are_silent(lattice: str) -> None:
    assert of(lattice, *(f"{one} 20" for one in ["gG", *TAKEN[lattice].split()])) == ()


@pytest.mark.parametrize("lattice", TAKEN)
def test_each_other_letter_is_an_error_in_its_place(lattice: str) -> None:
    names = {letter + sign for letter in "ABCDFHKLMNPQRSTUWXYZ" for sign in ("", "1")}
    others = sorted(names.difference(TAKEN[lattice].split()))
    errors = of(lattice, "gG 20", *(f"{one} 20" for one in others))
    assert [one.code for one in errors] == ["pw.k-points"] * len(others)
    assert {one.severity for one in errors} == {ERROR}
    pairs = zip(others, errors, strict=True)
    assert all(f"{name!r} is no point" in one.message for name, one in pairs)


@pytest.mark.parametrize(
    ("word", "fix"),
    [("G", "write gG"), ("Gamma", "write gG"), ("x", "write X"), ("Q", "")],
)
def test_what_is_meant_is_offered(word: str, fix: str) -> None:
    (one,) = of("ibrav = 2, A = 5.4", f"{word} 20", "X 1")
    assert (one.fix, one.column) == (fix, 1)


@pytest.mark.parametrize("ibrav", ["-3", "13", "14", "91"])
def test_a_lattice_without_letters_is_told(ibrav: str) -> None:
    rest = "A = 5, B = 6, C = 7, cosAB = 0.1, cosAC = 0.1, cosBC = 0.1"
    (one,) = of(f"ibrav = {ibrav}, {rest}", "gG 20", "0.5 0 0 1")
    assert "pw.x knows no letters" in one.message


def test_nothing_is_said_where_the_shape_is_not_known() -> None:
    assert letters({"ibrav": 7.0, "celldm": 8.0}) is None
    assert letters({"ibrav": 10.0, "celldm(1)": 8.0}) is None
    assert letters({"ibrav": 5.0}) is None


def test_other_conventions_have_other_letters() -> None:
    card = "K_POINTS crystal_b\n2\ngG 20\nW1 1\n"
    text = PATH.replace("prefix=", "point_label_type = 'BI', prefix=")
    assert found(text.replace(MESH, card)) == ()
