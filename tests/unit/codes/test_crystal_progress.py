import re

import pytest

from crystalmathd.codes.crystal.progress import SCF_LOG, CrystalProgress
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


LIMITS = b""" MAX NUMBER OF SCF CYCLES      50  CONVERGENCE ON DELTAP        10**-16
 WEIGHT OF F(I) IN F(I+1)      30% CONVERGENCE ON ENERGY        10**- 7
 MAXIMUM ALLOWED NUMBER OF STEPS   -1 SORTING OF ENERGY POINTS:               NO
 DEFAULT MAX NUM OF POINTS  100
"""
TIME = b" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT %s  TELAPSE %11.2f TCPU        1.88\n"
CYCLE = b" CYC %3d ETOT(AU) -2.7548%08d0E+02 DETOT %9.2E tst  0.00E+00 PX  1.00E+00\n"
TOTAL = b" TOTAL ENERGY(DFT)(AU)(%3d) -2.7544868940122E+02     DE (AU)   -9.826E-05\n"
MEASURES = b""" MAX GRADIENT      %8.6f  THRESHOLD              0.000450 CONVERGED %s
 RMS GRADIENT      %8.6f  THRESHOLD              0.000300 CONVERGED %s
 MAX DISPLAC.      0.002178  THRESHOLD              0.001800 CONVERGED NO
"""


def scf(n_cycles: int, begin_s: float = 0.0) -> bytes:
    """Return an SCF that falls by a power of ten a cycle, two seconds each."""
    lines = [
        TIME % (b"NUMDFT", begin_s + 2.0 * number)
        + CYCLE % (number, number, -(10.0 ** (1 - number)))
        for number in range(n_cycles)
    ]
    return b"".join(lines)


def test_limits_threshold_and_times_are_those_that_are_printed() -> None:
    progress = reader_after(LIMITS, scf(4)).progress()
    assert (progress.max_cycles, progress.max_steps) == (50, 100)
    assert progress.scf_threshold_ev == pytest.approx(1e-7 * EV_PER_HARTREE)
    assert progress.elapsed_s == 6.0
    assert progress.forecast is not None
    assert progress.forecast.cycles == pytest.approx(9, abs=1)
    left = progress.forecast.cycles - 3
    assert progress.forecast.remaining_s == pytest.approx(2.0 * left)
    assert progress.percent == pytest.approx(100 * 3 / progress.forecast.cycles)
    assert progress.pattern is not None


def test_a_timing_name_that_runs_into_the_next_word_is_read() -> None:
    line = (
        b" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT MAKE_GRID2_MTELAPSE       20.25 TCPU 16.3\n"
    )
    assert reader_after(line).progress().elapsed_s == 20.25


def test_the_log_beside_gives_every_cycle_of_later_points_in_any_order() -> None:
    log = [scf(3, 10.0), scf(4, 20.0)]
    ends = b" == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -2.7E+02 CYCLES   2\n"
    main = [
        LIMITS + POINT % 1 + scf(5) + ends + TOTAL % 4 + POINT % 2,
        TOTAL % 2 + POINT % 3,
        TOTAL % 3,
    ]
    orders = [
        [(SCF_LOG, b"".join(log)), *((None, piece) for piece in main)],
        [
            (None, main[0]),
            (SCF_LOG, log[0] + ends + log[1]),
            (None, b"".join(main[1:])),
        ],
        [
            (None, main[0]),
            (SCF_LOG, log[0]),
            (None, main[1]),
            (SCF_LOG, log[1]),
            (None, main[2]),
        ],
    ]
    expected = [(1, n) for n in range(5)] + [(2, n) for n in range(3)]
    expected += [(3, n) for n in range(4)]
    for order in orders:
        reader = CrystalProgress("crystal")
        for file, piece in order:
            reader.feed(piece, file)
        progress = reader.progress()
        found = [(c.geometry_step, c.number) for c in progress.cycles]
        assert found == expected
        assert progress.geometry_step == 3
        assert [step.number for step in progress.steps] == [1, 2, 3]


def test_a_log_that_comes_late_repeats_no_point() -> None:
    reader = reader_after(POINT % 1, scf(5), TOTAL % 4, POINT % 2, TOTAL % 2, POINT % 3)
    reader.feed(scf(3) + scf(4), SCF_LOG)
    found = [(c.geometry_step, c.number) for c in reader.progress().cycles]
    assert found[5:] == [(2, 2), (3, 0), (3, 1), (3, 2), (3, 3)]


def test_an_optimisation_is_as_far_as_its_worst_gradient() -> None:
    reader = reader_after(POINT % 1, scf(5), TOTAL % 4)
    reader.feed(MEASURES % (0.045, b"NO", 0.03, b"NO"))
    assert reader.progress().percent == 0.0
    reader.feed(POINT % 2 + TOTAL % 4 + MEASURES % (0.0045, b"NO", 0.0003, b"YES"))
    progress = reader.progress()
    assert progress.percent == pytest.approx(50.0)
    assert progress.percent_basis == (
        "max_gradient 0.0045 on its way to 0.00045 hartree/bohr (log scale)"
    )
    assert [m.is_met for m in progress.steps[-1].measures] == [False, True, False]
    reader.feed(POINT % 3 + TOTAL % 4 + MEASURES % (0.02, b"NO", 0.01, b"NO"))
    assert reader.progress().percent == pytest.approx(50.0)
    assert reader.progress().forecast is None


