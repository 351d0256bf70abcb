"""Passwords and passphrases: in the system's keyring when asked, else in memory."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, NoReturn

import anyio

log = logging.getLogger(__name__)

SERVICE: Final = "crystalmath"
DEADLINE_S: Final = 30.0
"""A keyring that is locked asks a person, and waits for the answer."""


class SecretKind(StrEnum):
    PASSWORD = "password"  # noqa: S105  # a kind, not a secret
    """Of a host, as the target names it."""
    PASSPHRASE = "passphrase"  # noqa: S105
    """Of the file of a private key, by its absolute path."""
    MP_API_KEY = "mp-api-key"
    """Of the Materials Project, by its domain."""
    MPCONTRIBS_API_KEY = "mpcontribs-api-key"


class SecretPlace(StrEnum):
    KEYRING = "keyring"
    MEMORY = "memory"
    """Until the daemon ends."""


@dataclass(frozen=True, slots=True)
class SecretText:
    """A text that shows itself only to who asks for it by name."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is written nowhere")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """Where a secret lies; `refusal`: why it is not in the keyring as was asked."""

    where: SecretPlace
    refusal: str | None = None


class KeyringRefusedError(Exception):
    """The keyring cannot be used: locked, not there, or silent."""


class Secrets:
    """Secrets by kind and what they belong to. Memory stands above the keyring."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._memory: dict[tuple[SecretKind, str], SecretText] = {}
        self._left: threading.Thread | None = None
        """Still waits for an answer that nobody else waits for."""

    async def get(self, kind: SecretKind, subject: str) -> SecretText | None:
        """Return a secret; None if there is none, or the keyring cannot be asked."""
        if (kind, subject) in self._memory:
            return self._memory[kind, subject]
        try:
            found = await self._ask("get_password", kind, subject)
        except KeyringRefusedError as refusal:
            log.info("the keyring has no %s of %s: %s", kind, subject, refusal)
            return None
        return None if found is None else SecretText(found)

    async def store(
        self, kind: SecretKind, subject: str, secret: SecretText, *, is_kept: bool
    ) -> Stored:
        """Take a secret down; in the keyring only if the user asked for that."""
        refusal = None
        if is_kept:
            try:
                await self._ask("set_password", kind, subject, secret)
            except KeyringRefusedError as error:
                refusal = str(error)
            else:
                self._memory.pop((kind, subject), None)
                return Stored(where=SecretPlace.KEYRING)
        self._memory[kind, subject] = secret
        return Stored(where=SecretPlace.MEMORY, refusal=refusal)

    async def where(self, kind: SecretKind, subject: str) -> SecretPlace | None:
        """Say where a secret lies; None: nowhere that can be asked."""
        if (kind, subject) in self._memory:
            return SecretPlace.MEMORY
        is_there = await self.get(kind, subject) is not None
        return SecretPlace.KEYRING if is_there else None

    async def forget(self, kind: SecretKind, subject: str) -> str | None:
        """Remove a secret everywhere; return why the keyring did not do so, or None."""
        self._memory.pop((kind, subject), None)
        try:
            if await self._ask("get_password", kind, subject) is not None:
                await self._ask("delete_password", kind, subject)
        except KeyringRefusedError as error:
            return str(error)
        return None

    async def _ask(
        self,
        verb: str,
        kind: SecretKind,
        subject: str,
        secret: SecretText | None = None,
    ) -> str | None:
        if self._left is not None and self._left.is_alive():
            raise KeyringRefusedError("the keyring has not answered for a while")
        work = partial(_call, verb, f"{kind}:{subject}", secret)
        return await self._in_time(work)

    async def _in_time(self, work: Callable[[], str | None]) -> str | None:
        """Wait for the keyring, but not for ever: a dialogue may stand open for days.

        The thread that is left waiting does not keep the daemon from ending, which
        those of anyio would.
        """
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        asking = threading.Thread(
            target=_answer, args=(work, answer), daemon=True, name="keyring"
        )
        asking.start()
        try:
            with anyio.fail_after(self._deadline_s):
                return await answer
        except TimeoutError as error:
            self._left = asking
            reason = f"the keyring gave no answer within {self._deadline_s:g} s"
            raise KeyringRefusedError(reason) from error


def _answer(
    work: Callable[[], str | None], answer: "asyncio.Future[str | None]"
) -> None:
    """Do the work in a thread, and hand what came of it to the loop that waits."""
    found: str | None = None
    refusal: KeyringRefusedError | None = None
    try:
        found = work()
    except KeyringRefusedError as error:
        refusal = error

    def settle() -> None:
        if answer.done():
            return
        if refusal is None:
            answer.set_result(found)
        else:
            answer.set_exception(refusal)

    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        answer.get_loop().call_soon_threadsafe(settle)


def _call(verb: str, name: str, secret: SecretText | None) -> str | None:
    """Speak to the keyring; blocks."""
    import keyring  # noqa: PLC0415  # costs 50 ms, and most daemons need none
    import keyring.errors  # noqa: PLC0415

    words = () if secret is None else (secret.reveal(),)
    try:
        found = getattr(keyring, verb)(SERVICE, name, *words)
    except keyring.errors.NoKeyringError as error:
        raise KeyringRefusedError("there is no keyring on this machine") from error
    except keyring.errors.KeyringError as error:
        raise KeyringRefusedError(str(error) or type(error).__name__) from error
    except Exception as error:  # each backend has errors of its own
        raise KeyringRefusedError(f"{type(error).__name__}: {error}") from error
    return None if found is None else str(found)
