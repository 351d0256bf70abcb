"""Half of the mesh gives what PySCF gives for all of its points."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ROOT

pytestmark = pytest.mark.pyscf
pytest.importorskip("pyscf", reason="the embedded engine needs PySCF")


@pytest.mark.parametrize("words", ["PBE", "SPIN\nPBE"])
def test_half_of_a_mesh_gives_the_energy_of_the_whole(
    words: str, tmp_path: Path
) -> None:
    text = (ROOT / "docs/examples/lih.d12").read_text()
    scf = f"DFT\n{words}\nEND\nSHRINK\n0 3\n3 1 1\n"
    deck = tmp_path / "lih.d12"
    deck.write_text(text.replace("SHRINK\n3 3\n", scf))
    done = subprocess.run(
        [sys.executable, "-m", "tests.real.whole_mesh", str(deck)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    counts, halved, whole = done.stdout.splitlines()
    assert counts == "2 3"
    assert float(halved) == pytest.approx(float(whole), abs=1e-8)
