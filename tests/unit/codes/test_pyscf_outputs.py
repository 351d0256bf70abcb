"""The engine's output, growing and finished."""

import io

import pytest

from crystalmathd.codes.pyscf.outputs import read_result
from crystalmathd.codes.pyscf.progress import EngineProgress
from crystalmathd.codes.pyscf.report import Report, fields
from crystalmathd.models.results import Grade, Result
from crystalmathd.units import EV_PER_HARTREE

OUTPUT = """crystalmath embedded engine (PySCF 2.14.0) — not CRYSTAL
FORMAT version 1
ENGINE crystalmathd 0.1.0 pyscf 2.14.0 python 3.11.7
TITLE: NORMAL END of a title
IGNORED TOLINTEG line 35
BECAUSE: PySCF screens integrals by a precision of its own
CELL atoms 2 volume_a3 17.021812 space_group 225
WARNING: An atom was moved by 0.0100 Å.
PHASE integrals k_points 27 size_mb 21
PHASE_END integrals seconds 8.2
PHASE scf max_cycles 50 tolerance_hartree 1e-07
CYCLE 1 energy_hartree -8.0486989704 delta_hartree 6.143e-01 seconds 3.4
CYCLE 2 energy_hartree -8.0661738971 delta_hartree -1.747e-02 seconds 4.4
PHASE_END scf seconds 9.4
CONVERGED answer yes cycles 2
GAP mesh_gap_ev 25.6258
ENERGY kind total hartree -8.0661738971 ev -219.49 per primitive_cell
TIME seconds 18.7
NORMAL END
"""


def result_of(text: str) -> Result:
    return read_result("pyscf", "lih.out", text.encode())


def test_a_result_has_the_energy_in_ev_and_the_line_that_it_stands_on() -> None:
    result = result_of(OUTPUT)
    assert result.energy_ev == pytest.approx(-8.0661738971 * EV_PER_HARTREE)
    assert (result.energy_as_printed, result.energy_unit) == (-8.0661738971, "hartree")
    assert result.headline_energy_kind == "total"
    assert result.energies_ev == {"total": result.energy_ev}
    assert result.energy_source is not None
    assert result.energy_source.line == 17
    assert result.energy_source.text.startswith("ENERGY kind total")


def test_a_result_has_cycles_atoms_version_and_what_was_ignored() -> None:
    result = result_of(OUTPUT)
    assert (result.n_scf_cycles, result.n_atoms) == (2, 2)
    assert (result.code, result.code_version) == ("pyscf", "2.14.0")
    assert result.ignored_keywords == ("TOLINTEG",)
    assert result.warnings == ("An atom was moved by 0.0100 Å.",)
    assert result.is_normal_end
    assert result.grade is Grade.CONVERGED
    assert result.cause is None


def test_an_scf_that_did_not_converge_has_an_energy_and_a_cause() -> None:
    result = result_of(OUTPUT.replace("answer yes", "answer no"))
    assert result.grade is Grade.NOT_CONVERGED
    assert result.energy_ev is not None
    assert result.is_scf_converged is False
    assert result.cause == "The SCF did not converge."


@pytest.mark.parametrize("length", range(0, len(OUTPUT.encode()), 7))
def test_a_broken_off_output_claims_nothing(length: int) -> None:
    result = read_result("pyscf", "lih.out", OUTPUT.encode()[:length])
    assert not result.is_normal_end
    assert result.grade is Grade.UNKNOWN
    assert result.cause


def test_a_refused_deck_gives_the_engines_own_sentence() -> None:
    text = OUTPUT[: OUTPUT.index("IGNORED")] + "ERROR: Line 17: UHF is refused.\n"
    result = result_of(text)
    assert result.cause == "Line 17: UHF is refused."
    assert result.grade is Grade.UNKNOWN


