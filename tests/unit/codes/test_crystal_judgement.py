"""What is said of an SCF belongs to that SCF, and does not contradict itself."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.results import Grade
from tests.unit.codes.test_crystal_history import (
    BANNER,
    END,
    cycle,
    moved,
    optimised,
    point,
    read,
    scf,
)

TOLERANCE = " WEIGHT OF F(I) IN F(I+1)      30% CONVERGENCE ON ENERGY        10**- 6\n"
BROKEN = """ CYC   0 ETOT(AU)  NaN DETOT  NaN tst  0.00E+00 PX  1.00E+00
 CYC   1 ETOT(AU)  NaN DETOT  NaN tst  NaN PX  NaN
 == SCF ENDED - CONVERGENCE ON ENERGY      E(AU)  NaN CYCLES   1
"""


def ended(change: float, why: str = "CONVERGENCE ON ENERGY") -> str:
    return (
        cycle(0, -1.0, -1.0)
        + cycle(1, -2.0, change)
        + f" == SCF ENDED - {why}      E(AU) -2.0000000000000E+00 CYCLES   1\n"
    )


def test_an_energy_that_is_no_number_is_not_converged() -> None:
    result = read(BROKEN, END)
    assert result.energy_ev is None
    assert result.is_scf_converged is False
    assert result.grade is Grade.NOT_CONVERGED
    assert "NaN" in (result.cause or "")


def test_an_optimisation_that_ends_without_an_energy_is_not_converged() -> None:
    end = " * OPT END - CONVERGED * E(AU):  NaN  POINTS    2 *\n"
    result = read(point(1), scf(-2.0), point(2), moved(-2.1), end, END)
    assert result.is_geometry_converged is False
    assert result.grade is Grade.NOT_CONVERGED


def test_the_fault_of_such_an_energy_is_named() -> None:
    [fault] = (one for one in CODES["crystal"].faults if one.key == "not_a_number")
    assert fault.pattern is not None
    assert any(map(fault.pattern.search, BROKEN.splitlines()))


def test_the_test_of_an_scf_is_told() -> None:
    [test] = read(TOLERANCE, ended(-9.0e-7), END).criteria
    assert (test.value, test.threshold, test.is_met) == (9.0e-7, 1e-6, True)
    [test] = read(TOLERANCE, ended(-9.0e-5, "TOO MANY CYCLES      "), END).criteria
    assert test.is_met is False


@pytest.mark.parametrize(
    "lines",
    [ended(-1.96e-6), ended(-9.0e-7, "TOO MANY CYCLES      ")],
    ids=["accepted above it", "refused below it"],
)
def test_a_change_that_contradicts_the_end_of_the_scf_tests_nothing(
    lines: str,
) -> None:
    assert read(TOLERANCE, lines, END).criteria == ()


def test_the_test_of_the_first_point_is_not_that_of_the_last() -> None:
    first = TOLERANCE + point(1) + ended(-9.0e-7)
    assert len(read(first).criteria) == 1
    assert read(first, point(2), moved(-2.1), optimised(-2.1, 2), END).criteria == ()


def test_the_lines_of_other_ranks_are_no_part_of_the_build() -> None:
    title, build, rest = BANNER.split("\n", 2)
    rank = " PROCESS            6  OF            8  WORKING"
    last = " *                       HTTP://WWW.CRYSTAL.UNITO.IT *"
    output = f"{title}\n{rank}\n{build}\n{rank}\n{last}\n{rest}{END}"
    result = read_output("crystal", "out", output.encode())
    assert result.code_version == "17 1.0.2"
    assert result.build == "public : 1.0.2 - March 1st, 2018"
