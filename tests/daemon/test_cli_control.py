"""Steering jobs from the command line, against a real daemon."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from crystalmath.exits import Exit
from tests.harness import RunningDaemon, deck

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def submit(daemon: RunningDaemon) -> Callable[..., str]:
    def submit(*words: str, **standin: object) -> str:
        path = daemon.write("mgo.d12", deck(**standin))
        said = daemon.crystalmath("-q", "submit", str(path), *words, check=False)
        return said.stdout.split()[0]

    return submit


Submit = Callable[..., str]


@pytest.fixture
def held(submit: Submit) -> str:
    return submit("--hold")


def job(crystalmath: Command, job_id: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(crystalmath("show", job_id, "--json").stdout)
    return found["job"]  # type: ignore[return-value]


def test_a_held_job_waits_until_it_is_released(crystalmath: Command, held: str) -> None:
    assert job(crystalmath, held)["state"] == "held"
    assert f"crystalmath release {held}" in crystalmath("why", held).stdout
    assert crystalmath("hold", held).stdout == f"job {held} is held\n"
    assert crystalmath("release", held).stdout == f"job {held} is queued\n"
    assert crystalmath("wait", held).returncode == 0
    said = crystalmath("hold", held, check=False)
    assert said.returncode == Exit.ERROR
    assert f"Job {held} is completed" in said.stderr


def test_a_priority_is_set_and_listed(crystalmath: Command, held: str) -> None:
    assert "PRIORITY" not in crystalmath("jobs").stdout
    said = crystalmath("priority", held, "-5")
    assert said.stdout == f"job {held} is held, priority -5\n"
    assert "PRIORITY" in crystalmath("jobs").stdout


def test_a_failed_job_is_run_again_under_its_number(
    crystalmath: Command, submit: Submit
) -> None:
    job_id = submit("--wait", FAIL_AT=2)
    said = crystalmath("retry", job_id, "--walltime", "1h", "--wait", check=False)
    assert said.returncode == Exit.JOB_FAILED
    found = job(crystalmath, job_id)
    assert [a["number"] for a in found["attempts"]] == [1, 2]  # type: ignore[attr-defined]
    assert found["plan"]["limits"]["walltime_s"] == 3600  # type: ignore[index]
    assert "`crystalmath retry" in crystalmath("why", job_id).stdout


def test_a_running_job_is_not_run_again(crystalmath: Command, submit: Submit) -> None:
    job_id = submit(CYCLE_S=30)
    said = crystalmath("retry", job_id, "--wait", check=False)
    assert (said.returncode, said.stdout) == (Exit.ERROR, "")
    assert "it has not ended; cancel it first" in said.stderr
    crystalmath("cancel", job_id)


def test_a_job_that_never_was_stops_no_other(crystalmath: Command, held: str) -> None:
    said = crystalmath("release", "99", held, "98", check=False)
    assert (said.returncode, said.stdout) == (
        Exit.NOT_FOUND,
        f"job {held} is queued\n",
    )
    assert [line.split(":")[0] for line in said.stderr.splitlines()] == ["error"] * 2
    assert "99" in said.stderr
    assert "98" in said.stderr


def test_waiting_for_a_held_job_says_how_it_is_released(
    crystalmath: Command, held: str
) -> None:
    advice = f"`crystalmath release {held}` lets it start"
    said = crystalmath("wait", held, "--timeout", "0.3", check=False)
    assert said.returncode == Exit.TIMEOUT
    first, second = said.stderr.splitlines()
    assert first == f"Job {held} (mgo) is held; {advice}."
    assert second == f"error: Job {held} is still held after 0.3s; {advice}."


def test_a_collection_that_never_was_is_not_found(
    crystalmath: Command,
) -> None:
    said = crystalmath("jobs", "--collection", "999", check=False)
    assert said.returncode == Exit.NOT_FOUND
    assert "There is no collection 999." in said.stderr


def test_a_completed_job_is_not_run_again(crystalmath: Command, submit: Submit) -> None:
    said = crystalmath("retry", submit("--wait"), check=False)
    assert said.returncode == Exit.ERROR
    assert "clone it" in said.stderr


def test_a_clone_has_the_changed_value_and_another_number(
    crystalmath: Command, held: str
) -> None:
    words = ("clone", held, "--set", "SHRINK=8 8")
    tried = crystalmath(*words, "--dry-run")
    assert "-4 4\n+8 8" in tried.stdout
    assert "Nothing was submitted." in tried.stderr
    said = crystalmath(*words, "--name", "tight", "--priority", "2", "--wait")
    assert "-4 4\n+8 8" in said.stdout
    number = int(held) + 1
    assert f"job {number}  tight" in said.stdout
    assert job(crystalmath, str(number))["priority"] == 2


def test_a_mistyped_key_is_refused_with_words_about_it(
    crystalmath: Command, held: str
) -> None:
    said = crystalmath("clone", held, "--set", "SHRNIK=8 8", check=False)
    assert said.returncode == Exit.ERROR
    assert "SHRNIK" in said.stderr


def test_a_deleted_job_is_gone_with_its_files(
    crystalmath: Command, submit: Submit
) -> None:
    job_id = submit("--wait")
    directory = Path(str(job(crystalmath, job_id)["directory"]))
    assert crystalmath("delete", job_id, check=False).returncode == Exit.USAGE
    assert directory.exists()
    said = crystalmath("delete", job_id, "--yes")
    assert f"job {job_id} is deleted, with " in said.stdout
    assert not directory.exists()
    shown = crystalmath("show", job_id, check=False)
    assert shown.returncode == Exit.NOT_FOUND
    assert "was deleted" in shown.stderr


def test_files_may_be_kept(crystalmath: Command, submit: Submit) -> None:
    job_id = submit("--wait")
    directory = Path(str(job(crystalmath, job_id)["directory"]))
    said = crystalmath("delete", job_id, "--yes", "--keep-files")
    assert f"stay in {directory.parent}." in said.stdout
    assert directory.exists()


def test_a_job_that_is_not_in_doubt_is_not_settled(
    crystalmath: Command, held: str
) -> None:
    said = crystalmath("resolve", held, "failed", "--note", "x", check=False)
    assert said.returncode == Exit.ERROR
    assert "not in doubt" in said.stderr


def test_the_daemon_shows_its_figures_tasks_and_backup(crystalmath: Command) -> None:
    assert crystalmath("metrics").stdout.endswith("# EOF\n")
    tasks = crystalmath("daemon", "tasks").stdout
    assert tasks.startswith("task ")
    assert "thread MainThread" in tasks
    backup = Path(crystalmath("-q", "daemon", "backup").stdout.strip())
    assert backup.is_file()


def test_a_tab_offers_the_numbers_of_jobs(daemon: RunningDaemon, held: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crystalmath"],
        env=daemon.environ
        | {
            "_CRYSTALMATH_COMPLETE": "bash_complete",
            "COMP_WORDS": "crystalmath release ",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"plain,{held}\n"
