"""`completion`: the scripts, and the numbers of jobs behind a tab."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.jobs import FetchJobsResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import SUMMARY, changed


def completed(*words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    done = subprocess.run(
        [sys.executable, "-m", "crystalmath"],
        env=os.environ
        | {
            "_CRYSTALMATH_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["crystalmath", *words]),
            "COMP_CWORD": str(len(words)),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(
    crystalmath: Command, shell: str, tmp_path: Path
) -> None:
    said = crystalmath("completion", shell)
    assert said.code == 0
    assert "_CRYSTALMATH_COMPLETE" in said.out
    assert f"next: crystalmath completion {shell} > " in said.err
    program = shutil.which(shell)
    if program is not None:
        script = tmp_path / "script"
        script.write_text(said.out)
        subprocess.run([program, "-n", str(script)], check=True)
    reply = msgspec.json.decode(crystalmath("completion", shell, "--json").out)
    assert reply["script"].strip("\n") == said.out.strip("\n")


def test_a_shell_that_nobody_knows_is_refused(crystalmath: Command) -> None:
    assert crystalmath("completion", "tcsh").code == Exit.USAGE


def test_commands_and_options_are_completed() -> None:
    assert completed("re") == ["release", "retry", "restart", "resolve"]
    assert "--dry-run" in completed("clone", "--d")
    assert completed("resolve", "12", "run") == ["run_again"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["jobs", "--state", "co"], ["collecting", "completed"]),
        (["jobs", "-s", "held,ru"], ["held,running"]),
        (["jobs", "--code", "c"], ["crystal"]),
        (["submit", "--code", "p"], ["pyscf"]),
        (["events", "--type", "job_c"], ["job_created", "job_changed"]),
        (["--verbosity", "s"], ["silent"]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_words_of_options_are_completed(words: list[str], offered: list[str]) -> None:
    assert completed(*words) == offered


def test_numbers_of_jobs_are_completed_by_a_daemon_that_runs(fake: FakeDaemon) -> None:
    jobs = tuple(changed(SUMMARY, job_id=str(n)) for n in (121, 120, 13, 7))
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=jobs, next_page=None, cursor="s:0"
    )
    assert completed("show", "12") == ["121", "120"]
    assert completed("hold", "7", "") == ["121", "120", "13", "7"]


def test_without_a_daemon_nothing_is_completed_and_none_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CRYSTALMATHD_SOCKET", str(tmp_path / "d.sock"))
    assert completed("show", "1") == []
    assert not (tmp_path / "d.sock").exists()
