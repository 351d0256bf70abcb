"""What all commands have in common."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from crystalmath import __version__
from crystalmath.cli import COMMANDS, cli
from crystalmath.cli.daemon import daemon_command
from crystalmath.exits import Exit
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.log_file import LogFile
from tests.unit.client.messages import (
    STATUS,
)

NUMBERS = (type(click.INT), type(click.FLOAT))


def cli_commands() -> list[click.Command]:
    context = click.Context(cli)
    return [found for n in COMMANDS if (found := cli.get_command(context, n))]


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


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "xyzzy"],
        ["show", "mgo", "--json"],
        ["show", "--jsn", "12", "--json"],
        ["delete", "12", "--json"],
    ],
)
def test_a_mistake_on_the_command_line_is_json_if_json_was_asked(
    crystalmath: Command, words: list[str]
) -> None:
    said = crystalmath(*words)
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert said.err.count("\n") == 1
    error = msgspec.json.decode(said.err)["error"]
    assert error["kind"] == "CommandLineError"
    assert error["exit_code"] == Exit.USAGE
    assert error["message"]


@pytest.mark.parametrize("words", [["--json", "--version"], ["--version", "--json"]])
def test_the_version_is_json_if_json_was_asked(
    crystalmath: Command, words: list[str]
) -> None:
    assert msgspec.json.decode(crystalmath(*words).out) == {"version": __version__}
    assert crystalmath("--version").out == f"crystalmath {__version__}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("jobs --limit 0", "'--limit': '0' is not a whole number from 1 to 1000."),
        ("jobs --limit x", "'--limit': 'x' is not a whole number from 1 to 1000."),
        ("events -n -1", "'--last': '-1' is not a whole number of 0 or more."),
        ("log 12 -n 1.5", "'--lines': '1.5' is not a whole number of 0 or more."),
        (f"retry 12 -n {'9' * 40}", "is not a whole number from 1 to 1000000."),
        ("wait 12 --timeout nan", "'--timeout': 'nan' is not a number of 0 or more."),
        ("wait 12 --timeout -1", "'--timeout': '-1' is not a number of 0 or more."),
        ("priority 12 1e2", "'N': '1e2' is not a whole number from -1000 to 1000."),
        ("events --type xyz", "no event type 'xyz'. There are daemon_started, job_"),
        ("events --type job_crated", "'job_crated'. Did you mean job_created"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(
    crystalmath: Command, words: str, sentence: str
) -> None:
    said = crystalmath(*words.split())
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert sentence in said.err
    assert "range" not in said.err


def test_no_option_is_a_number_of_click() -> None:
    """What click says of such a value is no plain sentence."""
    for command in (*cli_commands(), *daemon_command.commands.values()):
        for parameter in command.params:
            assert not isinstance(parameter.type, NUMBERS), (command, parameter)


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


def in_shell(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = line.replace("crystalmath", f"{sys.executable} -m crystalmath")
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("crystalmath status >/dev/full", "No space left"),
        ("crystalmath status --json >/dev/full", "No space left"),
        ("crystalmath --version >/dev/full", "No space left"),
        ("crystalmath --help >/dev/full", "No space left"),
        ("crystalmath status >&-", "it is closed"),
        ("crystalmath status --json >&-", "it is closed"),
    ],
)
def test_an_answer_that_cannot_be_written_is_one_sentence(
    fake: FakeDaemon, line: str, reason: str
) -> None:
    fake.answers["status"] = lambda _: STATUS
    done = in_shell(line)
    assert done.returncode == Exit.ERROR
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_closed_stderr_changes_nothing(fake: FakeDaemon) -> None:
    fake.answers["status"] = lambda _: STATUS
    for where in ("2>&-", "2>/dev/full"):
        assert "pid 4711" in in_shell(f"crystalmath status {where}").stdout
        done = in_shell(f"crystalmath show 12 {where}")
        assert done.returncode == Exit.ERROR  # as with an open one


def test_a_home_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = in_shell(
        "crystalmath jobs",
        HOME=str(file),
        XDG_STATE_HOME="",
        CRYSTALMATHD_SOCKET=str(tmp_path / "d.sock"),
    )
    assert done.returncode == Exit.UNREACHABLE
    assert "its log cannot be written" in done.stderr
    assert "set HOME" in done.stderr
    assert "Traceback" not in done.stderr
