"""What only a terminal sees: colours, drawings, and no surprises."""

import base64
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from typing import Any

import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.control import CloneJobResult, DeleteJobResult
from crystalmath_protocol.jobs import (
    FetchJobLogResult,
    FetchJobsResult,
    GetJobDetailsResult,
)
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import DETAILS, SUMMARY, changed, progress


class Terminal:
    """Runs a command on a terminal of 80 by 24 and returns what it wrote there."""

    def __call__(
        self,
        *words: str,
        typed: str = "",
        interrupted_at: bytes = b"",
        size: tuple[int, int] = (24, 80),
    ) -> tuple[int, str]:
        self._ours, theirs = pty.openpty()
        self.resize(*size)
        process = subprocess.Popen(
            [sys.executable, "-m", "crystalmath", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs if typed or interrupted_at else subprocess.DEVNULL,
        )
        os.close(theirs)
        os.write(self._ours, typed.encode())
        written = b""
        if interrupted_at:
            while interrupted_at not in written:
                written += self._read()
            process.send_signal(signal.SIGINT)
        written += b"".join(iter(self._read, b""))
        os.close(self._ours)
        return process.wait(10), written.decode()

    def resize(self, lines: int, columns: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)

    def _read(self) -> bytes:
        try:
            return os.read(self._ours, 65536)
        except OSError:  # Linux: the other side is closed
            return b""


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


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
    assert "scf  cycle 6 of at most 50" in second
    assert any(0x2800 < ord(letter) < 0x2900 for letter in second)
    assert "\x1b[?25h" in written
    assert "Job 12 (mgo)" in written.split("\x1b[?25h")[1]


def test_a_terminal_that_was_resized_is_drawn_anew(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    looks: list[int] = []

    def answer(params: Any) -> Any:
        looks.append(params.since_cycle)
        if len(looks) == 2:
            on_terminal.resize(24, 30)
        state = "completed" if len(looks) == 3 else "running"
        return progress(3 * len(looks), since=params.since_cycle, state=state)

    fake.answers |= {
        "fetch_job_progress": answer,
        "get_job_details": lambda _: GetJobDetailsResult(job=DETAILS),
    }
    _, written = on_terminal("watch", "12")
    assert "\x1b[H\x1b[J" in written
    before, after = written.split("\x1b[H\x1b[J")
    assert max(map(len, before.splitlines())) > 40
    frames = after.split("\x1b[?25h")[0].replace("\x1b[K", "")
    assert max(map(len, frames.splitlines())) < 30 + len("\x1b[36m\x1b[0m")
    assert "\x1b[" + str(frames.split("\x1b[J")[0].count("\n")) + "A" in frames


@pytest.mark.parametrize("size", [(24, 20), (6, 20), (24, 5), (2, 80), (0, 0)])
def test_a_small_terminal_holds_every_frame(
    fake: FakeDaemon, on_terminal: Terminal, size: tuple[int, int]
) -> None:
    def answer(params: Any) -> Any:
        n_cycles = params.since_cycle + 7
        state = "completed" if n_cycles > 14 else "running"
        return progress(n_cycles, since=params.since_cycle, state=state)

    fake.answers |= {
        "fetch_job_progress": answer,
        "get_job_details": lambda p: GetJobDetailsResult(
            job=changed(DETAILS, job_id=p.job_id)
        ),
    }
    lines, columns = size
    for jobs in (["12"], ["12", "13", "14"]):
        code, written = on_terminal("watch", *jobs, size=size)
        assert code == 0
        frames = written.split("\x1b[?25h")[0].split("\x1b[J")[:-1]
        assert len(frames) == 3
        for frame in frames:
            plain = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", frame).splitlines()
            assert max(map(len, plain), default=0) < (columns or 80)
            assert frame.count("\n") < (lines or 24)


def test_no_number_is_cut_in_a_narrow_terminal(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers |= {
        "fetch_job_progress": lambda p: progress(
            3, since=p.since_cycle, state="completed"
        ),
        "get_job_details": lambda _: GetJobDetailsResult(job=DETAILS),
    }
    _, written = on_terminal("watch", "12", size=(24, 20))
    drawn = written.split("\x1b[J")[0]
    assert "      3   -1.00e-03\x1b[K" in drawn
    assert "energy" not in drawn


def test_a_difference_has_the_colours_that_people_know(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers["clone_job"] = lambda _: CloneJobResult(
        job=None, diff="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-4 4\n+8 8", created=False
    )
    _, written = on_terminal("clone", "12", "--dry-run")
    assert "\x1b[32m+8 8\x1b[0m" in written
    assert "\x1b[31m-4 4\x1b[0m" in written
    assert "m+++ b/x" not in written


def test_whoever_sits_at_a_terminal_is_asked_before_a_job_is_deleted(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers |= {
        "get_job_details": lambda _: GetJobDetailsResult(job=DETAILS),
        "delete_job": lambda p: DeleteJobResult(
            job_id=p.job_id, directory="/j", n_files=1, size_bytes=1, files_kept=False
        ),
    }
    code, written = on_terminal("delete", "12", typed="\n")
    assert code == Exit.ERROR
    assert "Delete job 12 (mgo, completed, -7380.123457 eV) and the files" in written
    assert "(the last in /home/anna/jobs/12)?" in written
    assert "Job 12 was not deleted." in written
    assert fake.asked("delete_job") == []
    code, written = on_terminal("delete", "12", typed="y\n")
    assert code == 0
    assert "job 12 is deleted" in written
    _, written = on_terminal("delete", "12", "--keep-files", typed="n\n")
    assert "and leave its files?" in written


def test_whoever_answers_neither_yes_nor_no_is_asked_again(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(job=DETAILS)
    code, written = on_terminal("delete", "12", typed="maybe\nN\n")
    assert code == Exit.ERROR
    assert "'maybe' is neither y nor n." in written
    assert written.count("[y/N]") == 2
    assert "Job 12 was not deleted." in written
    code, written = on_terminal("delete", "12", typed="\x04")
    assert code == Exit.ERROR
    assert "Job 12 was not deleted." in written


def test_an_interrupt_at_the_question_deletes_nothing(
    fake: FakeDaemon, on_terminal: Terminal
) -> None:
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(job=DETAILS)
    code, written = on_terminal("delete", "12", "13", interrupted_at=b"[y/N]")
    assert code == Exit.INTERRUPTED
    assert written.endswith("\r\nJob 12 was not deleted.\r\n")
    assert written.count("[y/N]") == 1
    assert fake.asked("delete_job") == []


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
