"""What only a terminal sees: colours, drawings, and no surprises."""

import base64
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from typing import Any

import pytest

from crystalmath_protocol.jobs import (
    FetchJobLogResult,
    FetchJobsResult,
    GetJobDetailsResult,
)
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import DETAILS, SUMMARY, changed, progress

Terminal = Callable[..., tuple[int, str]]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Run a command on a terminal of 80 by 24 and return what it wrote there."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*words: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        command = [sys.executable, "-m", "crystalmath", *words]
        process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        written = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not chunk:
                break
            written += chunk
        os.close(ours)
        return process.wait(10), written.decode()

    return run


def one_job(_: Any) -> FetchJobsResult:
    return FetchJobsResult(jobs=(SUMMARY,), next_page=None, cursor="s:0")


def test_states_are_coloured_on_a_terminal(
    fake: FakeDaemon, on_terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["fetch_jobs"] = one_job
    assert "\x1b[32mcompleted\x1b[0m" in on_terminal("jobs")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal("jobs")[1]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in on_terminal("jobs")[1]


def test_watch_draws_over_its_last_frame_and_gives_the_cursor_back(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    replies = iter([progress(3), progress(6, since=3, state="completed")])
    fake.answers |= {
        "fetch_job_progress": lambda _: next(replies),
        "get_job_details": lambda _: GetJobDetailsResult(job=DETAILS),
    }
    code, written = on_terminal("watch", "12")
    assert code == 0
    assert written.startswith("\x1b[?25l")
    first, second = written.split("\x1b[J")[:2]
    assert f"\x1b[{first.count(chr(10))}A" in second
    assert "scf  cycle 6 of at most 50 (12 % of the limit)" in second
    assert any(0x2800 < ord(letter) < 0x2900 for letter in second)
    assert "\x1b[?25h" in written
    assert "Job 12 (mgo)" in written.split("\x1b[?25h")[1]


def test_several_jobs_are_drawn_a_line_each(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers |= {
        "fetch_job_progress": lambda p: progress(4, state="completed", job_id=p.job_id),
        "get_job_details": lambda p: GetJobDetailsResult(
            job=changed(DETAILS, job_id=p.job_id)
        ),
    }
    _, written = on_terminal("watch", "12", "13")
    frame = written.split("\x1b[J")[0]
    assert frame.count("\n") == 2
    assert "█" in frame


def test_escapes_in_a_file_do_not_reach_the_terminal(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    data = b"a\x1b]0;title\x07b\n"
    fake.answers["fetch_job_log"] = lambda p: FetchJobLogResult(
        file="o",
        offset=p.offset,
        next_offset=len(data),
        size=len(data),
        data=base64.b64encode(data[p.offset :]).decode(),
        encoding="base64",
        at_end=True,
    )
    _, written = on_terminal("log", "12")
    assert "\x1b" not in written
    assert "title" in written
