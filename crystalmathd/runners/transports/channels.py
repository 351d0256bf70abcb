"""A command on a channel of an SSH connection, from its first byte to its last."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import asyncssh
from asyncssh.constants import OPEN_REQUEST_SESSION_FAILED

from crystalmathd.errors import HostError
from crystalmathd.runners.transports.base import CommandResult, TransportError
from crystalmathd.runners.transports.remote_words import (
    KILL_AFTER_S,
    LOGIN_COMMAND,
    Preamble,
    end_script,
    script,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from crystalmathd.runners.connections import ConnectionManager
    from crystalmathd.runners.hosts import Host
    from crystalmathd.runners.targets import Target

log = logging.getLogger(__name__)

CHUNK: Final = 64 << 10
TIMED_OUT: Final = 124
"""The exit code of timeout(1)."""
KILLED: Final = (-9, 137)
"""How timeout(1) ends when it had to use SIGKILL."""
UNNAMED_SIGNAL: Final = -99
"""asyncssh's word for a signal that the server does not name."""
PATIENCE: Final = 1.5
"""How much longer we wait than the command is given there."""
MORE_CHANNELS_S: Final = 20.0
"""How long a channel is asked for again where the server has too few."""


def told(error: HostError) -> TransportError:
    """Return what a runner takes for doubt, with what a person is to be told."""
    failure = TransportError(str(error))
    failure.error = error
    return failure


async def open_channel(
    host: Host, open_s: float, work: Callable[[], Awaitable[object]]
) -> None:
    """Open a channel; where the server has too few, wait for one of ours to end.

    Raises
    ------
    TransportError
        If it has none left for us.
    TimeoutError
        If it gives no answer.
    """
    pause_s = 0.1
    until = anyio.current_time() + MORE_CHANNELS_S
    while True:
        try:
            with anyio.fail_after(open_s):
                await work()
        except asyncssh.ChannelOpenError as error:
            # MaxSessions may be less than the lanes take, even 1.
            if not host.n_sftp_users:
                host.close_sftp()
            if host.connection is None:
                reason = f"the connection to {host.target.host} was lost"
                raise TransportError(reason) from error
            is_refused = error.code == OPEN_REQUEST_SESSION_FAILED
            if is_refused or anyio.current_time() > until:
                reason = f"the server opens no channel: {error.reason}"
                raise TransportError(reason) from error
        else:
            return
        await anyio.sleep(pause_s)
        pause_s = min(1.0, pause_s * 2)


