import pytest

from crystalmathd.codes.vasp.progress import OUTCAR, VaspProgress
from tests.unit.codes import corpora

LIMITS = b"""   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps
   EDIFF  = 0.1E-05   stopping-criterion for ELM
   EDIFFG = %s   stopping-criterion for IOM
   NSW    =    %3d    number of steps for IOM
   IBRION =     %2d    ionic relax: 0-MD 1-quasi-New 2-CG
"""
FIXED = b"DAV: %3d    -0.187126792668E+02  %12.5E  %12.5E   108   0.290E+02\n"
MIXED = (
    b"DAV: %3d    -0.187126792668E+02  %12.5E  %12.5E   108   0.290E+02    0.1E+01\n"
)
IONIC = b"  %2d F= -.36096772E+02 E0= %s  d E =-.120517E-02\n"


def scf(n_cycles: int) -> bytes:
    """Return five steps with a fixed density and `n_cycles` with a mixed one."""
    fixed = [FIXED % (n, -(0.01**n), -(0.01**n)) for n in range(1, 5)]
    fixed.append(MIXED % (5, -1e-10, -1e-10))
    mixed = [MIXED % (n + 5, -(0.1**n), -0.5 * 0.1**n) for n in range(1, n_cycles + 1)]
    return b" entering main loop\n" + b"".join(fixed + mixed)


def reader_after(main: bytes, outcar: bytes = b"") -> VaspProgress:
    reader = VaspProgress("vasp_std")
    reader.feed(outcar, OUTCAR)
    reader.feed(main)
    return reader


def test_limits_come_from_outcar_beside_the_output() -> None:
    progress = reader_after(scf(3), LIMITS % (b"-.1E-01", 25, 2)).progress()
    assert (progress.max_cycles, progress.max_steps) == (60, 25)
    assert progress.scf_threshold_ev == 1e-6
    assert len(progress.cycles) == 8


def test_steps_with_a_fixed_density_are_no_part_of_the_forecast() -> None:
    progress = reader_after(scf(3), LIMITS % (b"-.1E-01", 0, -1)).progress()
    assert progress.pattern is not None
    assert progress.pattern.because.startswith("1.0e-01 eV in cycle 6, 1.0e-03 eV")
    assert progress.forecast is not None
    assert progress.forecast.cycles == 11
    assert progress.percent == pytest.approx(100 * 8 / 11)


def test_the_larger_of_both_changes_counts() -> None:
    main = MIXED % (1, -18.7, -20.0) + MIXED % (2, -1e-5, -3e-2)
    progress = reader_after(main, LIMITS % (b"-.1E-01", 0, -1)).progress()
    assert progress.pattern is not None
    assert progress.pattern.because == "3.0e-02 eV in cycle 2"


def test_times_of_the_loop_give_what_is_left() -> None:
    loop = b"      LOOP:  cpu time    3.9000: real time    4.0000\n"
    reader = reader_after(scf(3), LIMITS % (b"-.1E-01", 0, -1) + loop * 8)
    forecast = reader.progress().forecast
    assert forecast is not None
    assert forecast.remaining_s == pytest.approx(3 * 4.0)


def test_dynamics_and_displacements_have_a_known_length() -> None:
    loop = b"     LOOP+:  cpu time   46.51: real time   48.00\n"
    reader = reader_after(
        scf(3) + IONIC % (1, b"-.361E+02"), LIMITS % (b"0.1E-01", 20, 0) + loop
    )
    progress = reader.progress()
    assert (progress.percent, progress.percent_basis) == (5.0, "1 of 20 ionic steps")
    assert progress.forecast is not None
    assert progress.forecast.remaining_s == pytest.approx(19 * 48)
    total = b" Finite differences progress:\n  Total:               4/ 12\n"
    progress = reader_after(scf(3), LIMITS % (b"0.1E-01", 1, 5) + total).progress()
    assert (progress.percent, progress.percent_basis) == (
        25.0,
        "3 of 12 displacements",
    )


def test_a_relaxation_is_as_far_as_its_largest_force() -> None:
    forces = b""" POSITION                                       TOTAL-FORCE (eV/Angst)
 -----------------------------------------------------------------------------------
      6.78768      0.00000      2.71508         %8.6f      0.000000      0.000000
      6.78768      2.71508      0.00000         0.000100      0.000000      0.000000
 -----------------------------------------------------------------------------------
    total drift:                                0.000000      0.000000      0.013532
"""
    reader = reader_after(
        scf(3) + IONIC % (1, b"-.361E+02"), LIMITS % (b"-.1E-01", 20, 2)
    )
    reader.feed(forces % 1.0, OUTCAR)
    assert reader.progress().percent == 0.0
    reader.feed(scf(3) + IONIC % (2, b"-.362E+02"))
    reader.feed(forces % 0.1, OUTCAR)
    progress = reader.progress()
    assert progress.percent == pytest.approx(50.0)
    assert progress.percent_basis == "max_force 0.1 on its way to 0.01 eV/Å (log scale)"
    assert [step.energy_ev for step in progress.steps] == [-36.1, -36.2]


def test_a_relaxation_by_energy_compares_the_steps() -> None:
    reader = reader_after(
        scf(3) + IONIC % (1, b"-.361E+02") + scf(3) + IONIC % (2, b"-.362E+02"),
        LIMITS % (b"0.1E-02", 20, 2),
    )
    (measure,) = reader.progress().steps[-1].measures
    assert (measure.name, measure.unit) == ("energy_change", "eV")
    assert measure.value == pytest.approx(0.1)


def test_outcar_alone_gives_the_cycles_of_the_output() -> None:
    checked = 0
    corpora.rows("open/vasp/truth.tsv")
    for folder in sorted((corpora.ROOT / "open" / "vasp").glob("*")):
        printed, outcar = folder / "OSZICAR", folder / "OUTCAR"
        if not (printed.is_file() and outcar.is_file()):
            continue
        reader, other = VaspProgress("vasp_std"), VaspProgress("vasp_std")
        reader.feed(printed.read_bytes())
        other.feed(outcar.read_bytes())
        cycles, others = reader.progress().cycles, other.progress().cycles
        if len(cycles) != len(others):
            continue  # one of them was cut or is of another run
        for one, two in zip(cycles, others, strict=True):
            assert one.number == two.number, folder.name
            assert one.geometry_step == two.geometry_step, folder.name
            assert one.energy_ev == pytest.approx(two.energy_ev, abs=1e-6), folder.name
        checked += 1
    assert checked
