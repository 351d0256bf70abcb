"""Our readers on what a pw.x prints that was started just now."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crystalmathd.codes.espresso import Espresso
from crystalmathd.models.results import Grade, Result

PSEUDO = Path("/usr/share/espresso/pseudo")

pytestmark = pytest.mark.espresso

SILICON = """&control
 calculation = '{calculation}', prefix = 'si', outdir = './out'
/
&system
 ibrav = 2, celldm(1) = 10.26, nat = 2, ntyp = 1, ecutwfc = 12
/
&electrons
 conv_thr = 1e-8, electron_maxstep = {steps}
/
&ions
/
ATOMIC_SPECIES
Si 28.086 {pseudo}
ATOMIC_POSITIONS alat
Si 0.00 0.00 0.00
Si 0.26 0.25 0.25
K_POINTS automatic
2 2 2 0 0 0
"""


def run(
    directory: Path, *, calculation: str = "scf", steps: int = 50, pseudo: str
) -> tuple[int, Result, bytes]:
    text = SILICON.format(calculation=calculation, steps=steps, pseudo=pseudo)
    (directory / "si.in").write_text(text)
    done = subprocess.run(
        [str(shutil.which("pw.x")), "-in", "si.in"],
        cwd=directory,
        env={**os.environ, "OMP_NUM_THREADS": "1", "ESPRESSO_PSEUDO": str(PSEUDO)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    files = {"si.out": done.stdout}
    if (directory / "CRASH").is_file():
        files["CRASH"] = (directory / "CRASH").read_bytes()
    result = Espresso().read_result("pw.x", "si.out", files)
    return done.returncode, result, done.stdout


def test_a_converged_scf_is_read_to_its_end(tmp_path: Path) -> None:
    code, result, output = run(tmp_path, pseudo="Si.pz-vbc.UPF")
    assert code == 0
    assert result.grade is Grade.CONVERGED
    assert result.n_atoms == 2
    reader = Espresso().progress_reader("pw.x")
    reader.feed(output)
    cycles = reader.progress().cycles
    assert len(cycles) == result.n_scf_cycles
    assert cycles[-1].energy_ev == result.energy_ev


def test_an_scf_out_of_steps_exits_2_and_is_not_converged(tmp_path: Path) -> None:
    code, result, _ = run(tmp_path, steps=2, pseudo="Si.pz-vbc.UPF")
    assert code == 2
    assert result.is_normal_end is True
    assert result.grade is Grade.NOT_CONVERGED
    assert result.cause is not None
    assert "NOT achieved" in result.cause


def test_a_relaxation_is_read_with_its_steps(tmp_path: Path) -> None:
    code, result, _ = run(tmp_path, calculation="relax", pseudo="Si.pz-vbc.UPF")
    assert code == 0
    assert result.is_geometry_converged is True
    assert result.n_geometry_steps is not None
    assert result.n_geometry_steps > 1


def test_a_missing_pseudopotential_is_named_as_the_cause(tmp_path: Path) -> None:
    code, result, _ = run(tmp_path, pseudo="Xx.UPF")
    assert code != 0
    assert result.is_normal_end is False
    assert result.cause is not None
    assert "readpp" in result.cause