def lost_because(error: Exception) -> str:
    """Return why a connection is gone: the system's own words, without its numbers."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return getattr(error, "reason", None) or str(error) or type(error).__name__


class RemoteCommand:
    """Runs in the manager's tasks, so that whoever gives up leaves nothing behind."""

    def __init__(
        self,
        connections: ConnectionManager,
        target: Target,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        environment: Mapping[str, str] | None,
        max_output: int,
        stdin: bytes,
        is_control: bool,
    ) -> None:
        nonce = secrets.token_hex(8)
        self.done = anyio.Event()
        self.result: CommandResult | None = None
        self.error: TransportError | None = None
        self._name = arguments[0]
        self._connections = connections
        self._target = target
        self._host = connections.host(target)
        self._lane = self._host.control if is_control else self._host.work
        self._deadline_s = deadline_s
        self._max_output = max_output
        self._input = stdin
        self._line = script(
            arguments, nonce=nonce, deadline_s=deadline_s, environment=environment
        )
        self._preambles = {"stdout": Preamble(nonce), "stderr": Preamble(nonce)}
        self._kept = {"stdout": bytearray(), "stderr": bytearray()}
        self._scope = anyio.CancelScope()
        self._failure: Exception | None = None
        self._is_sent = False
        self._process: asyncssh.SSHClientProcess[bytes] | None = None
        self._connection: asyncssh.SSHClientConnection | None = None

    def give_up(self) -> None:
        """Let the command go: it is ended there, and nobody waits for that."""
        self._scope.cancel()

    async def execute(self) -> None:
        borrower: object | None = None
        try:
            with self._scope:
                borrower = await self._enter_lane()
                await self._run()
        except HostError as error:
            self.error = told(error)
            self.error.__cause__ = error
        except TransportError as error:
            self.error = error
        except (asyncssh.Error, OSError) as error:
            self.error = self._lost(error)
        except Exception as error:
            # A long-lived task: a mistake here ends no other command.
            log.exception("%s on %s crashed", self._name, self._target.host)
            self.error = TransportError(f"{self._name}: {error!r}")
        finally:
            self.done.set()
            await self._clean_up()
            if borrower is not None:
                self._lane.leave(borrower)

    async def _enter_lane(self) -> object:
        limit_s = self._connections.limits.channel_s
        try:
            with anyio.fail_after(limit_s):
                return await self._lane.enter()
        except TimeoutError as error:
            reason = f"{self._target.host}: no channel was free for {limit_s:g} s"
            raise TransportError(reason) from error

    async def _run(self) -> None:
        self._connection = await self._connections.connection(self._target)
        outer_s = PATIENCE * self._deadline_s + KILL_AFTER_S
        try:
            open_s = min(outer_s, self._connections.limits.open_s)
            # A channel that is given up while it opens would stay open.
            with anyio.CancelScope(shield=True):
                await open_channel(self._host, open_s, self._open)
            self._host.n_commands += 1
            started = anyio.current_time()
            with anyio.fail_after(outer_s):
                await self._talk()
        except TimeoutError as error:
            self._connections.in_background(partial(self._probe, self._connection))
            raise self._too_late() from error
        self._connections.answered(self._host)
        self._conclude(anyio.current_time() - started)

    async def _open(self) -> None:
        assert self._connection is not None  # noqa: S101  # for the type checker
        self._process = await self._connection.create_process(
            LOGIN_COMMAND, encoding=None, request_pty=False
        )

    async def _talk(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101  # for the type checker
        async with anyio.create_task_group() as sending:
            sending.start_soon(self._send, process)
            async with anyio.create_task_group() as readers:
                readers.start_soon(self._read, "stdout", process.stdout)
                readers.start_soon(self._read, "stderr", process.stderr)
            await process.channel.wait_closed()
            sending.cancel_scope.cancel()
        if self._failure is not None:
            raise self._failure

    async def _send(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        data = memoryview(self._line + self._input)
        try:
            for start in range(0, len(data), CHUNK):
                self._is_sent = True
                process.stdin.write(bytes(data[start : start + CHUNK]))
                await process.stdin.drain()
                self._host.bytes_sent += len(data[start : start + CHUNK])
            process.stdin.write_eof()
        except (OSError, asyncssh.Error):
            pass  # it ended before it had read everything, and may do so

    async def _read(
        self,
        name: str,
        stream: asyncssh.SSHReader[bytes],
        *,
        is_enough: bool = False,
    ) -> None:
        """Read a stream to its end, and keep the beginning of what is the command's.

        `is_enough`: the sign that the command has begun is all that is wanted.
        """
        preamble, kept = self._preambles[name], self._kept[name]
        try:
            while data := await stream.read(CHUNK):
                self._host.bytes_received += len(data)
                own = preamble.feed(data)
                kept += own[: max(0, self._max_output - len(kept))]
                if is_enough and preamble.is_over:
                    return
        except (OSError, asyncssh.Error) as error:
            self._failure = error

    def _conclude(self, took_s: float) -> None:
        process, preamble = self._process, self._preambles["stdout"]
        assert process is not None  # noqa: S101  # for the type checker
        code = process.returncode
        if code is None:
            raise TransportError(f"{self._name}: the connection was lost meanwhile")
        if not preamble.is_over:
            said = (preamble.noise + self._preambles["stderr"].noise)[-500:]
            raise TransportError(
                f"the login shell of {self._target.host} ran nothing: "
                f"{said.decode('utf-8', 'replace').strip() or f'exit code {code}'}"
            )
        if preamble.is_missing:
            raise TransportError(f"{self._name}: No such file or directory")
        if code in (TIMED_OUT, *KILLED) and took_s >= self._deadline_s:
            raise self._too_late()
        if code == UNNAMED_SIGNAL:
            raise TransportError(f"{self._name} was ended by a signal without a name")
        self.result = CommandResult(
            exit_code=code,
            stdout=bytes(self._kept["stdout"]),
            stderr=bytes(self._kept["stderr"]),
        )

    def _too_late(self) -> TransportError:
        return TransportError(
            f"{self._name} gave no answer within {self._deadline_s:g} s"
        )

    def _lost(self, error: Exception) -> TransportError:
        failure = TransportError(
            f"{self._name} on {self._target.host}: {lost_because(error)}"
        )
        failure.__cause__ = error
        return failure

    async def _clean_up(self) -> None:
        """Close the channel; end what still runs there, in the lane it holds."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        connection, preamble = self._connection, self._preambles["stdout"]
        if connection is None or self._host.connection is not connection:
            return
        if self._is_sent and not preamble.is_over:
            # It is on its way, and only its first words say what to end.
            with anyio.move_on_after(self._connections.limits.probe_s, shield=True):
                await self._read("stdout", process.stdout, is_enough=True)
        process.close()
        pid = preamble.pid
        if pid is None:
            return
        with anyio.move_on_after(self._connections.limits.open_s, shield=True):
            try:
                await _say(connection, end_script(pid))
            except (asyncssh.Error, OSError) as error:
                log.info("a command on %s was left: %s", self._target.host, error)

    async def _probe(self, connection: asyncssh.SSHClientConnection) -> None:
        """See whether a connection still answers; else let go of it."""
        try:
            with anyio.fail_after(self._connections.limits.probe_s):
                await _say(connection, ["true"])
        except asyncssh.ChannelOpenError:
            return  # that is an answer
        except (asyncssh.Error, OSError, TimeoutError):
            log.warning("%s does not answer; its connection is dropped", self._target)
            self._connections.replace(self._target, connection)


async def _say(
    connection: asyncssh.SSHClientConnection, arguments: Sequence[str]
) -> None:
    """Run a command whose output does not matter."""
    line = script(arguments, nonce="0", deadline_s=10)
    await connection.run(LOGIN_COMMAND, input=line, encoding=None, request_pty=False)
