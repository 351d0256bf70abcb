"""Generated decks in the embedded engine: they run, and mean what was asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from crystalmathd.codes.crystal.generation import generated
from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.codes.pyscf.outputs import read_result
from crystalmathd.models.results import Grade, Result
from tests.unit.codes.generated_structures import rocksalt, sourced

pytestmark = pytest.mark.pyscf
pytest.importorskip("pyscf")
pytest.importorskip("basis_set_exchange")

HARTREE_EV = 27.211386245981


def run(directory: Path, options: CrystalOptions) -> Result:
    (deck,) = generated(sourced(rocksalt(4.2112, 12, 8)), options).files
    (directory / deck.name).write_text(deck.text)
    engine = "crystalmathd.codes.pyscf.engine"
    done = subprocess.run(
        [sys.executable, "-m", engine, deck.name],
        cwd=directory,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    return read_result("pyscf", "out", done.stdout)


def test_magnesium_oxide_with_the_default_basis_converges(tmp_path: Path) -> None:
    result = run(tmp_path, CrystalOptions(functional="PBE", shrink=(2,)))
    assert result.grade == Grade.CONVERGED
    # The same cell, mesh and shells typed by hand, PySCF 2.14.
    assert result.energy_ev == pytest.approx(-275.1443053889 * HARTREE_EV, abs=1e-4)
