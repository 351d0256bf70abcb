"""What follows from a look at a job script without a scheduler."""

import json
from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.observations import (
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Unknown,
    Vanished,
)
from crystalmathd.runners.schedulers import SCHEDULERS
from crystalmathd.runners.schedulers.detached import Detached
from crystalmathd.runners.schedulers.direct import Direct
from crystalmathd.runners.schedulers.slurm import Slurm
from tests.unit.runners.answers import exit_record, launch, place

PID = {
    "token": "cm-a",
    "pid": 12,
    "boot_id": "boot",
    "scratch": "/scratch/x",
    "started_ms": 5,
    "host": "login1",
}


def seen(**changes: Any) -> Observation:
    record = {
        "number": 1,
        "launch": True,
        "token": "cm-a",
        "guard": True,
        "here": "login1",
        "there": "login1",
        "pid": PID,
        "runner_alive": True,
        "pids": [],
        "boot_id": "boot",
        "exit": None,
        **changes,
    }
    stdout = b"motd\n@@cm " + json.dumps(record).encode() + b"\n"
    return Detached().parse_look([place()], 0, stdout, b"")["cm-a"]


def test_a_script_that_lives_is_alive() -> None:
    found = seen()
    assert isinstance(found, Alive)
    assert (found.pid, found.scratch) == (12, "/scratch/x")


def test_a_marker_is_the_end() -> None:
    assert isinstance(seen(exit=exit_record(), runner_alive=False), Ended)


def test_a_script_that_is_gone_has_vanished_or_left_orphans() -> None:
    assert isinstance(seen(runner_alive=False), Vanished)
    assert isinstance(seen(runner_alive=False, pids=[13]), Orphaned)


@pytest.mark.parametrize("pid", [PID, None])
def test_another_login_node_knows_nothing_of_it(pid: dict[str, Any] | None) -> None:
    found = seen(here="login2", runner_alive=False, boot_id="other", pid=pid)
    assert isinstance(found, Unknown)
    assert "started on login1, and login2 answered" in found.reason
    end = seen(here="login2", runner_alive=False, boot_id="o", exit=exit_record())
    assert isinstance(end, Ended)


def test_a_guard_without_a_script_is_spent() -> None:
    found = seen(pid=None, runner_alive=False)
    assert isinstance(found, NeverStarted)
    assert found.is_spent


def test_a_file_system_that_is_not_there_proves_nothing() -> None:
    stdout = b'@@cm {"number": 1, "readable": false}\n'
    found = Detached().parse_look([place()], 0, stdout, b"")["cm-a"]
    assert isinstance(found, Unknown)


@pytest.mark.parametrize(
    "stdout", [b"", b"@@cm {\n", b"@@cm []\n", b'{"number": 1}\n', b"\xff\n"]
)
def test_what_is_no_answer_proves_nothing(stdout: bytes) -> None:
    found = Detached().parse_look([place()], 255, stdout, b"lost\n")["cm-a"]
    assert isinstance(found, Unknown)
    assert "255: lost" in found.reason


def test_a_start_that_says_nothing_is_doubt() -> None:
    for stdout in (b"", b"{}", json.dumps(PID | {"token": "other"}).encode()):
        found = Detached().parse_launch(place(), 0, stdout, b"")
        assert isinstance(found, Unknown)
    said = b"motd\n" + json.dumps(PID).encode()
    assert isinstance(Detached().parse_launch(place(), 0, said, b""), Alive)


def test_the_wall_time_and_the_memory_are_kept_by_the_script() -> None:
    asked = launch(walltime_s=90, memory_mb=100)
    script = Detached().scripts(place(), asked, {})["job.sh"].decode()
    assert "set_timer 90" in script
    assert "ulimit -d 102400" in script
    batch = Slurm().scripts(place(), asked, {})["job.sh"].decode()
    assert "set_timer 90" not in batch
    assert "ulimit -d" not in batch


def test_a_path_with_a_line_break_is_looked_at_by_nobody() -> None:
    odd = replace(place(), directory="/a\n2|x|/evil")
    assert b"/evil" not in Detached().look_command([odd]).stdin
    assert b"/evil" not in Slurm().look_command([odd]).stdin


def test_a_scheduler_is_made_by_its_name_and_its_transport() -> None:
    assert isinstance(SCHEDULERS["direct"]("local", (), None), Direct)
    assert isinstance(SCHEDULERS["direct"]("ssh", (), None), Detached)
    assert isinstance(SCHEDULERS["slurm"]("ssh", (), None), Slurm)
    for name, make in SCHEDULERS.items():
        assert make("ssh", (), None).name == name
