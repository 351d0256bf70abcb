"""Log lines go where somebody can read them."""

import contextvars
import json
import logging
import os
import pty
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from crystalmathd import logs


def record(
    text: str, *values: object, error: Exception | None = None
) -> logging.LogRecord:
    raised = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(
        "crystalmathd.store", logging.WARNING, "store.py", 7, text, values, raised
    )


def about(say: Callable[[], None], **facts: str) -> None:
    """Run something in a task of its own, as far as log lines are concerned."""

    def run() -> None:
        logs.note(**facts)
        say()

    contextvars.copy_context().run(run)


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "log").open("w+") as file:
        yield file


def named(stream: TextIO) -> dict[str, str]:
    status = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


def written(stream: TextIO) -> str:
    stream.seek(0)
    return stream.read()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    """Yield a socket that stands where journald's does; what it gets is read here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "journal"))
        listener.settimeout(5)
        yield listener


def fields(data: bytes) -> dict[str, str]:
    """Read the journal's native protocol."""
    found = {}
    while data:
        head, _, rest = data.partition(b"\n")
        name, is_short, value = head.partition(b"=")
        if not is_short:
            [length] = struct.unpack("<Q", rest[:8])
            value, rest = rest[8 : 8 + length], rest[9 + length :]
        found[name.decode()] = value.decode()
        data = rest
    return found


def test_a_terminal_gets_text() -> None:
    main, side = pty.openpty()
    with open(side, "w") as terminal:  # noqa: PTH123  # a descriptor
        handler = logs.handler_for(terminal, {})
        handler.emit(record("%d files", 3))
        said = os.read(main, 1000).decode()
    os.close(main)
    assert said.endswith("WARNING crystalmathd.store: 3 files\r\n")


def test_a_file_gets_one_json_object_a_line(stream: TextIO) -> None:
    handler = logs.handler_for(stream, {})
    about(lambda: handler.emit(record("%d files\n", 3)), trace="ab12", job_id="7")
    line = json.loads(written(stream))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "crystalmathd.store",
        "event": "%d files\n",
        "message": "3 files\n",
        "trace": "ab12",
        "job_id": "7",
    }


def test_an_exception_stands_in_its_line(stream: TextIO) -> None:
    handler = logs.handler_for(stream, {})
    handler.emit(record("it failed", error=ValueError("no")))
    [line] = written(stream).splitlines()
    assert json.loads(line)["exception"].endswith("ValueError: no")


def test_what_one_task_notes_is_not_said_of_another(stream: TextIO) -> None:
    handler = logs.handler_for(stream, {})
    about(lambda: None, job_id="7")
    handler.emit(record("a line"))
    assert "job_id" not in json.loads(written(stream))


def test_the_journal_gets_fields(stream: TextIO, journal: socket.socket) -> None:
    handler = logs.handler_for(stream, named(stream), Path(journal.getsockname()))
    about(
        lambda: handler.emit(record("two\nlines")),
        trace="ab12",
        job_id="7",
        host="local",
    )
    handler.close()
    assert fields(journal.recv(10_000)) == {
        "MESSAGE": "two\nlines",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "crystalmathd",
        "LOGGER": "crystalmathd.store",
        "CODE_FILE": "store.py",
        "CODE_LINE": "7",
        "CODE_FUNC": "",
        "CM_TRACE": "ab12",
        "CM_JOB_ID": "7",
        "CM_HOST": "local",
    }
    assert written(stream) == ""


def test_a_line_too_long_for_a_datagram_goes_as_a_sealed_file(
    stream: TextIO, journal: socket.socket
) -> None:
    text = "x" * 4_000_000
    handler = logs.handler_for(stream, named(stream), Path(journal.getsockname()))
    handler.emit(record(text))
    handler.close()
    _, [descriptor], _, _ = socket.recv_fds(journal, 100, 1)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        file.seek(0)
        assert fields(file.readall())["MESSAGE"] == text
        with pytest.raises(OSError, match="not permitted"):
            file.write(b"the journal reads no file that may still change")


def test_without_the_journals_socket_lines_begin_with_their_priority(
    stream: TextIO, tmp_path: Path
) -> None:
    handler = logs.handler_for(stream, named(stream), tmp_path / "nowhere")
    about(lambda: handler.emit(record("two\nlines")), job_id="7")
    assert written(stream) == "<4>crystalmathd.store: two [job_id 7]\n<4>lines\n"


def test_a_journal_that_went_away_is_no_reason_to_lose_a_line(
    stream: TextIO, journal: socket.socket
) -> None:
    handler = logs.handler_for(stream, named(stream), Path(journal.getsockname()))
    journal.close()
    handler.emit(record("a line"))
    handler.close()
    assert written(stream) == "<4>crystalmathd.store: a line\n"


def test_a_journal_that_is_too_busy_is_not_waited_for(
    stream: TextIO, journal: socket.socket
) -> None:
    handler = logs.handler_for(stream, named(stream), Path(journal.getsockname()))
    n_lines = 2000  # more than the queue of a socket holds
    for _ in range(n_lines):
        handler.emit(record("a line"))
    handler.close()
    assert "<4>crystalmathd.store: a line" in written(stream)


def test_the_stream_of_another_unit_is_not_the_journal(stream: TextIO) -> None:
    handler = logs.handler_for(stream, {"JOURNAL_STREAM": "1:2"})
    handler.emit(record("a line"))
    assert json.loads(written(stream))["message"] == "a line"
