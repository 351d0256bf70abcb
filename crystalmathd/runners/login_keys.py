"""The private keys that a login may use: of files, of the agent, with certificates."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import asyncssh
from asyncssh.public_key import load_identities

from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.runners.ssh_config import DEFAULT_KEYS, Route

AGENT_S: Final = 10.0


@dataclass(kw_only=True)
class Keys:
    """What can be shown, what is told of it, and what cannot be decrypted."""

    pairs: list[asyncssh.SSHKeyPair] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)


async def load_keys(route: Route, secrets: Secrets, stack: AsyncExitStack) -> Keys:
    """Collect what a route may log in with; the agent is held open by the stack."""
    keys = Keys()
    if route.agent_path:
        only = _identities(route) if route.has_only_these_identities else None
        agent = asyncssh.SSHAgentClient(route.agent_path)
        await stack.enter_async_context(agent)
        try:
            with anyio.fail_after(AGENT_S):
                held = await agent.get_keys(only)
        except (OSError, ValueError):
            keys.tried.append("no agent, for it does not answer")
        else:
            keys.pairs += held
            keys.tried.append(f"{len(held)} keys of the agent")
    certificates = [str(p) for p in route.certificate_files if p.is_file()]
    for path in route.identity_files:
        if path.is_file():
            await _load(path, certificates, secrets, keys)
        elif path.name not in DEFAULT_KEYS:
            keys.tried.append(f"not {path}, which is not there")
    return keys


async def _load(
    path: Path, certificates: Sequence[str], secrets: Secrets, keys: Keys
) -> None:
    """Add a key of a file; one that cannot be decrypted is taken down as locked."""
    load = partial(_pairs, path, certificates)
    try:
        keys.pairs += await anyio.to_thread.run_sync(load, None)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        if "passphrase" in str(error).lower():
            phrase = await secrets.get(SecretKind.PASSPHRASE, str(path))
            await _unlock(path, load, phrase, keys)
        else:  # it may be the public half of a key that the agent holds
            keys.tried.append(f"not {path}: {error}")
    except OSError as error:
        keys.tried.append(f"not {path}: {error.strerror}")
    else:
        keys.tried.append(f"key {path}")


async def _unlock(
    path: Path,
    load: Callable[[SecretText], Sequence[asyncssh.SSHKeyPair]],
    phrase: SecretText | None,
    keys: Keys,
) -> None:
    if phrase is None:
        keys.locked.append(path)
        return
    try:
        keys.pairs += await anyio.to_thread.run_sync(load, phrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        keys.locked.append(path)
    else:
        keys.tried.append(f"key {path}")


def _pairs(
    path: Path, certificates: Sequence[str], phrase: SecretText | None
) -> Sequence[asyncssh.SSHKeyPair]:
    told = None if phrase is None else phrase.reveal()
    return asyncssh.load_keypairs(str(path), told, list(certificates))


def _identities(route: Route) -> list[bytes]:
    """Return the public halves of the keys that alone may be taken of the agent."""
    found: list[bytes] = []
    for path in (*route.identity_files, *route.certificate_files):
        for name in (path, Path(f"{path}.pub"), Path(f"{path}-cert.pub")):
            try:
                found += load_identities([str(name)])
            except (OSError, asyncssh.KeyImportError):
                continue
    return found