FREQUENCIES = b""" NUMBER OF SCF+GRADIENT CALCULATIONS            %2d
   ATOM      MAX ABS(DGRAD)       TOTAL ENERGY (AU)  N.CYC      DE       SYM
    CENTRAL POINT             -2.057686212826E+03     0     0.0000E+00     2
"""
ROW = b"    1 O  DX   2.9393E-03      -2.057686204110E+03     6     8.7160E-06     1\n"


def test_displacements_count_of_those_that_are_needed() -> None:
    reader = reader_after(LIMITS, scf(9), FREQUENCIES % 20, TIME % (b"SDIK", 100.0))
    reader.feed(b"    1 O  DY                   RESTORED FROM A PREV. HESS. MATRIX\n")
    reader.feed(b"    1 O  DZ                   GENERATED FROM A PREVIOUS LINE\n")
    progress = reader.progress()
    assert (progress.percent, progress.percent_basis) == (
        10.0,
        "2 of 20 displacements",
    )
    reader.feed(TIME % (b"TOTGRA", 150.0) + ROW + TIME % (b"TOTGRA", 200.0) + ROW)
    progress = reader.progress()
    assert progress.percent == 20.0
    assert (progress.phase, progress.detail) == ("frequencies", "displacement 4 of 20")
    assert progress.forecast is not None
    assert progress.forecast.remaining_s == pytest.approx(16 * 50.0)
    assert progress.steps[-1].energy_ev == pytest.approx(
        -2057.686204110 * EV_PER_HARTREE
    )
    reader.feed(scf(3, 210.0), SCF_LOG)
    assert reader.progress().detail == "displacement 5 of 20, cycle 2"


ELASTIC = b""" LIST OF ACTIVE DEFORMATIONS:
             1
             4
 INFORMATION **** EXCBUF **** EXCH. BIPO BUFFER: WORDS USED =      118530
"""
DEFORMATION = b""" STRAIN MATRIX   %d :
   DISPL        ENERGY              DELTA E
"""


def test_deformations_count_of_those_that_are_listed() -> None:
    reader = reader_after(LIMITS, ELASTIC, scf(9))
    assert reader.progress().percent_basis == "0 of 2 deformations"
    constants = b"  ELASTIC TENSOR CONSTANTS\n c11 =            1024.91993561 GPa\n"
    reader.feed(DEFORMATION % 1 + constants + DEFORMATION % 4)
    progress = reader.progress()
    assert (progress.phase, progress.detail) == ("elastic", "deformation 4")
    assert (progress.percent, progress.percent_basis) == (50.0, "1 of 2 deformations")
    reader.feed(constants)
    assert reader.progress().percent == 99.0


def test_one_optimisation_of_many_is_no_part_of_a_known_whole() -> None:
    measures = MEASURES % (0.0045, b"NO", 0.03, b"NO")
    reader = reader_after(POINT % 1, scf(5), TOTAL % 4, measures, POINT % 1, measures)
    progress = reader.progress()
    assert progress.detail == "optimisation 2, point 1"
    assert progress.percent is None


def test_every_table_of_displacements_in_the_corpora_comes_to_its_number() -> None:
    n_tables = 0
    for row in corpora.rows("open/crystal/truth.tsv"):
        content = corpora.content(row)
        begin = content.find(b"MAX ABS(DGRAD)       TOTAL ENERGY")
        has_number = b"\n NUMBER OF SCF+GRADIENT CALCULATIONS  " in content
        if begin < 0 or not has_number or row["normal_termination"] != "y":
            continue
        reader = CrystalProgress("crystal")
        end = re.compile(rb"\n *\r?\n").search(content, begin)
        reader.feed(content[: end.end() if end else None])
        progress = reader.progress()
        assert progress.percent_basis is not None, row["path"]
        done, _, total, _ = progress.percent_basis.split()
        assert done == total, row["path"]
        n_tables += 1
    assert n_tables


def test_times_thresholds_and_measures_of_the_corpora_are_sound() -> None:
    for row in corpora.rows("open/crystal/truth.tsv"):
        content = corpora.content(row)
        reader, before_s = CrystalProgress("crystal"), 0.0
        for start in range(0, len(content), 50_021):
            reader.feed(content[start : start + 50_021])
            progress = reader.progress()
            assert progress.percent is None or 0 <= progress.percent <= 100
            assert (progress.percent is None) == (progress.percent_basis is None)
            if progress.elapsed_s is not None:
                assert progress.elapsed_s >= before_s, row["path"]
                before_s = progress.elapsed_s
        if row["telapse_max_s"]:
            expected = pytest.approx(float(row["telapse_max_s"]))
            assert progress.elapsed_s == expected, row["path"]
        if row["opt_status"] == "converged" and row["n_opt_end"] == "1":
            assert progress.steps, row["path"]


def test_the_logs_of_the_corpora_go_with_their_main_outputs() -> None:
    corpora.rows("open/crystal/truth.tsv")
    folder = corpora.ROOT / "open" / "crystal" / "out"
    pairs = [
        (log, log.with_name(log.name.replace("SCFOUT.LOG", "main.out")))
        for log in folder.glob("*SCFOUT.LOG")
    ]
    total = re.compile(
        rb"^ [A-Z ]+ - POINT +(\d+)|^ TOTAL ENERGY\(DFT\)\(AU\)\( *(\d+)\)",
        re.MULTILINE,
    )
    for log, main in pairs:
        reader = CrystalProgress("crystal")
        reader.feed(log.read_bytes(), SCF_LOG)
        reader.feed(main.read_bytes())
        last = {c.geometry_step: c.number for c in reader.progress().cycles}
        point = 0
        for match in total.finditer(main.read_bytes()):
            if match[1]:
                point = int(match[1])
            else:
                assert last[point] == int(match[2]), (main.name, point)
        assert point > 1
