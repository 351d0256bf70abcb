"""One login to one host: with which keys, and why it was refused."""

import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import asyncssh
from asyncssh.public_key import (
    get_default_certificate_algs,
    get_default_public_key_algs,
)

from crystalmathd.errors import (
    HostError,
    HostKeyChangedError,
    HostKeyUnknownError,
    HostUnreachableError,
    KeyLockedError,
    LoginRefusedError,
    SshConfigError,
)
from crystalmathd.runners.host_keys import KnownHosts, fingerprint
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.login_keys import Keys, load_keys
from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.runners.ssh_config import Route
from crystalmathd.runners.targets import Target

FIRST: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""The kinds of keys in the order of ssh, whose fingerprints are what sites publish."""
PLAIN_KEYS: Final = list(
    dict.fromkeys([*FIRST, *(name.decode() for name in get_default_public_key_algs())])
)
"""Without certificates of hosts: nobody can confirm one by its fingerprint."""
WINDOW: Final = 16 << 20
"""Bytes under way to us: asyncssh's own 2 MiB allow 20 MB/s at 100 ms."""
REFUSALS: Final = ("authentication fail", "auth fail")
"""How servers say goodbye after too many keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """The key that a server showed, and that is not trusted."""

    host: str
    port: int
    key: asyncssh.SSHKey


class Client(asyncssh.SSHClient):
    """What asyncssh asks on the way; a secret is given once, never twice."""

    def __init__(
        self,
        find_password: Callable[[], Awaitable[SecretText | None]],
        greeted: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self.offered: Offered | None = None
        self.tried: list[str] = []
        self._find_password = find_password
        self._password: SecretText | None = None
        self._is_asked = False
        self._greeted = greeted
        self._lost = lost

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:  # noqa: ARG002  # asyncssh's signature
        self._greeted()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._lost()

    def validate_host_public_key(
        self,
        host: str,
        addr: str,  # noqa: ARG002
        port: int,
        key: asyncssh.SSHKey,
    ) -> bool:
        self.offered = Offered(host=host, port=port, key=key)
        return False

    validate_host_ca_key = validate_host_public_key

    async def password_auth_requested(self) -> str | None:
        return await self._give("password")

    async def kbdint_auth_requested(self) -> str | None:
        return "" if await self._is_there() else None

    async def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002
        instructions: str,  # noqa: ARG002
        lang: str,  # noqa: ARG002
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        if not prompts:
            return []
        if len(prompts) == 1 and "password" in prompts[0][0].lower():
            given = await self._give("password as an answer")
            return None if given is None else [given]
        asked = ", ".join(prompt.strip() for prompt, _ in prompts)
        self.tried.append(f"nothing for the question {asked!r}")
        return None

    async def _is_there(self) -> bool:
        """Look the password up, which asks the keyring: only where one is wanted."""
        if not self._is_asked:
            self._is_asked = True
            self._password = await self._find_password()
        return self._password is not None

    async def _give(self, how: str) -> str | None:
        if not await self._is_there():
            return None
        password, self._password = self._password, None
        self.tried.append(how)
        return None if password is None else password.reveal()


async def no_password() -> None:
    return None


class Login:
    """An attempt to reach a target, over another connection where one is given."""

    def __init__(
        self,
        target: Target,
        route: Route,
        limits: SshLimits,
        tunnel: asyncssh.SSHClientConnection | None,
    ) -> None:
        self._target = target
        self._route = route
        self._limits = limits
        self._tunnel = tunnel

    @property
    def known_hosts(self) -> tuple[Path, ...]:
        """The files that say which keys are trusted; new ones go to the first."""
        return self._route.known_hosts

    async def log_in(
        self, secrets: Secrets, lost: Callable[[], None]
    ) -> asyncssh.SSHClientConnection:
        """Return a connection whose key is trusted; `lost` is called at its end.

        Raises
        ------
        HostError
            What stands in the way; only HostUnreachableError may pass by itself.
        """
        known = await anyio.to_thread.run_sync(KnownHosts, self._route.known_hosts)
        find = partial(secrets.get, SecretKind.PASSWORD, self._target.host)
        client: Client | None = None
        async with AsyncExitStack() as stack:
            keys = await load_keys(self._route, secrets, stack)
            try:
                with anyio.fail_after(self._limits.connect_s) as scope:
                    client = Client(find, partial(self._extend, scope), lost)
                    return await self._connect(client, known, keys)
            except (OSError, ValueError, asyncssh.Error) as error:
                offered = None if client is None else client.offered
                if isinstance(error, asyncssh.HostKeyNotVerifiable) or (
                    "host key alg" in str(error)
                ):
                    offered = offered or await self.fetch_key()
                    raise key_error(self._target.host, offered, known) from error
                tried = [*keys.tried, *(client.tried if client else ())]
                raise self._error(error, keys, tried) from error

    async def fetch_key(self) -> Offered:
        """Return the key that the server shows; nobody is logged in."""
        try:
            with anyio.fail_after(self._limits.connect_s):
                client = Client(no_password, lambda: None, lambda: None)
                await self._connect(client, KnownHosts(()), Keys())
        except (OSError, asyncssh.Error) as error:
            if client.offered is not None:
                return client.offered
            reason = words(error, self._limits)
            raise HostUnreachableError(host=self._target.host, reason=reason) from error
        raise AssertionError("a key that nobody trusts was trusted")

    def _extend(self, scope: anyio.CancelScope) -> None:
        scope.deadline = anyio.current_time() + self._limits.login_s

    async def _connect(
        self, client: Client, known: KnownHosts, keys: Keys
    ) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            self._target.host,
            self._target.port or (),
            config=list(self._route.files),
            tunnel=self._tunnel,
            username=self._route.user,
            client_factory=lambda: client,
            known_hosts=lambda host, _, port: known.matches(host.lower(), port or 22),
            server_host_key_algs=self._algorithms(known),
            client_keys=keys.pairs or None,
            client_certs=[],
            agent_path=None,
            agent_forwarding=False,
            x11_forwarding=False,
            connect_timeout=None,
            login_timeout=self._limits.login_s,
            keepalive_interval=self._limits.keepalive_s,
            keepalive_count_max=self._limits.keepalive_count,
            utf8_decode_errors="replace",
            window=WINDOW,
            gss_host=None,
        )

    def _algorithms(self, known: KnownHosts) -> Sequence[str]:
        """Return which kinds of keys the server may show: known ones first.

        asyncssh would take no other kind where one is known, and a host whose key
        changed to another kind could not be told from one that is down.
        """
        if self._route.has_own_key_algorithms:
            return ()
        keys, authorities, *_ = known.matches(self._route.key_name, self._route.port)
        kinds = [name for key in keys for name in key.sig_algorithms]
        if authorities:
            kinds = [*get_default_certificate_algs(), *kinds]
        return list(dict.fromkeys([*(kind.decode() for kind in kinds), *PLAIN_KEYS]))

    def _error(self, error: Exception, keys: Keys, tried: Sequence[str]) -> HostError:
        host = self._target.host
        is_refusal = any(word in str(error).lower() for word in REFUSALS)
        if isinstance(error, asyncssh.PermissionDenied | asyncssh.IllegalUserName) or (
            isinstance(error, asyncssh.DisconnectError) and is_refusal
        ):
            if keys.locked:
                return KeyLockedError(host=host, path=keys.locked[0])
            said = ", ".join(tried) or "nothing, for there is no key and no password"
            reason = words(error, self._limits)
            return LoginRefusedError(
                host=host, user=self._route.user, reason=reason, tried=said
            )
        if isinstance(error, ValueError):
            return SshConfigError(host=host, reason=error)
        return HostUnreachableError(host=host, reason=words(error, self._limits))


def key_error(host: str, offered: Offered, known: KnownHosts) -> HostError:
    """Tell a key that is unknown from one that has changed."""
    told = {
        "host": host,
        "port": offered.port,
        "algorithm": offered.key.get_algorithm(),
        "fingerprint": fingerprint(offered.key),
    }
    for one in known.find(offered.host.lower(), offered.port):
        if one.key != offered.key or one.is_revoked:
            marked = "revoked " if one.is_revoked else ""
            return HostKeyChangedError(
                **told,
                known_fingerprint=marked + fingerprint(one.key),
                file=one.file,
                line=one.line,
            )
    return HostKeyUnknownError(**told)


def words(error: Exception, limits: SshLimits) -> str:
    """Return what went wrong on the way, for people."""
    if isinstance(error, TimeoutError):
        return f"no answer within {limits.connect_s:g} s, or no login in time"
    if isinstance(error, socket.gaierror):
        return "its name is not known to this machine's resolver"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # asyncio's own words hide what happened
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, asyncssh.Error):
        return error.reason or type(error).__name__
    return str(error)
