"""The stand-in leaves what the daemon's tests need of CRYSTAL."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.codes.crystal.progress import CrystalProgress
from crystalmathd.models.results import Grade

SOURCE = Path(__file__).parents[2] / "data" / "crystal" / "stand_in.py"
OPTIMISATION = "MgO\nEXTERNAL\nOPTGEOM\nFULLOPTG\nENDOPT\nEND\nEND\nGUESSP\nEND\n"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    for name in ("crystal", "Pcrystal", "properties"):
        shutil.copy2(SOURCE, tmp_path / name)
    return tmp_path


def run(
    scratch: Path, program: str, deck: str, **settings: str
) -> subprocess.CompletedProcess[bytes]:
    (scratch / "INPUT").write_text(deck)
    return subprocess.run(
        [scratch / program],
        input=deck.encode(),
        cwd=scratch,
        env={**os.environ, **settings},
        capture_output=True,
        check=False,
        timeout=30,
    )


def test_its_output_says_what_it_is_and_is_read_like_crystals(scratch: Path) -> None:
    done = run(scratch, "crystal", "MgO\nCRYSTAL\nEND\nEND\nEND\n")
    assert done.returncode == 0
    assert b"STAND-IN" in done.stdout.splitlines()[0]
    result = read_output("crystal", "out", done.stdout)
    assert result.grade is Grade.CONVERGED
    assert result.code_version == "23 STAND-IN"
    reader = CrystalProgress("crystal")
    reader.feed(done.stdout)
    assert len(reader.progress().cycles) == 8
    assert reader.progress().phase == "done"


def test_an_optimisation_takes_its_files_and_leaves_its_own(scratch: Path) -> None:
    assert run(scratch, "crystal", OPTIMISATION).returncode == 1
    (scratch / "fort.34").write_text("geometry\n")
    assert run(scratch, "crystal", OPTIMISATION).returncode == 1
    assert b"ERROR ****" in (scratch / "fort.87").read_bytes()
    (scratch / "fort.20").write_text("density\n")
    done = run(scratch, "crystal", OPTIMISATION)
    assert done.returncode == 0
    result = read_output("crystal", "out", done.stdout)
    assert (result.n_geometry_steps, result.is_geometry_converged) == (3, True)
    left = {path.name for path in scratch.iterdir()}
    assert left >= {"OPTINFO.DAT", "SCFOUT.LOG", "optc003", "fort.9", "fort.98"}
    assert (scratch / "fort.34").read_text() != "geometry\n"


def test_a_parallel_run_reads_the_file_and_properties_wants_fort_9(
    scratch: Path,
) -> None:
    assert run(scratch, "properties", "BAND\nEND\n").returncode == 1
    assert run(scratch, "Pcrystal", "MgO\nCRYSTAL\n").returncode == 0
    assert (scratch / "fort.20.pe0").exists()
    done = run(scratch, "properties", "BAND\nEND\n")
    assert done.returncode == 0
    result = read_output("properties", "out", done.stdout)
    assert result.headline_energy_kind == "wavefunction_energy"
    assert (scratch / "fort.25").exists()


@pytest.mark.parametrize(
    ("settings", "code", "grade"),
    [
        ({"STANDIN_TOO_MANY": "1"}, 0, Grade.NOT_CONVERGED),
        ({"STANDIN_FAIL_AT": "3"}, 1, Grade.NOT_CONVERGED),
        ({"STANDIN_DIE_AT": "3"}, 139, Grade.NOT_CONVERGED),
        ({"STANDIN_EXIT": "42"}, 42, Grade.CONVERGED),
    ],
)
def test_it_fails_as_it_is_told(
    scratch: Path, settings: dict[str, str], code: int, grade: Grade
) -> None:
    done = run(scratch, "crystal", "MgO\nCRYSTAL\n", **settings)
    assert done.returncode == code
    assert read_output("crystal", "out", done.stdout).grade is grade


def test_the_ledger_tells_which_attempt_began_and_ended(scratch: Path) -> None:
    settings = {
        "STANDIN_LEDGER": str(scratch / "ledger"),
        "STANDIN_EXIT": "7",
        "CRYSTALMATH_TOKEN": "cm-abc",
        "CRYSTALMATH_ATTEMPT": "2",
    }
    run(scratch, "crystal", "MgO\nCRYSTAL\n", **settings)
    assert (scratch / "ledger").read_text() == "cm-abc 2 start\ncm-abc 2 end 7\n"
