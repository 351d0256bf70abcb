"""`log`: what a program printed, and what it prints."""

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

import click

from crystalmath.cli.invocation import Invocation, command, job_argument, parsed
from crystalmath.cli.values import whole
from crystalmath.connection import TERMINAL_STATES
from crystalmath.errors import RpcError
from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.jobs import FetchJobLogResult

if TYPE_CHECKING:
    from crystalmath.connection import Connection

CHUNK_BYTES: Final = 256 * 1024
FOLLOW_MS: Final = 2000


class LogSource(Protocol):
    """Reads a chunk of a file of the job; `Connection.fetch_job_log`, bound."""

    def __call__(
        self, *, file: str | None, offset: int, limit: int, wait_ms: int = 0
    ) -> FetchJobLogResult: ...


@command("log")
@job_argument
@click.argument("file", required=False)
@click.option("-f", "--follow", "follows", is_flag=True, help="Go on until the end.")
@click.option(
    "-n",
    "--lines",
    callback=parsed(whole(0)),
    metavar="N",
    help="Only the last lines; else all.",
)
def log_command(
    invocation: Invocation,
    *,
    job_id: str,
    file: str | None,
    follows: bool,
    lines: int | None,
) -> Exit:
    """Print what a job has printed.

    FILE is any file of the job; without it, the output of the running step.
    """
    output = invocation.output
    with invocation.connect() as daemon:

        def read(
            *, file: str | None, offset: int, limit: int, wait_ms: int = 0
        ) -> FetchJobLogResult:
            return daemon.fetch_job_log(
                job_id,
                file=file,
                offset=offset,
                limit=limit,
                wait_ms=wait_ms,
                encoding="text" if output.is_json else "base64",
            )

        if follows and file is None:
            wait_for_output(daemon, job_id)
        start = 0 if lines is None else start_of_last_lines(read, file, lines)
        shown = ""
        for chunk in chunks(read, file, start, follows=follows):
            if output.is_json:
                output.reply(daemon.last_result)
                continue
            if shown and chunk.file != shown:
                output.hint(f"==> {chunk.file} <==")
            shown = chunk.file
            output.data(content(chunk))
    return Exit.OK


def wait_for_output(daemon: "Connection", job_id: str) -> None:
    """Return when the running step has printed something, or the job has ended."""
    while True:
        try:
            daemon.fetch_job_log(job_id, limit=1, wait_ms=FOLLOW_MS)
        except RpcError as error:
            is_missing = error.kind == ErrorCode.FILE_NOT_FOUND.kind
            state = daemon.get_job_details(job_id).state
            if state in TERMINAL_STATES or not is_missing:
                raise
        else:
            return


def content(chunk: FetchJobLogResult) -> bytes:
    """Return the bytes of a chunk."""
    if chunk.encoding == "base64":
        return base64.b64decode(chunk.data)
    return chunk.data.encode()


def chunks(
    read: LogSource, file: str | None, offset: int, *, follows: bool
) -> Iterator[FetchJobLogResult]:
    """Yield a file from an offset; with `follows`, until nothing can come any more.

    Without a name the running step's output is followed into the next step's,
    after the rest of the one before.
    """
    current: str | None = None
    end = 0
    while True:
        wait_ms = FOLLOW_MS if follows and current is not None else 0
        chunk = read(file=file, offset=offset, limit=CHUNK_BYTES, wait_ms=wait_ms)
        if current is not None and chunk.file != current:
            yield from chunks(read, current, offset, follows=False)
            current, offset = None, 0
            continue
        if current is None or follows:
            end = chunk.size  # else one that grows faster than it is read has no end
        current = chunk.file
        offset = chunk.next_offset
        if chunk.data:
            yield chunk
        if offset >= end and (chunk.at_end or not follows):
            return


def start_of_last_lines(read: LogSource, file: str | None, lines: int) -> int:
    """Return the offset at which the last `lines` lines of the file begin."""
    end = read(file=file, offset=0, limit=1).size
    start, tail = end, b""
    while start > 0 and tail.rstrip(b"\n").count(b"\n") < lines:
        before = max(start - CHUNK_BYTES, 0)
        tail = content(read(file=file, offset=before, limit=start - before)) + tail
        start = before
    return end - len(last_lines(tail, lines))


def last_lines(tail: bytes, lines: int) -> bytes:
    """Return the last lines; one without its newline counts as well."""
    if lines == 0:
        return b""
    return b"".join(tail.splitlines(keepends=True)[-lines:])