def test_another_programs_output_is_not_taken_for_the_engines() -> None:
    result = result_of("ENERGY kind total hartree -1.0\nNORMAL END\n")
    assert result.energy_ev is None
    assert not result.is_normal_end


def test_progress_is_the_same_for_any_division_into_pieces() -> None:
    data = OUTPUT.encode()
    whole = EngineProgress("pyscf")
    whole.feed(data)
    for size in (1, 2, 3, 7, 64):
        pieces = EngineProgress("pyscf")
        for start in range(0, len(data), size):
            pieces.feed(data[start : start + size])
        assert pieces.progress() == whole.progress()
    assert whole.progress().phase == "end"


def test_progress_tells_phase_limit_and_cycles() -> None:
    reader = EngineProgress("pyscf")
    assert reader.progress().phase == "start"
    reader.feed(OUTPUT[: OUTPUT.index("PHASE_END integrals")].encode())
    assert reader.progress().phase == "integrals"
    assert "k_points 27" in reader.progress().detail
    reader.feed(OUTPUT[OUTPUT.index("PHASE_END integrals") :].encode()[:-30])
    progress = reader.progress()
    assert (progress.phase, progress.max_cycles) == ("scf", 50)
    assert [cycle.number for cycle in progress.cycles] == [1, 2]
    assert progress.cycles[1].energy_ev == pytest.approx(-8.0661738971 * EV_PER_HARTREE)
    assert progress.cycles[1].delta_ev == pytest.approx(-1.747e-2 * EV_PER_HARTREE)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "CYCLE",
        "CYCLE x energy_hartree 1",
        "CYCLE 1 energy_hartree nonsense",
        "CYCLE ² energy_hartree 1",
        "PHASE",
        "PHASE scf max_cycles many",
        "ERROR:",
        "IGNORED",
        "CELL atoms",
        ":",
    ],
)
def test_a_damaged_line_is_passed_over(line: str) -> None:
    reader = EngineProgress("pyscf")
    reader.feed(f"{line}\n".encode())
    assert reader.progress().cycles == ()
    first = OUTPUT.split("\n", maxsplit=1)[0]
    assert not result_of(f"{first}\n{line}\n").is_normal_end


def test_a_reported_line_is_read_back() -> None:
    stream = io.StringIO()
    report = Report(stream)
    report.line("CYCLE 3", energy_hartree="-1.5")
    report.text("WARNING", "two\nlines")
    report.phase("scf", max_cycles=9)
    lines = stream.getvalue().splitlines()
    assert fields(lines[1]) == ("WARNING", {"text": "two lines"})
    assert fields(lines[2]) == ("PHASE", {"name": "scf", "max_cycles": "9"})


def test_progress_tells_threshold_times_and_what_is_to_come() -> None:
    reader = EngineProgress("pyscf")
    reader.feed(OUTPUT[: OUTPUT.index("PHASE_END scf")].encode())
    progress = reader.progress()
    assert progress.scf_threshold_ev == pytest.approx(1e-7 * EV_PER_HARTREE)
    assert progress.elapsed_s == pytest.approx(8.2 + 4.4)
    assert progress.pattern is not None
    assert progress.forecast is not None
    assert progress.forecast.cycles is not None
    left = progress.forecast.cycles - 2
    assert progress.forecast.remaining_s == pytest.approx(1.0 * left)
    assert progress.percent == pytest.approx(100 * 2 / progress.forecast.cycles)
    reader.feed(OUTPUT[OUTPUT.index("PHASE_END scf") :].encode())
    assert reader.progress().forecast is None
    assert reader.progress().percent == 100.0


def test_an_energy_that_is_no_number_is_a_cycle_without_one() -> None:
    reader = EngineProgress("pyscf")
    reader.feed(b"CYCLE 1 energy_hartree nan delta_hartree nan\n")
    (cycle,) = reader.progress().cycles
    assert (cycle.energy_ev, cycle.delta_ev) == (None, None)
    assert reader.progress().pattern is not None
