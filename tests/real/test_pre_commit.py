"""`crystalmath check` as a hook of pre-commit, as docs/cli.md has it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.harness import ROOT, RunningDaemon, deck
from tests.real.programs import environment_with

GOOD = deck()
INCAR = "ENCUT = 400\nISMEAR = 0\nSIGMA = 0.05\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("pre-commit"), "pre-commit>=4")


def documented_hook() -> str:
    text = (ROOT / "docs" / "cli.md").read_text()
    start = text.index("    repos:\n      - repo: local\n")
    return textwrap.dedent(text[start : text.index("\n\n", start)]) + "\n"


class Repository:
    """A git repository with the hook."""

    def __init__(self, daemon: RunningDaemon, programs: Path) -> None:
        self.folder = daemon.home / "repository"
        self.folder.mkdir()
        here = Path(sys.executable).parent
        self.environ = daemon.environ | {
            "PATH": f"{here}:{programs}:{daemon.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "a@localhost" for who in ("AUTHOR", "COMMITTER")},
        }
        (self.folder / ".pre-commit-config.yaml").write_text(documented_hook())
        self.run("git", "init", "-q")
        assert self.run("pre-commit", "install").returncode == 0

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Commit files, named with `_` for the dot."""
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        self.run("git", "add", "--all")
        return self.run("git", "commit", "-q", "-m", "inputs")


def test_a_bad_deck_is_not_committed_and_a_good_one_is(
    daemon: RunningDaemon, programs: Path
) -> None:
    repository = Repository(daemon, programs)
    wrong = GOOD.replace("SHRINK", "SHRIMK")
    refused = repository.commit(a_d12=GOOD, mgo_d12=wrong, INCAR=INCAR, notes_txt="END")
    assert refused.returncode == 1
    (error,) = [line for line in refused.stdout.splitlines() if ": error: " in line]
    assert error.startswith("mgo.d12:11:1: error: ")
    assert error.endswith("[keyword.unknown]")
    assert "notes" not in refused.stdout
    taken = repository.commit(mgo_d12=GOOD)
    assert taken.returncode == 0, taken.stdout
    assert "Passed" in taken.stdout
