"""Where log lines go: a person, the journal, or whoever reads JSON.

A terminal gets text. A unit of systemd speaks the journal's own protocol, so that
`journalctl CM_JOB_ID=12` works. Everything else gets one JSON object a line.
"""

import contextlib
import json
import logging
import os
import socket
import struct
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

JOURNAL: Final = Path("/run/systemd/journal/socket")
FOR_PEOPLE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
IDENTIFIER: Final = "crystalmathd"
PRIORITIES: Final = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
"""The levels of syslog."""

_subject: ContextVar[Mapping[str, str]] = ContextVar("subject")


def note(**facts: str) -> None:
    """Say what the log lines of this task, and of those it starts, are about.

    `trace` is the call, `job_id` the job, `host` the machine where it lives.
    """
    _subject.set({**_subject.get({}), **facts})


def set_up(level: int, environ: Mapping[str, str] = os.environ) -> None:
    """Send what is logged where it belongs; to be called once."""
    logging.basicConfig(level=level, handlers=[handler_for(sys.stderr, environ)])
    # Their own lines would fill the log; asyncssh's hold every command.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def handler_for(
    stream: TextIO, environ: Mapping[str, str], journal: Path = JOURNAL
) -> logging.Handler:
    """Return what fits the other end of the stream."""
    handler: logging.Handler = logging.StreamHandler(stream)
    if is_journal(stream, environ.get("JOURNAL_STREAM", "")):
        handler.setFormatter(PrefixFormatter())
        with contextlib.suppress(OSError):
            handler = JournalHandler(journal, fallback=handler)
    elif stream.isatty():
        handler.setFormatter(logging.Formatter(FOR_PEOPLE))
    else:
        handler.setFormatter(JsonFormatter())
    return handler


def is_journal(stream: TextIO, named: str) -> bool:
    """Tell whether the stream is the one that systemd connected to its journal."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{status.st_dev}:{status.st_ino}"


class JsonFormatter(logging.Formatter):
    """One object a line. `event` is the message without its values: it stays."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, str] = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
            "message": record.getMessage(),
            **_subject.get({}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class PrefixFormatter(logging.Formatter):
    """Lines that begin with a priority, as the journal reads them from a pipe."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{PRIORITIES.get(record.levelno, 6)}>"
        about = "".join(f" [{k} {v}]" for k, v in _subject.get({}).items())
        lines = f"{record.name}: {super().format(record)}".splitlines()
        lines[0] += about
        return "\n".join(prefix + line for line in lines)


class JournalHandler(logging.Handler):
    """Speaks the journal's native protocol: a datagram of fields for each line."""

    def __init__(self, journal: Path, fallback: logging.Handler) -> None:
        super().__init__()
        self._fallback = fallback
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(str(journal))
        except OSError:
            self._socket.close()
            raise
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            data = b"".join(_field(*field) for field in self._fields(record))
            self._send(data)
        except OSError:  # the journal is away, or too busy for us to wait
            self._fallback.emit(record)

    def _fields(self, record: logging.LogRecord) -> list[tuple[str, str]]:
        return [
            ("MESSAGE", self.format(record)),
            ("PRIORITY", str(PRIORITIES.get(record.levelno, 6))),
            ("SYSLOG_IDENTIFIER", IDENTIFIER),
            ("LOGGER", record.name),
            ("CODE_FILE", record.pathname),
            ("CODE_LINE", str(record.lineno)),
            ("CODE_FUNC", record.funcName or ""),
            *((f"CM_{k.upper()}", v) for k, v in _subject.get({}).items()),
        ]

    def _send(self, data: bytes) -> None:
        try:
            self._socket.send(data)
        except OSError as error:
            if isinstance(error, BlockingIOError | ConnectionError):
                raise
            self._send_sealed(data)  # it is too long for a datagram

    def _send_sealed(self, data: bytes) -> None:
        descriptor = os.memfd_create("log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(data)
            _seal(descriptor)
            socket.send_fds(self._socket, [b""], [descriptor])
        finally:
            os.close(descriptor)

    def close(self) -> None:
        self._socket.close()
        super().close()


def _seal(descriptor: int) -> None:
    """Promise that it changes no more; the journal reads no other one."""
    import fcntl  # noqa: PLC0415  # rarely needed

    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals | fcntl.F_SEAL_SEAL)


def _field(name: str, value: str) -> bytes:
    """Spell a field; with a line break in it, its length stands before it."""
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" not in data:
        return name.encode() + b"=" + data + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
