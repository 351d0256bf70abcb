"""What all commands have in common."""

import os
import signal
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from crystalmath.cli import COMMANDS
from crystalmath.exits import Exit
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.log_file import LogFile
from tests.unit.client.messages import (
    STATUS,
)


def test_json_is_what_the_daemon_said(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["status"] = lambda _: STATUS
    for words in (["--json", "status"], ["status", "--json"]):
        said = crystalmath(*words)
        assert said.out.encode() == msgspec.json.encode(STATUS) + b"\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_options_of_all(
    crystalmath: Command, name: str
) -> None:
    said = crystalmath(name, "--help")
    assert said.code == 0
    for option in ("--json", "--socket", "--verbosity"):
        assert option in said.out


def test_an_unknown_command_names_its_neighbours(crystalmath: Command) -> None:
    said = crystalmath("sumbit", "mgo")
    assert said.code == Exit.USAGE
    assert "Did you mean `crystalmath submit`?" in said.err
    assert "lists them all" in crystalmath("xyzzy").err


def test_an_interrupt_is_quiet(fake: FakeDaemon, crystalmath: Command) -> None:
    def interrupt(_: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return STATUS

    fake.answers["status"] = interrupt
    said = crystalmath("status")
    assert (said.code, said.out) == (Exit.INTERRUPTED, "")


def test_a_reader_that_goes_away_is_no_error(fake: FakeDaemon) -> None:
    fake.answers["fetch_job_log"] = LogFile(("o", b"x" * 1_000_000))
    process = subprocess.Popen(
        [sys.executable, "-m", "crystalmath", "log", "12"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(1) == b"x"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(10) == Exit.BROKEN_PIPE
