"""What the README says holds."""

import os
import re
import subprocess
import sys
from pathlib import Path

from crystalmathd.codes import CODES
from crystalmathd.settings import load_settings
from tests.harness import ROOT, RunningDaemon, deck

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs_as_it_stands(daemon: RunningDaemon) -> None:
    daemon.write("mgo.d12", deck())
    [example] = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=daemon.environ,
        cwd=daemon.home / "work",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.endswith("eV per cell, converged\n")


def test_every_setting_is_in_the_table() -> None:
    settings = load_settings({}, {"HOME": str(ROOT)})
    tables = README + (ROOT / "docs" / "materials.md").read_text()
    missing = [name for name in settings.origins if f"`{name}`" not in tables]
    assert missing == []


def test_every_code_is_in_the_table() -> None:
    assert [name for name in CODES if f"`{name}`" not in README] == []


def test_the_profile_example_is_read(daemon: RunningDaemon) -> None:
    [example] = blocks("toml")
    daemon.config.write_text(example)
    options = {"config": str(daemon.config)}
    settings = load_settings(options, {"HOME": str(daemon.home)})
    profile = settings.profile("local", "espresso", "pw.x")
    assert profile.launcher is not None
    assert profile.launcher[0] == "mpirun"
    assert settings.environment["CRY23_ROOT"][0] == "/opt/CRYSTAL23"


def test_the_submissions_of_the_readme_are_understood(daemon: RunningDaemon) -> None:
    daemon.write("mgo.d12", deck().replace("4 4", "${shrink} ${shrink}"))
    work = daemon.home / "work"
    lines = [
        line.split("#")[0].strip()
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith(
            ("crystalmath submit mgo --explain", "crystalmath submit mgo --sweep")
        )
    ]
    assert len(lines) == 2
    for line in lines:
        arguments = line.split()[1:]
        done = daemon.crystalmath(*arguments, "--explain", cwd=work)
        assert "crystal" in done.stdout
    assert os.listdir(work) == ["mgo.d12"]


def test_neovim_finds_the_plugin_where_the_readme_puts_it(tmp_path: Path) -> None:
    text = (ROOT / "clients" / "nvim" / "README.md").read_text()
    lines = re.findall(r"^ {4}((?:mkdir|ln) .*)$", text, re.MULTILINE)
    subprocess.run(
        ["sh", "-ec", "\n".join(lines)],
        env={**os.environ, "HOME": str(tmp_path)},
        check=True,
        timeout=10,
    )
    start = tmp_path / ".local/share/nvim/site/pack/crystalmath/start"
    target = (start / "crystalmath").readlink()
    assert target == tmp_path / "crystalmath/clients/nvim"
