"""Cells and positions of POSCAR have sizes; where they have not, the cause is told."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

POSCAR = """\
rutile's metal
1.0
4.1 0 0
0 4.2 0
0 0 4.3
Ti O
1 1
Direct
0.0 0.0 0.0
0.5 0.45 0.5
"""
KPOINTS = "path\n20\nLine-mode\nreciprocal\n0 0 0\n0.5 0 0\n"


def found(text: str, name: str = "POSCAR") -> tuple[InputFinding, ...]:
    return check("vasp", "vasp_std", name, text, {})


@pytest.mark.parametrize("number", ["1e400", "1d400", "-1e400", "1e300", "9" * 400])
def test_a_number_beyond_all_bounds_is_told_in_its_line(number: str) -> None:
    for old, line in (("1.0\n", 2), ("4.2", 4), ("0.45", 10)):
        text = POSCAR.replace(old, old.replace(old.strip(), number), 1)
        (one,) = found(text)
        assert (one.severity, one.line) == (ERROR, line), text
        beside = {"POSCAR": text.encode()}
        assert not check("vasp", "vasp_std", "INCAR", "ISMEAR = 0\n", beside)
    (one,) = found(KPOINTS.replace("0.5", number), "KPOINTS")
    assert one.line == 6


@pytest.mark.parametrize(
    ("old", "new", "line", "severity", "fix"),
    [
        ("4.2 0", "4200 0", 4, WARNING, "correct the vector"),
        ("0.45", "45", 10, WARNING, "correct the coordinates"),
        ("0.5 0.45 0.5", "2.05 1.9 2.15", 8, WARNING, "write Cartesian"),
        ("0.5 0.45 0.5", "1.95 1.95 1.95", 8, ERROR, "write Cartesian"),
        ("Direct\n0.0 0.0 0.0", "Cartesian\n0.2 0.2 0.2", 8, ERROR, "write Direct"),
        ("1.0\n", "0.1\n", 2, ERROR, "correct the scale (line 2) or the vectors"),
        ("4.2 0", "0.42 0", 4, ERROR, "correct the vector"),
        ("0.5 0.45 0.5", "0,5 0,45 0,5", 10, ERROR, "write 0.5"),
        ("4.2 0", "4,2 0", 4, ERROR, "write 4.2"),
    ],
)
def test_the_cause_of_a_wrong_size_is_told_once(
    old: str, new: str, line: int, severity: str, fix: str
) -> None:
    (one,) = found(POSCAR.replace(old, new, 1))
    assert (one.line, one.severity) == (line, severity)
    assert one.fix.startswith(fix)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5 0.45 0.5", "0.5, 0.45, 0.5"),
        ("0.5 0.45 0.5", "1.5 -0.55 0.5"),
        ("0.0 0.0 0.0\n0.5 0.45 0.5", "0,0,0\n0.5 0.45 0.5"),
        ("4.3", "990"),
    ],
)
def test_unusual_but_good_numbers_are_silent(old: str, new: str) -> None:
    assert found(POSCAR.replace(old, new)) == ()
