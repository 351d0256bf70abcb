"""SCFs, points and runs of one output, from lines as CRYSTAL prints them."""

import pytest

from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.outputs import read_files, read_output
from crystalmathd.codes.crystal.sections import main_section, read_sections
from crystalmathd.models.results import Grade, Result
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

BANNER = """ *                               CRYSTAL17                           *
 *                      public : 1.0.2 - March 1st, 2018                       *
 EEEEEEEEEE STARTING  DATE 24 07 2024 TIME 14:57:23.0
"""
END = " EEEEEEEEEE TERMINATION  DATE 24 07 2024 TIME 20:05:15.4\n"
PROPERTIES = (
    BANNER
    + " CRYSTAL - PROPERTIES - TYPE OF CALCULATION :  RESTRICTED CLOSED SHELL\n"
    + " TOTAL ENERGY -2.5000000000000E+00  CONVERGENCE ON ENER       -3.775E-09\n"
)


def cycle(number: int, energy: float, change: float) -> str:
    return (
        f" CYC {number:3d} ETOT(AU) {energy:.12E} DETOT {change:9.2E}"
        " tst  0.00E+00 PX  1.00E+00\n"
    )


def scf(energy: float, *, why: str = "CONVERGENCE ON ENERGY") -> str:
    return (
        cycle(0, energy + 1, energy + 1)
        + cycle(1, energy, -1.0)
        + f" == SCF ENDED - {why}      E(AU) {energy:.13E} CYCLES   1\n"
        + f" TOTAL ENERGY(DFT)(AU)(  1) {energy:.13E} DE-1.0E+00 tester 1.0E-09\n"
    )


def point(number: int) -> str:
    return f" COORDINATE OPTIMIZATION - POINT {number:4d}\n"


def moved(energy: float) -> str:
    return f" TOTAL ENERGY(DFT)(AU)(  1) {energy:.13E}     DE (AU)   -1.0E-02\n"


def optimised(energy: float, points: int) -> str:
    return f" * OPT END - CONVERGED * E(AU):  {energy:.12E}  POINTS {points:4d} *\n"


def read(*parts: str, log: str = "") -> Result:
    output = "".join((BANNER, *parts)).encode()
    return read_output("crystal", "out", output, b"", log.encode())


def test_scfs_of_later_points_are_found_in_the_log_by_their_energies() -> None:
    result = read(
        point(1),
        scf(-2.0),
        point(2),
        moved(-2.1),
        point(3),
        moved(-2.2),
        optimised(-2.2, 3),
        END,
        log=scf(-9.0) + scf(-2.1) + scf(-2.2),
    )
    assert [loop.geometry_step for loop in result.scf_loops] == [1, 2, 3]
    assert [len(loop.energies_ev) for loop in result.scf_loops] == [2, 2, 2]
    assert [step.is_scf_converged for step in result.steps] == [True, True, True]
    assert result.grade is Grade.CONVERGED
    assert result.energies_ev["scf_energy"] == pytest.approx(-2.2 * EV_PER_HARTREE)


def test_a_log_of_another_run_is_not_taken() -> None:
    result = read(
        point(1),
        scf(-2.0),
        point(2),
        moved(-2.1),
        optimised(-2.1, 2),
        END,
        log=scf(-3.0) + scf(-3.1, why="TOO MANY CYCLES      "),
    )
    assert result.is_scf_converged is True
    assert [loop.n_cycles for loop in result.scf_loops] == [1, 1]
    assert result.scf_loops[1].energies_ev == ()
    assert result.scf_loops[1].is_converged is None


def test_an_scf_that_is_still_in_the_log_is_not_converged() -> None:
    result = read(
        point(1),
        scf(-2.0),
        point(2),
        moved(-2.1),
        point(3),
        log=scf(-2.1) + cycle(0, -2.2, -2.2),
    )
    assert result.is_scf_converged is False
    assert result.energy_as_printed == -2.1
    assert result.n_scf_cycles == 1
    assert result.steps[2].energy_ev is None


def test_the_log_is_found_under_both_of_its_names() -> None:
    output = (BANNER + point(1) + scf(-2.0) + point(2) + moved(-2.1)).encode()
    for name in ("mgo.SCFLOG", "SCFOUT.LOG"):
        files = {"mgo.out": output, name: scf(-2.1).encode()}
        result = read_files("crystal", "mgo.out", files)
        assert result.steps[1].is_scf_converged is True


def test_points_are_counted_on_after_a_restart() -> None:
    result = read(point(7), scf(-2.0), point(8), moved(-2.1))
    assert [step.number for step in result.steps] == [7, 8]
    assert result.n_geometry_steps == 8
    assert result.is_geometry_converged is False


def test_displaced_geometries_do_not_give_the_energy() -> None:
    result = read(
        scf(-2.0),
        "    CENTRAL POINT             -2.000000000000E+00     1   0.0000E+00  48\n",
        scf(-1.9),
        scf(-1.8),
        END,
    )
    assert result.energy_as_printed == -2.0
    assert [loop.geometry_step for loop in result.scf_loops] == [0, 1, 2]
    assert len(result.steps) == 1


