"""The embedded engine against PySCF scripts that know nothing of it.

The reference energies are printed by tests/data/pyscf/references.py, where lattice,
positions and shells are typed from their sources; here stand the same crystals as
CRYSTAL decks.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crystalmathd.codes.pyscf.outputs import read_result
from crystalmathd.codes.pyscf.progress import EngineProgress
from crystalmathd.models.results import Grade, Result

pytestmark = pytest.mark.pyscf
pytest.importorskip("pyscf")

ROOT = Path(__file__).parents[2]
REFERENCES = json.loads((ROOT / "tests/data/pyscf/references.json").read_text())
TOLERANCE_HARTREE = 1e-6

DIAMOND = """diamond, STO-3G
CRYSTAL
0 0 {origin}
227
3.567
1
6 {x} {x} {x}
END
6 2
1 0 3 2. 0.
1 1 3 4. 0.
99 0
END
DFT
PBE
END
SHRINK
1 1
TOLDEE
8
END
"""

BERYLLIUM_OXIDE = """wurtzite with a symbol, STO-3G, anisotropic mesh
CRYSTAL
1 0 0
P 63 M C
2.698 4.377
2
4 0.333333333333 0.666666666667 0.0
8 0.333333333333 0.666666666667 0.378
BASISSET
STO-3G
DFT
EXCHANGE
LDA
CORRELAT
VWN
END
SHRINK
0 2
1 1 2
TOLDEE
8
END
"""


HYDROGEN = """H, 2.5 Å apart, STO-3G
CRYSTAL
0 0 0
221
2.5
{atoms}
BASISSET
STO-3G
{method}
SHRINK
2 2
TOLDEE
9
END
"""

MOLECULE = """STO-3G
MOLECULE
{atoms}
BASISSET
STO-3G
{method}
TOLDEE
10
END
"""


def lithium_hydride(functional: str = "") -> str:
    """Return the shipped deck with a smaller mesh: an SP shell on lithium."""
    text = (ROOT / "docs/examples/lih.d12").read_text()
    return text.replace("SHRINK\n3 3\n", f"{functional}SHRINK\n2 2\n")


def run(
    deck: str, directory: Path, *options: str
) -> subprocess.CompletedProcess[bytes]:
    (directory / "INPUT").write_text(deck)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "crystalmathd.codes.pyscf.engine",
            "INPUT",
            *options,
        ],
        cwd=directory,
        capture_output=True,
        check=False,
        timeout=300,
    )


def energy_hartree(deck: str, directory: Path) -> float:
    done = run(deck, directory)
    assert done.returncode == 0, done.stderr.decode()
    result = read_result("pyscf", "out", done.stdout)
    assert result.grade is Grade.CONVERGED
    assert result.energy_as_printed is not None
    return result.energy_as_printed


def assert_refused(done: subprocess.CompletedProcess[bytes], words: str) -> Result:
    """Expect the sentence on both streams, and a traceback on none."""
    assert done.returncode == 1
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr + done.stdout
    result = read_result("pyscf", "out", done.stdout)
    assert words in (result.cause or "")
    assert not result.is_normal_end
    return result


def test_hartree_fock_with_an_sp_shell_is_the_references(tmp_path: Path) -> None:
    energy = energy_hartree(lithium_hydride(), tmp_path)
    assert energy == pytest.approx(REFERENCES["lih_rhf_222"], abs=TOLERANCE_HARTREE)


def test_a_supercell_with_the_same_points_has_the_same_energy(tmp_path: Path) -> None:
    doubled = "SUPERCEL\n1 0 0\n0 1 0\n0 0 2\nEND\n3 "
    deck = lithium_hydride().replace("SHRINK\n2 2\n", "SHRINK\n0 2\n2 2 1\n")
    energy = energy_hartree(deck.replace("END\n3 ", doubled, 1), tmp_path)
    assert energy == pytest.approx(2 * REFERENCES["lih_rhf_222"], abs=2e-5)


def test_b3lyp_is_the_form_with_vwn5(tmp_path: Path) -> None:
    energy = energy_hartree(lithium_hydride("DFT\nB3LYP\nEND\n"), tmp_path)
    assert energy == pytest.approx(REFERENCES["lih_b3lyp_222"], abs=TOLERANCE_HARTREE)


@pytest.mark.parametrize(("origin", "x"), [(0, ".125"), (1, "0.")])
def test_both_origins_of_diamond_give_the_references_energy(
    origin: int, x: str, tmp_path: Path
) -> None:
    energy = energy_hartree(DIAMOND.format(origin=origin, x=x), tmp_path)
    expected = REFERENCES["diamond_pbe_111"]
    assert energy == pytest.approx(expected, abs=TOLERANCE_HARTREE)


def test_a_hexagonal_cell_with_an_anisotropic_mesh_is_the_references(
    tmp_path: Path,
) -> None:
    energy = energy_hartree(BERYLLIUM_OXIDE, tmp_path)
    assert energy == pytest.approx(REFERENCES["beo_svwn_112"], abs=TOLERANCE_HARTREE)


@pytest.mark.parametrize(
    ("name", "deck", "moments"),
    [
        (
            "h_uhf_222",
            HYDROGEN.format(atoms="1\n1 0 0 0", method="UHF\nSPINLOCK\n1 50"),
            [1],
        ),
        (
            "h2_pbe_222",
            HYDROGEN.format(
                atoms="2\n1 0 0 0\n1 .5 .5 .5",
                method="DFT\nPBE\nSPIN\nEND\nATOMSPIN\n2\n1 1 2 -1",
            ),
            [0.94, -0.94],
        ),
        (
            "o2_uhf",
            MOLECULE.format(atoms="24\n1\n8 0. 0. 0.604", method="UHF\nSPINLOCK\n2 50"),
            [1, 1],
        ),
        (
            "nh2_pbe0",
            MOLECULE.format(
                atoms="1\n3\n7 0. 0. 0.\n1 0.8 0. 0.6\n1 -0.8 0. 0.6",
                method="DFT\nPBE0\nSPIN\nEND",
            ),
            None,
        ),
    ],
)
def test_open_shells_and_molecules_are_the_references(
    name: str, deck: str, moments: list[float] | None, tmp_path: Path
) -> None:
    done = run(deck, tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    result = read_result("pyscf", "out", done.stdout)
    assert result.energy_as_printed == pytest.approx(
        REFERENCES[name], abs=TOLERANCE_HARTREE
    )
    found = [
        float(line.split()[-1])
        for line in done.stdout.decode().splitlines()
        if line.startswith("MOMENT")
    ]
    assert result.magnetisation_bohr == pytest.approx(sum(found), abs=1e-3)
    if moments is not None:
        assert found == pytest.approx(moments, abs=5e-3)


def test_a_molecule_has_the_energy_that_crystal_printed(tmp_path: Path) -> None:
    """CRYSTAL17 1.0.2, TOLINTEG 7 7 7 7 14: "E(AU) -1.1164000041671E+02"."""
    deck = MOLECULE.format(
        atoms="1\n2\n6 0. 0. 0.\n8 0.8 0.5 0.4", method="DFT\nB3LYP\nEND"
    )
    assert energy_hartree(deck, tmp_path) == pytest.approx(-111.64000041671, abs=2e-6)


def test_the_output_says_what_it_is_and_tells_its_phases(tmp_path: Path) -> None:
    done = run(lithium_hydride("MAXCYCLE\n1\n"), tmp_path, "--memory-mb", "1000")
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("crystalmath embedded engine (PySCF ")
    assert lines[0].endswith("not CRYSTAL")
    assert not any(line.startswith((" CYC ", " *", " EEEE")) for line in lines)
    reader = EngineProgress("pyscf")
    phases = []
    for line in lines:
        reader.feed(f"{line}\n".encode())
        phases.append(reader.progress().phase)
    assert list(dict.fromkeys(phases)) == ["start", "integrals", "scf", "end"]


def test_an_scf_that_does_not_converge_ends_with_code_2(tmp_path: Path) -> None:
    done = run(lithium_hydride("MAXCYCLE\n2\n"), tmp_path)
    assert done.returncode == 2
    result = read_result("pyscf", "out", done.stdout)
    assert result.grade is Grade.NOT_CONVERGED
    assert result.is_normal_end
    assert result.energy_ev is not None
    assert result.ignored_keywords == ("TOLINTEG",)


@pytest.mark.parametrize(
    ("deck", "words"),
    [
        (lithium_hydride("ROHF\n1\n"), "Line 33: ROHF"),
        (lithium_hydride("UHF\nSPINLOCK\n1 50\n"), "cannot have 1 more"),
        (lithium_hydride("UHF\nATOMSPIN\n2\n1 1 3 -1\n"), "not there"),
        (lithium_hydride().replace("5 1.0 1.0", "5 2.0 1.0"), "neutral"),
        (lithium_hydride().replace("1   0.5", "4   0.5", 1), "no basis set"),
        ("", "the deck ends"),
    ],
)
def test_a_deck_that_cannot_be_run_is_refused_with_one_sentence(
    deck: str, words: str, tmp_path: Path
) -> None:
    assert_refused(run(deck, tmp_path), words)


def test_an_odd_number_of_electrons_is_refused(tmp_path: Path) -> None:
    deck = (
        "H\nCRYSTAL\n0 0 0\n221\n1.7\n1\n1 0 0 0\nBASISSET\nSTO-3G\nSHRINK\n2 2\nEND\n"
    )
    assert_refused(run(deck, tmp_path), "1 electrons, an odd number; that wants UHF")


def test_a_missing_deck_is_told(tmp_path: Path) -> None:
    done = run("", tmp_path)
    assert done.returncode == 1
    (tmp_path / "INPUT").unlink()
    gone = subprocess.run(
        [sys.executable, "-m", "crystalmathd.codes.pyscf.engine", "INPUT"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert gone.returncode == 1
    assert b"No such file" in gone.stderr
