"""Atoms that lie in each other, far from each other or twice: the cause is named."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.fixes import diagnostics
from crystalmathd.models.editing import Diagnostic
from crystalmathd.models.inputs import ERROR, WARNING
from tests.unit.codes.test_fixes import applied

pytest.importorskip("spglib")

REST = "BASISSET\nSTO-3G\nSHRINK\n8 8\nEND\n"
MGO = "12 0. 0. 0.", "8 .5 .5 .5"
ALL_OF_MGO = (
    *("12 0 0 0", "12 0 .5 .5", "12 .5 0 .5", "12 .5 .5 0"),
    *("8 .5 .5 .5", "8 .5 0 0", "8 0 .5 0", "8 0 0 .5"),
)


def crystal(group: int, cell: str, *atoms: str, flags: str = "0 0 0") -> str:
    head = f"title\nCRYSTAL\n{flags}\n{group}\n{cell}\n{len(atoms)}\n"
    return "\n".join([head + "\n".join(atoms), REST])


def told(text: str) -> list[Diagnostic]:
    findings = check("crystal", "crystal", "a.d12", text, {}, deep=True)
    return list(diagnostics(findings, Draft(text, {})))


@pytest.mark.parametrize(
    "text",
    [
        crystal(225, "4.21", *MGO),
        crystal(227, "5.43", "14 .125 .125 .125"),
        crystal(227, "5.43", "14 0 0 0", flags="0 0 1"),
        # Rubidium, solid argon and potassium iodide are as loose as crystals are.
        crystal(221, "5.585", "37 0 0 0", "37 .5 .5 .5"),
        crystal(225, "5.31", "18 0 0 0"),
        crystal(225, "7.07", "19 0 0 0", "53 .5 .5 .5"),
        # A fraction above 1 is one.
        crystal(225, "4.21", "12 0 0 0", "8 1.5 .5 .5"),
    ],
)
def test_crystals_as_they_are_have_no_findings(text: str) -> None:
    assert [one.code for one in told(text)] == []


@pytest.mark.parametrize(
    ("text", "code", "line", "severity"),
    [
        (crystal(225, "4.21", "12 0 0 0", "8 2.105 2.105 2.105"),
         "atoms.fractional", 8, WARNING),
        (crystal(221, "4.21", "12 0 0 0", "8 0 0 1.01"), "atoms.fractional", 8, ERROR),
        (crystal(227, "5.43", "14 0 0 0", "14 .25 .25 .25"),
         "geometry.origin", 7, WARNING),
        (crystal(225, ".421", *MGO), "geometry.cell", 5, ERROR),
        (crystal(225, "7.96", *MGO), "geometry.volume", 5, WARNING),
        (crystal(227, "10.26", "14 .125 .125 .125"), "geometry.volume", 5, WARNING),
        (crystal(225, "1e120", *MGO), "geometry.volume", 5, WARNING),
        (crystal(225, "4.21", "8 .5 0 0", "8 0 .5 0", "12 0 0 0"),
         "atoms.repeated", 8, WARNING),
    ],
)  # fmt: skip
def test_one_slip_is_one_finding_at_its_cause(
    text: str, code: str, line: int, severity: str
) -> None:
    (one,) = told(text)
    assert (one.code, one.line, one.severity) == (code, line, severity)
    assert "inf" not in one.message.split()


def test_a_cell_in_bohr_is_told_with_its_length() -> None:
    (one,) = told(crystal(225, "7.969", *MGO))
    assert one.fix == "give the lengths of the cell in Å: 7.969 bohr are 4.217 Å"


@pytest.mark.parametrize(
    ("atoms", "left"),
    [
        (ALL_OF_MGO, [ALL_OF_MGO[0], ALL_OF_MGO[4]]),
        ((MGO[1], *MGO), [MGO[1], MGO[0]]),
        ((*MGO, *MGO), [*MGO]),
    ],
)
def test_atoms_that_are_given_twice_are_taken_out(
    atoms: tuple[str, ...], left: list[str]
) -> None:
    text = crystal(225, "4.21", *atoms)
    (one,) = told(text)
    assert (one.code, one.severity) == ("atoms.repeated", WARNING)
    assert applied(text, one.fixes[0]) == crystal(225, "4.21", *left)


def test_two_elements_at_one_place_are_an_error() -> None:
    (one,) = told(crystal(225, "4.21", "12 0 0 0", "8 0 0 0"))
    assert (one.code, one.severity) == ("atoms.duplicate", ERROR)
