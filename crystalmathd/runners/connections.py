"""The pool of SSH connections: one a target, many channels, few logins."""

from __future__ import annotations

import logging
import os
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import anyio
import anyio.abc
import anyio.to_thread

from crystalmathd.errors import (
    HostError,
    HostKeyChangedError,
    HostKeyMismatchError,
    HostPausedError,
    HostUnreachableError,
    KeyLockedError,
    SshConfigError,
)
from crystalmathd.models.clusters import Budget, HostKey, HostState
from crystalmathd.runners.breakers import pause_s
from crystalmathd.runners.hosts import Attempt, Host
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.secrets import SecretKind
from crystalmathd.runners.targets import Target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from pathlib import Path
    from types import TracebackType

    import asyncssh

    from crystalmathd.runners.logins import Login
    from crystalmathd.runners.secrets import Secrets, SecretText, Stored
    from crystalmathd.runners.ssh_config import Route

__all__ = ["ConnectionManager", "Target"]

log = logging.getLogger(__name__)


class ConnectionManager:
    """Hands out connections while it is entered; closes them when it is left.

    `config` stands for `~/.ssh/config`. `clock` is monotonic, in seconds. `on_turn`
    is called when a host begins to answer, or does not answer any more.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        limits: SshLimits | None = None,
        config: Path | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits = limits or SshLimits()
        self.secrets = secrets
        self._config = config
        self._environ = environ
        self._clock = clock
        self._sleep = sleep
        self._now_ms = now_ms
        self._on_turn = on_turn
        self._hosts: dict[Target, Host] = {}
        self._paused: set[str] = set()
        self._handshakes = anyio.CapacityLimiter(self.limits.handshakes)
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks = self._running()
        tasks.cancel_scope.cancel()
        for host in self._hosts.values():
            host.drop()
        # What went wrong inside is not the tasks' error, and stays as it is.
        await tasks.__aexit__(None, None, None)
        self._tasks = None

    def _running(self) -> anyio.abc.TaskGroup:
        if self._tasks is None:
            raise RuntimeError("the connection manager is not entered")
        return self._tasks

    def in_background(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let work outlive its caller, though not the manager."""
        self._running().start_soon(work)

    def host(self, target: Target) -> Host:
        host = self._hosts.get(target)
        if host is None:
            host = Host(target, self.limits, self._clock(), self._on_turn)
            self._hosts[target] = host
            if target.host in self._paused:
                host.breaker.pause(HostPausedError(host=target.host), self._clock())
        return host

    def budget(self, target: Target) -> Budget:
        return self.host(target).budget(self._clock(), self._now_ms())

    def error(self, target: Target) -> HostError | None:
        """Return what stands in the way to a host, as far as it was tried."""
        return self.host(target).breaker.error

    async def connection(self, target: Target) -> asyncssh.SSHClientConnection:
        """Return the connection; log in if there is none and it is time to.

        Raises
        ------
        HostError
            If the host cannot be reached, or a person has to act first.
        """
        host = self.host(target)
        if host.connection is not None:
            return host.connection
        if host.attempt is None:
            if not host.breaker.attempts(self._clock()):
                raise self._again(host)
            host.attempt = Attempt()
            self._running().start_soon(self._log_in, host, host.attempt)
        attempt = host.attempt
        await attempt.done.wait()
        if attempt.error is not None:
            raise type(attempt.error)(**attempt.error.facts) from attempt.error
        if host.connection is None:
            reason = "the connection was lost at once"
            raise HostUnreachableError(host=target.host, reason=reason)
        return host.connection

    def answered(self, host: Host) -> None:
        """Take down that a host gave a sign of life."""
        host.last_answer = self._clock()

    async def _log_in(self, host: Host, attempt: Attempt) -> None:
        """Try as often as the circuit allows; whoever waits learns how it ended."""
        attempt.error = HostUnreachableError(
            host=host.target.host, reason="the login was broken off"
        )
        try:
            with attempt.scope:
                attempt.error = await self._attempts(host)
        except Exception as error:
            # A long-lived task of its own: a mistake here ends no other host's work.
            log.exception("the login to %s crashed", host.target.host)
            reason = f"{type(error).__name__}: {error}"
            attempt.error = HostUnreachableError(host=host.target.host, reason=reason)
            host.breaker.fail(attempt.error, self._clock())
        finally:
            host.attempt = None
            attempt.done.set()

    async def _attempts(self, host: Host) -> HostError | None:
        """Log in; return why not, after all attempts that are due."""
        n_attempts = host.breaker.attempts(self._clock())
        error: HostError | None = None
        for number in range(n_attempts):
            if number:
                await self._sleep(pause_s(number - 1, self.limits.first_pause_s))
            try:
                login = await self._login(host.target)
            except HostError as on_the_way:
                # The circuit of the host on the way says when that is tried again.
                return on_the_way
            host.breaker.begin(self._clock())
            try:
                host.connection = await self._log_in_once(host, login)
            except HostUnreachableError as failure:
                error = failure
            except HostError as refusal:
                log.warning("%s", refusal)
                host.breaker.refuse(refusal, self._clock())
                return refusal
            else:
                self.answered(host)
                host.breaker.succeed(self._clock())
                return None
        if error is not None:
            log.warning("%s", error)
            host.breaker.fail(error, self._clock())
        return error

    async def _log_in_once(
        self, host: Host, login: Login
    ) -> asyncssh.SSHClientConnection:
        await self._keep_distance(host)
        connection: asyncssh.SSHClientConnection | None = None
        is_lost = False

        def lose() -> None:
            nonlocal is_lost
            is_lost = True
            if connection is not None:
                host.lose(connection)

        async with self._handshakes:
            host.n_logins += 1
            host.last_login = self._clock()
            connection = await login.log_in(self.secrets, lose)
        if is_lost:
            reason = "the connection was lost at once"
            raise HostUnreachableError(host=host.target.host, reason=reason)
        return connection

    async def _login(self, target: Target) -> Login:
        """Return a login over the hosts on the way, which are pooled like all."""
        # asyncssh takes 200 ms to load, and a daemon without clusters needs none.
        from crystalmathd.runners.logins import Login  # noqa: PLC0415

        route = await self._resolved(target)
        if route.jump is None:
            return Login(target, route, self.limits, None)
        await self._see_an_end(route.jump, (target,))
        return Login(target, route, self.limits, await self.connection(route.jump))

    async def _see_an_end(self, jump: Target, way: tuple[Target, ...]) -> None:
        """See that the hosts on the way do not lead back to one of them.

        Raises
        ------
        SshConfigError
            If they do; `Host *` with a ProxyJump does so for the jump host itself.
        """
        following: Target | None = jump
        while following is not None:
            if following in way:
                names = " → ".join(one.host for one in (*way, following))
                reason = f"ProxyJump leads in a circle: {names}"
                raise SshConfigError(host=way[0].host, reason=reason)
            way = (*way, following)
            following = (await self._resolved(following)).jump

    async def _keep_distance(self, host: Host) -> None:
        """Wait until the last login is long enough ago."""
        due = host.not_before
        if host.last_login is not None:
            due = max(due, host.last_login + self.limits.login_spacing_s)
        await self._sleep(max(0.0, due - self._clock()))

    def _again(self, host: Host) -> HostError:
        """Return the error that still stands."""
        error = host.breaker.error
        if error is None:
            reason = "it is being tried just now"
            return HostUnreachableError(host=host.target.host, reason=reason)
        return type(error)(**error.facts)

    def replace(self, target: Target, connection: asyncssh.SSHClientConnection) -> None:
        """Drop a connection that gives no answer; the next caller logs in again."""
        host = self.host(target)
        if host.connection is connection:
            host.drop()

    def retry(self, name: str) -> None:
        """Let a host be tried at once again: a person acted."""
        for host in self._named(name):
            self._try_again(host)

    async def store_secret(
        self, kind: SecretKind, subject: str, secret: SecretText, *, is_kept: bool
    ) -> Stored:
        """Take a secret down, and let the hosts that waited for it be tried again."""
        stored = await self.secrets.store(kind, subject, secret, is_kept=is_kept)
        for host in self._hosts.values():
            error = host.breaker.error
            wants = error.facts.get("path") if isinstance(error, KeyLockedError) else ""
            is_named = kind is SecretKind.PASSWORD and host.target.host == subject
            if is_named or (kind is SecretKind.PASSPHRASE and str(wants) == subject):
                self._try_again(host)
        return stored

    def _try_again(self, host: Host) -> None:
        if host.connection is None and host.breaker.state is not HostState.PAUSED:
            host.breaker.ask(self._clock())

    def pause(self, name: str) -> None:
        """Send nothing more to a host, and let go of its connection."""
        self._paused.add(name)
        for host in self._named(name):
            error = HostPausedError(host=name)
            if host.attempt is not None:
                host.attempt.scope.cancel()
            host.drop()
            host.breaker.pause(error, self._clock())

    def resume(self, name: str) -> None:
        self._paused.discard(name)
        for host in self._named(name):
            if host.breaker.state is HostState.PAUSED:
                host.breaker.reset(self._clock())

    def wake(self, jitter_s: float = 0.0) -> None:
        """Drop every connection and try again: the machine slept, or moved.

        Each host is logged in to at some moment within `jitter_s`.
        """
        for host in self._hosts.values():
            host.drop()
            wait_s = random.uniform(0, jitter_s)  # noqa: S311  # spreads load
            host.not_before = self._clock() + wait_s
            if host.breaker.state is HostState.OPEN:
                host.breaker.reset(self._clock())

    def _named(self, name: str) -> list[Host]:
        return [one for one in self._hosts.values() if one.target.host == name]

    async def way(self, target: Target) -> tuple[Target, ...]:
        """Return the hosts on the way to a target, the first first, and itself."""
        way: tuple[Target, ...] = (target,)
        while True:
            jump = (await self._resolved(way[0])).jump
            if jump is None or jump in way:
                return way
            way = (jump, *way)

    async def identities(self, target: Target) -> tuple[Path, ...]:
        """Return the files of private keys that a login tries."""
        found = (await self._resolved(target)).identity_files
        return tuple(path for path in found if path.is_file())

    async def _resolved(self, target: Target) -> Route:
        """Return what the user's ssh configuration says of a host."""
        from crystalmathd.runners.ssh_config import resolve  # noqa: PLC0415

        read = partial(resolve, target, self._config, self._environ)
        return await anyio.to_thread.run_sync(read)

    async def shown_key(self, target: Target) -> HostKey:
        """Return the key that a host shows now; nobody is logged in.

        Raises
        ------
        HostKeyChangedError
            If another key is known for it.
        HostError
            If it, or a host on the way, cannot be reached.
        """
        from crystalmathd.runners import host_keys  # noqa: PLC0415
        from crystalmathd.runners.logins import key_error  # noqa: PLC0415

        login = await self._login(target)
        async with self._handshakes:
            offered = await login.fetch_key()
        known = await anyio.to_thread.run_sync(host_keys.KnownHosts, login.known_hosts)
        error = key_error(target.host, offered, known)
        if isinstance(error, HostKeyChangedError):
            raise error
        name = offered.host.lower()
        found = known.find(name, offered.port)
        return HostKey(
            place=host_keys.spelled(name, offered.port),
            algorithm=offered.key.get_algorithm(),
            fingerprint=host_keys.fingerprint(offered.key),
            is_known=any(one.key == offered.key for one in found),
        )

    async def trust(self, target: Target, confirmed: str) -> None:
        """Store the key of a host in the user's known_hosts.

        `confirmed`: the fingerprint that a person compared, `SHA256:…`.

        Raises
        ------
        HostKeyMismatchError
            If the host shows another key now.
        HostKeyChangedError
            If another key is known for it; that is never overridden here.
        """
        from crystalmathd.runners import host_keys  # noqa: PLC0415
        from crystalmathd.runners.logins import key_error  # noqa: PLC0415

        login = await self._login(target)
        async with self._handshakes:
            offered = await login.fetch_key()
        shown = host_keys.fingerprint(offered.key)
        if shown != confirmed:
            raise HostKeyMismatchError(
                host=target.host, fingerprint=shown, confirmed=confirmed
            )
        files = login.known_hosts
        known = await anyio.to_thread.run_sync(host_keys.KnownHosts, files)
        error = key_error(target.host, offered, known)
        if isinstance(error, HostKeyChangedError):
            raise error
        name = offered.host.lower()
        if not any(one.key == offered.key for one in known.find(name, offered.port)):
            add = partial(host_keys.add_key, files[0], name, offered.port, offered.key)
            await anyio.to_thread.run_sync(add)
        self.retry(target.host)
