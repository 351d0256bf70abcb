"""What the daemon holds for one target: its connection, its lanes, its counters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from crystalmathd.models.clusters import Budget, HostState
from crystalmathd.runners.breakers import Breaker

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncssh

    from crystalmathd.errors import HostError
    from crystalmathd.runners.limits import SshLimits
    from crystalmathd.runners.targets import Target


@dataclass(kw_only=True)
class Attempt:
    """A login that others wait for as well."""

    done: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    error: HostError | None = None


class Lane:
    """Channels that may be open at once. Who gives up keeps its place until it is free."""  # noqa: E501

    def __init__(self, size: int) -> None:
        self._limiter = anyio.CapacityLimiter(size)

    async def enter(self) -> object:
        """Return what is to be given back to `leave`."""
        borrower = object()
        await self._limiter.acquire_on_behalf_of(borrower)
        return borrower

    def leave(self, borrower: object) -> None:
        self._limiter.release_on_behalf_of(borrower)


class Host:
    def __init__(
        self,
        target: Target,
        limits: SshLimits,
        now: float,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.target = target
        self.breaker = Breaker(now, limits.first_probe_s, on_turn)
        self.connection: asyncssh.SSHClientConnection | None = None
        self.sftp: asyncssh.SFTPClient | None = None
        self.sftp_lock = anyio.Lock()
        self.n_sftp_users = 0
        self.attempt: Attempt | None = None
        self.work = Lane(limits.work_channels)
        self.control = Lane(limits.control_channels)
        self.last_login: float | None = None
        self.not_before = now
        """No login begins earlier: after a sleep not all go out at once."""
        self.last_answer: float | None = None
        self.n_logins = 0
        self.n_commands = 0
        self.bytes_sent = 0
        self.bytes_received = 0

    def drop(self) -> None:
        """Let go of the connection at once; what runs over it fails."""
        connection, self.connection, self.sftp = self.connection, None, None
        if connection is not None:
            connection.abort()

    def close_sftp(self) -> None:
        """End the session for files; the next use opens another."""
        session, self.sftp = self.sftp, None
        if session is not None:
            session.exit()

    def lose(self, connection: asyncssh.SSHClientConnection) -> None:
        """Forget a connection that is gone, unless another took its place."""
        if self.connection is connection:
            self.connection = self.sftp = None

    def budget(self, now: float, now_ms: int) -> Budget:
        """Return the counters; `now` and `now_ms` are the same instant."""

        def shown(instant: float) -> int:
            return now_ms + round((instant - now) * 1000)

        breaker = self.breaker
        answer = self.last_answer
        following = breaker.next_try if breaker.state is HostState.OPEN else None
        return Budget(
            state=breaker.state,
            since_ms=shown(breaker.since),
            last_answer_ms=None if answer is None else shown(answer),
            next_try_ms=None if following is None else shown(following),
            reason=None if breaker.error is None else str(breaker.error),
            n_logins=self.n_logins,
            n_commands=self.n_commands,
            bytes_sent=self.bytes_sent,
            bytes_received=self.bytes_received,
        )
