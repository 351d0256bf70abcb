import pytest

from crystalmathd.codes.crystal.progress import CrystalProgress
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

HEAD = b""" EEEEEEEEEE STARTING  DATE 24 07 2024 TIME 14:57:23.0
 MAX NUMBER OF SCF CYCLES      50  CONVERGENCE ON DELTAP        10**-16
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT INT_SCREEN  TELAPSE        3.70 TCPU        1.88
"""
POINT = b" COORDINATE AND CELL OPTIMIZATION - POINT    %d\n"
CYCLES = b""" CYC   0 ETOT(AU) -1.884284146155E+03 DETOT -1.88E+03 tst  0.00E+00
 CYC   1 ETOT(AU) -1.868718016652E+03 DETOT  1.56E+01 tst  0.00E+00
"""


def reader_after(*pieces: bytes) -> CrystalProgress:
    reader = CrystalProgress("crystal")
    for piece in pieces:
        reader.feed(piece)
    return reader


def test_phases_follow_the_run() -> None:
    reader = CrystalProgress("crystal")
    assert reader.progress().phase == "starting"
    reader.feed(HEAD)
    assert reader.progress().phase == "integrals"
    assert reader.progress().max_cycles == 50
    reader.feed(CYCLES)
    assert reader.progress().phase == "scf"
    assert reader.progress().detail == "cycle 1"
    reader.feed(b" EEEEEEEEEE TERMINATION  DATE 24 07 2024 TIME 20:05:15.4\n")
    assert reader.progress().phase == "done"


def test_cycles_carry_ev_and_the_first_has_no_difference() -> None:
    first, second = reader_after(CYCLES).progress().cycles
    assert (first.number, first.delta_ev) == (0, None)
    assert second.energy_ev == pytest.approx(-1868.718016652 * EV_PER_HARTREE)
    assert second.delta_ev == pytest.approx(15.6 * EV_PER_HARTREE)


def test_a_later_point_counts_although_its_cycles_are_in_another_file() -> None:
    total = (
        b" TOTAL ENERGY(DFT)(AU)(  9) -1.8695663362732E+03     DE (AU)   -2.396E-01\n"
    )
    progress = reader_after(POINT % 1, CYCLES, total, POINT % 2, total).progress()
    assert progress.geometry_step == 2
    assert [(c.geometry_step, c.number) for c in progress.cycles] == [
        (1, 0),
        (1, 1),
        (2, 9),
    ]


def test_an_energy_that_is_no_number_is_absent() -> None:
    line = b" CYC   6 ETOT(AU)                 NaN DETOT       NaN tst  1.42E-09\n"
    (cycle,) = reader_after(line).progress().cycles
    assert (cycle.energy_ev, cycle.delta_ev) == (None, None)


def test_every_cycle_line_of_the_corpora_is_read() -> None:
    for table in ("truth.tsv", "truth_truncated.tsv"):
        for row in corpora.rows(f"open/crystal/{table}"):
            content = corpora.content(row)
            complete = content[: content.rfind(b"\n") + 1]
            lines = [s for s in complete.split(b"\n") if s.lstrip().startswith(b"CYC ")]
            reader = CrystalProgress("crystal")
            for start in range(0, len(content), 100_003):
                reader.feed(content[start : start + 100_003])
            cycles = reader.progress().cycles
            with_own_line = [
                c for c in cycles if c.number == 0 or c.delta_ev is not None
            ]
            assert len(cycles) >= len(lines), row["path"]
            assert len(with_own_line) <= len(lines), row["path"]


def test_a_difference_of_zero_is_a_difference() -> None:
    line = b" CYC   6 ETOT(AU) -1.868718016652E+03 DETOT  0.00E+00 tst  1.42E-09\n"
    (cycle,) = reader_after(line).progress().cycles
    assert cycle.delta_ev == 0.0