def test_volumes_of_an_equation_of_state_are_not_the_result() -> None:
    """As CRYSTAL14 prints it: the reference, then an optimisation a volume."""
    result = read(
        " EOSEOSEOSEOSEOSEOS\n",
        scf(-2.0),
        " * CELL DEFORMATION\n",
        point(1),
        scf(-1.9),
        point(2),
        moved(-1.95),
        optimised(-1.95, 2),
        scf(-1.95, why="TOO MANY CYCLES      "),
        END,
    )
    assert result.calculation == "equation_of_state"
    assert result.energy_as_printed == -2.0
    assert result.n_geometry_steps is None
    assert result.is_geometry_converged is None
    assert [step.energy_ev for step in result.steps] == [result.energy_ev]
    assert [loop.geometry_step for loop in result.scf_loops] == [0, 1, 2]
    # The last SCF counts for the run, whatever geometry it is of.
    assert result.is_scf_converged is False


def test_a_strain_that_the_input_asks_for_is_no_displacement() -> None:
    result = read(" * CELL DEFORMATION\n", point(1), scf(-2.0), optimised(-2.0, 1), END)
    assert result.is_geometry_converged is True
    assert result.energy_as_printed == -2.0


def test_an_scf_after_the_optimisation_is_of_the_final_geometry() -> None:
    result = read(point(1), scf(-2.0), optimised(-2.0, 1), scf(-2.00000001), END)
    assert result.energy_as_printed == -2.0
    assert [loop.geometry_step for loop in result.scf_loops] == [1, 0]
    assert result.energies_ev["scf_energy"] == pytest.approx(
        -2.00000001 * EV_PER_HARTREE
    )


def test_cycles_that_begin_again_are_another_scf() -> None:
    result = read(cycle(0, -1.0, -1.0), cycle(1, -1.5, -0.5), scf(-2.0), END)
    assert [len(loop.energies_ev) for loop in result.scf_loops] == [2, 2]
    assert [loop.is_converged for loop in result.scf_loops] == [False, True]


def test_properties_behind_crystal_add_to_it_and_are_judged_too() -> None:
    result = read(scf(-2.5), END, PROPERTIES, END)
    assert result.headline_energy_kind == "total_energy"
    assert result.is_normal_end is True
    assert result.grade is Grade.CONVERGED
    broken = read(scf(-2.5), END, PROPERTIES)
    assert broken.is_normal_end is False
    assert broken.energy_as_printed == -2.5


def test_a_run_that_was_started_again_hides_the_error_of_the_first() -> None:
    failed = " ERROR **** SCFSTOP **** MPI DIED\n"
    result = read(scf(-2.4), failed, BANNER, scf(-2.5), END)
    assert result.cause is None
    assert result.is_normal_end is True
    assert result.energy_as_printed == -2.5
    assert result.energy_source is not None
    assert result.energy_source.line == 14


def test_runs_are_cut_at_their_banners() -> None:
    sections = read_sections((BANNER + scf(-1.0) + PROPERTIES).encode())
    assert len(sections) == 2
    assert main_section(sections) == 0
    assert sections[1].lines_before == BANNER.count("\n") + 4
    again = BANNER.splitlines(keepends=True)[-1]
    assert len(read_sections((again + scf(-1.0) + again).encode())) == 2


def test_long_outputs_and_lines_are_put_together_from_pieces() -> None:
    """An output is decoded in pieces of 256 KiB; a letter of two bytes may be cut."""
    title = "é" * 300_001
    filler = " TTTTTTTTTT é\n" * 60_000
    result = read(f"{title}\n", filler, scf(-2.0), filler, END)
    assert (result.energy_as_printed, result.is_normal_end) == (-2.0, True)
    assert result.energy_source is not None
    assert result.energy_source.line == 3 + 1 + 60_000 + 3


def test_the_last_line_without_its_end_counts_if_it_is_whole() -> None:
    whole = read(scf(-2.0), END.rstrip("\n"))
    assert whole.is_normal_end is True
    assert read(scf(-2.0), END.rstrip("\n")[:-3]).is_normal_end is False


def test_lines_of_another_system_end_with_a_return() -> None:
    output = (BANNER + scf(-2.0) + END).replace("\n", "\r\n").encode()
    result = read_output("crystal", "out", output)
    assert (result.energy_as_printed, result.is_normal_end) == (-2.0, True)


def test_marked_lines_are_found_in_a_range_and_in_order() -> None:
    marked = MarkedLines([" CYC   0", " TOTAL A", " CYC   1", " TOTAL B", "x"])
    assert marked.starting(" CYC ") == [0, 2]
    assert marked.starting(" CYC ", 1, 3) == [2]
    assert marked.starting_any((" TOTAL", " CYC "), 1) == [1, 2, 3]
    assert marked.first(" TOTAL B") == 3
    assert marked.last(" NOTHING") is None
    assert marked.line(9) == ""


def test_a_real_log_fills_every_point_of_its_run() -> None:
    rows = {row["path"]: row for row in corpora.rows("open/crystal/truth.tsv")}
    stem = "open/crystal/out/aiida-crystal17__crystal_nio_sto3g_afm_opt_walltime__"
    files = {
        "main.out": corpora.content(rows[f"{stem}main.out"]),
        "SCFOUT.LOG": corpora.content(rows[f"{stem}SCFOUT.LOG"]),
    }
    result = read_files("crystal", "main.out", files)
    assert [loop.geometry_step for loop in result.scf_loops] == list(range(1, 21))
    assert [len(loop.energies_ev) > 1 for loop in result.scf_loops] == [True] * 20
    for step, loop in zip(result.steps[:-1], result.scf_loops, strict=False):
        assert loop.energies_ev[-1] == pytest.approx(step.energy_ev, rel=1e-9)
    # The gradient was cancelled where the energy rose: there are no forces then.
    without = [step.number for step in result.steps if not step.forces_ev_a]
    assert without == [7, 11, 19, 20]
    assert result.wall_time_s == 1107.48
