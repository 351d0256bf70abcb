"""The command line against a real daemon: jobs from the deck to the result."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from crystalmath.exits import Exit
from tests.harness import RunningDaemon

Command = Callable[..., CompletedProcess[str]]

MGO = """{title}
CRYSTAL
0 0 0
225
4.21
2
12 0.0 0.0 0.0
8 0.5 0.5 0.5
END
12 3
1 0 3 2.0 0.0
1 1 3 8.0 0.0
1 1 3 2.0 0.0
8 2
1 0 3 2.0 0.0
1 1 3 6.0 0.0
99 0
END
SHRINK
8 8
END
"""


def deck(daemon: RunningDaemon, name: str = "mgo", title: str = "MgO") -> Path:
    return daemon.write(f"{name}.d12", MGO.format(title=title))


def submit(daemon: RunningDaemon, *words: str, title: str = "MgO") -> str:
    path = deck(daemon, title=title)
    done = daemon.crystalmath("-q", "submit", "--code", "crystal", str(path), *words)
    return done.stdout.strip()


def test_a_job_goes_from_its_deck_to_its_energy(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    deck(daemon)
    work = daemon.home / "work"
    said = crystalmath("submit", "mgo", "--code", "crystal", "--wait", cwd=work)
    assert "job 1  mgo" in said.stdout
    assert "Job 1 (mgo) completed" in said.stdout
    shown = crystalmath("show", "1").stdout
    assert " eV per cell" in shown
    assert " as printed" in shown
    assert "exit code 0" in shown
    assert "completed" in crystalmath("jobs").stdout


def test_the_plan_that_is_explained_is_the_plan_that_is_stored(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    path = str(deck(daemon))
    words = (path, "--code", "crystal", "--walltime", "1h", "-t", "x")
    explained = json.loads(crystalmath("explain", *words, "--json").stdout)["plans"][0]
    crystalmath("submit", *words, "--wait")
    stored = json.loads(crystalmath("show", "1", "--json").stdout)["job"]["plan"]
    for plan in (explained, stored):
        plan.pop("scratch")
    assert explained == stored
    assert explained["limits"]["walltime_s"] == 3600


def test_values_of_the_client_stand_in_the_plan_with_their_origin(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    path = deck(daemon)
    project = path.parent / ".env"
    project.write_text(f"CRY_BIN_DIR={daemon.bin}\nMP_API_KEY=secret\n")
    said = crystalmath("explain", "mgo", "--code", "crystal", "-v", cwd=path.parent)
    assert str(project) in said.stdout
    assert "secret" not in said.stdout


@pytest.mark.parametrize(
    ("title", "words", "code"),
    [
        ("STANDIN_CYCLES=3", [], Exit.OK),
        ("STANDIN_FAIL_AT=2", [], Exit.JOB_FAILED),
        ("STANDIN_TOO_MANY=1", [], Exit.NOT_CONVERGED),
        ("STANDIN_CYCLE_S=30", ["--walltime", "1"], Exit.JOB_FAILED),
    ],
)
def test_wait_exits_with_how_the_job_ended(
    daemon: RunningDaemon,
    crystalmath: Command,
    title: str,
    words: list[str],
    code: Exit,
) -> None:
    job_id = submit(daemon, *words, title=title)
    assert crystalmath("wait", job_id, check=False).returncode == code


def test_a_run_that_was_broken_off_has_one_grade(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(
        daemon, "--walltime", "1", title="STANDIN_CYCLE_S=0.2 STANDIN_CYCLES=99"
    )
    crystalmath("wait", job_id, check=False)
    shown = crystalmath("show", job_id).stdout
    graded = [line.split() for line in shown.splitlines() if line.startswith("grade")]
    listed = json.loads(crystalmath("jobs", "--json").stdout)["jobs"][0]["grade"]
    assert graded == [["grade", listed]]
    assert "broken off" in shown


def test_wait_times_out_and_the_job_is_cancelled_afterwards(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(daemon, title="STANDIN_CYCLE_S=30")
    said = crystalmath("wait", job_id, "--timeout", "0.2", check=False)
    assert said.returncode == Exit.TIMEOUT
    assert crystalmath("cancel", job_id).stdout.startswith(f"job {job_id} is cancelled")
    assert crystalmath("wait", job_id, check=False).returncode == Exit.JOB_CANCELLED


def test_watch_in_a_pipe_prints_every_cycle_once(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(daemon, title="STANDIN_CYCLES=6 STANDIN_CYCLE_S=0.1")
    lines = crystalmath("watch", job_id).stdout.splitlines()
    cycles = [line.split()[3] for line in lines if line.split()[2] == "cycle"]
    assert cycles == ["0", "1", "2", "3", "4", "5"]
    assert "completed" in lines[-1]


def test_log_follows_a_job_from_before_its_start_to_its_end(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(daemon, title="STANDIN_CYCLES=4 STANDIN_CYCLE_S=0.1")
    followed = crystalmath("log", "-f", job_id).stdout
    assert followed == crystalmath("log", job_id).stdout
    assert "STAND-IN" in followed
    last = crystalmath("log", job_id, "-n", "2").stdout
    assert followed.endswith(last)
    assert last.count("\n") == 2


def test_log_prints_a_file_that_is_not_text_byte_for_byte(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(daemon, "--wait")
    job_id = job_id.split()[0]
    directory = json.loads(crystalmath("show", job_id, "--json").stdout)
    bytes_file = Path(directory["job"]["directory"], "outputs", "raw.bin")
    bytes_file.write_bytes(bytes(range(256)))
    done = subprocess.run(
        [sys.executable, "-m", "crystalmath", "log", job_id, "raw.bin"],
        env=daemon.environ,
        capture_output=True,
        check=True,
    )
    assert done.stdout == bytes(range(256)), base64.b64encode(done.stdout)


def test_a_file_that_is_not_there_is_answered_with_those_that_are(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    job_id = submit(daemon, "--wait").split()[0]
    said = crystalmath("log", job_id, "no.out", check=False)
    assert said.returncode == Exit.NOT_FOUND
    assert "mgo.out" in said.stderr


def test_jobs_pages_through_all_of_them(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    for _ in range(3):
        submit(daemon, "-t", "oxide")
    first = crystalmath("jobs", "--limit", "2", "--tag", "oxide")
    rows = [line.split()[0] for line in first.stdout.splitlines()[1:]]
    command = first.stderr.splitlines()[-1].removeprefix("next: crystalmath ")
    second = crystalmath(*command.split())
    rows += [line.split()[0] for line in second.stdout.splitlines()[1:]]
    assert rows == ["3", "2", "1"]
    assert "next:" not in second.stderr
    assert "No job matches" in crystalmath("jobs", "--tag", "nitride").stderr


def test_a_collection_is_listed_as_one(
    daemon: RunningDaemon, crystalmath: Command
) -> None:
    a, b = deck(daemon, "a"), deck(daemon, "b")
    said = crystalmath("submit", str(a), str(b), "--code", "crystal")
    command = said.stderr.splitlines()[-1].removeprefix("next: crystalmath ")
    listed = crystalmath(*command.split()).stdout
    assert {line.split()[1] for line in listed.splitlines()[1:]} == {"a", "b"}


def test_a_job_that_never_was_has_its_own_exit_code(crystalmath: Command) -> None:
    said = crystalmath("show", "999", check=False)
    assert said.returncode == Exit.NOT_FOUND
    assert said.stdout == ""
    assert said.stderr.startswith("error: ")


def test_waiting_goes_on_while_the_daemon_is_restarted(
    daemon: RunningDaemon,
) -> None:
    job_id = submit(daemon, title="STANDIN_CYCLES=20 STANDIN_CYCLE_S=0.1")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "crystalmath", "wait", job_id],
        env=daemon.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with daemon.connection() as connection:
        deadline = time.monotonic() + 10
        while connection.status().n_clients < 2:
            assert time.monotonic() < deadline
            connection.fetch_events(wait_ms=50)
    daemon.kill()
    daemon.start()
    out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == Exit.OK, err
    assert "completed" in out
