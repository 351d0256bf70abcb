"""The card HUBBARD of pw.x 7.1 and later: what stops it is told at its word."""

import pytest

from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from tests.unit.codes.test_espresso_checks import GOOD, found

OXIDE = (
    GOOD.replace("ntyp = 1", "ntyp = 2")
    .replace("Si 28.086 Si.UPF", "Fe 55.845 Fe.UPF\nO 15.999 O.UPF")
    .replace("Si 0 0 0\nSi", "Fe 0 0 0\nO")
)


def of(rows: str, head: str = "HUBBARD (ortho-atomic)") -> tuple[InputFinding, ...]:
    return found(f"{OXIDE}{head}\n{rows}")


@pytest.mark.parametrize(
    "rows",
    [
        "U Fe-3d 4.6\n",
        "u Fe-3d 4.6 ! from linear response\nU O-2p 1e-8\n",
        "U Fe-3d 4.6\nJ Fe-3d 0.9\nB Fe-3d 0.1\n",
        "U Fe-3d 4.6\nJ0 Fe-3d 0.9\n",
        "U Fe-3d 4.6\nU Fe-4s-4p 1.0\n",
        "V Fe-3d Fe-3d 1 1 4.6\nV Fe-3d O-2p 1 2 0.8\nV Fe-3d O-2p 1 44 0.8\n",
        "U Fe-3d 4.6 1 2 3\nALPHA Fe-3d 0.1\n",
    ],
)
def test_what_the_reference_shows_is_silent(rows: str) -> None:
    assert of(rows) == ()


@pytest.mark.parametrize(
    "head",
    ["HUBBARD {atomic}", "HUBBARD wf", "hubbard (pseudo)", "HUBBARD(norm-atomic)"],
)
def test_projectors_stand_in_any_brackets(head: str) -> None:
    assert of("U Fe-3d 4.6\n", head) == ()


@pytest.mark.parametrize(
    ("head", "fix"),
    [
        ("HUBBARD (orto-atomic)", "write ortho-atomic"),
        ("HUBBARD {orthoatomic}", "write ortho-atomic"),
        ("HUBBARD (atomc)", "write atomic"),
        ("HUBBARD (file)", "add (ortho-atomic) behind HUBBARD"),
        ("HUBBARD", "add (ortho-atomic) behind HUBBARD"),
    ],
)
def test_wrong_projectors_are_an_error(head: str, fix: str) -> None:
    (one,) = of("U Fe-3d 4.6\n", head)
    assert (one.code, one.severity, one.fix) == ("pw.card-option", ERROR, fix)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("U Ni-3d 4.6", "'Ni' is not among ATOMIC_SPECIES"),
        ("U fe-3d 4.6", "'fe' is not among ATOMIC_SPECIES"),
        ("U Fe 4.6", "'Fe' is no manifold"),
        ("U Fe3d 4.6", "'Fe3d' is not among ATOMIC_SPECIES"),
        ("U Fe-d 4.6", "no manifold"),
        ("U Fe-2d 4.6", "There is no shell 2d"),
        ("U Fe-3d", "a manifold and a value, eV, as in U Fe-3d 4.0"),
        ("U Fe-3d 4,6eV", "is no value of U"),
        ("U Fe-3d four", "'four' is no value of U"),
        ("E2 Fe-3d 0.1", "E2 is for f shells, not 3d"),
        ("B O-2p 0.1", "B is for d shells, not 2p"),
        ("UU Fe-3d 4.6", "'UU' is no parameter of HUBBARD"),
        ("V Fe-3d O-2p 1 0.8", "two manifolds, two atoms and a value"),
        ("V Fe-3d O-2p 3 2 0.8", "There is no atom 3: nat is 2"),
        ("V Fe-3d O-2p 2 1 0.8", "Atom 2 is O, not Fe"),
        ("V Fe-3d O-2p 1 3 0.8", "Atom 3 is Fe, not O"),
        ("V Fe-3d O-2p 1 two 0.8", "'two' is no number of an atom"),
        ("V Fe-3d Co-3d 1 2 0.8", "'Co' is not among ATOMIC_SPECIES"),
    ],
)
def test_a_wrong_row_is_one_error_on_its_line(row: str, words: str) -> None:
    (one,) = of(f"U O-2p 3.0\n{row}\n")
    assert (one.code, one.severity) == ("pw.hubbard", ERROR)
    assert one.line == len(OXIDE.splitlines()) + 3
    assert words in one.message


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("U Fe-3d 4\nU Fe-3d 5\n", "U of Fe stands on another line already"),
        ("U Fe-3d 4\nJ Fe-3d 1\nJ Fe-3d 1\n", "J of Fe stands on another line"),
        ("U Fe-3d 4\nJ0 Fe-4s 1\n", "J0 is for Fe-3d, the shell of U, not for 4s"),
        ("U Fe-3d-4s 4\n", "U is for one shell first, not 3d-4s"),
        ("U Fe-3d 4\nJ Fe-3d 1\nJ0 O-2p 1\n", "J0 does not go together with J"),
        ("", "HUBBARD has no line behind it"),
    ],
)
def test_rows_that_contradict_each_other_are_told(rows: str, words: str) -> None:
    (one,) = of(rows)
    assert one.severity == ERROR
    assert words in one.message


def test_a_remark_behind_a_value_is_taken_for_an_orbital_by_newer_versions() -> None:
    (one,) = of("U Fe-3d 4.6 eV\n")
    assert (one.severity, one.fix) == (WARNING, "put ! before a remark")


@pytest.mark.parametrize("key", ["lda_plus_u = .true.", "Hubbard_U(1) = 4.0"])
def test_the_old_keys_do_not_stand_beside_the_card(key: str) -> None:
    text = OXIDE.replace("nspin = 2", f"nspin = 2\n  {key}")
    (one,) = found(f"{text}HUBBARD (atomic)\nU Fe-3d 4\n")
    assert (one.code, one.line, one.fix) == ("pw.hubbard", 11, "delete this statement")
    assert not [one for one in found(text) if one.severity != NOTE]


def test_the_card_stands_behind_what_it_names() -> None:
    card = "HUBBARD (atomic)\nU Fe-3d 4\n"
    (one,) = found(OXIDE.replace("ATOMIC_SPECIES", f"{card}ATOMIC_SPECIES"))
    assert (one.code, one.fix) == ("pw.order", "put it behind ATOMIC_SPECIES")
