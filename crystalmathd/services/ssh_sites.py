"""The way to a cluster that is reached by SSH, as users steer it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from crystalmathd.errors import ClusterRefusedError, HostKeyMismatchError
from crystalmathd.models.clusters import Budget, Cluster, HostKey, HostState
from crystalmathd.runners.connections import ConnectionManager
from crystalmathd.runners.secrets import SecretKind, SecretPlace, SecretText
from crystalmathd.runners.targets import Target
from crystalmathd.runners.transports.base import Transport
from crystalmathd.services.remedies import remedy
from crystalmathd.services.sites import Kept

CLOSED_WAYS: Final = {HostState.OPEN, HostState.HALF_OPEN, HostState.AUTH_REQUIRED}


def target_of(cluster: Cluster) -> Target:
    return Target(
        host=cluster.host or cluster.name,
        user=cluster.user,
        port=cluster.port,
        identity_file=cluster.identity_file,
        proxy_jump=cluster.proxy_jump,
    )


class SshSite:
    def __init__(
        self, connections: ConnectionManager, transport: Transport, cluster: Cluster
    ) -> None:
        self._connections = connections
        self._target = target_of(cluster)
        self._name = cluster.name
        self.transport = transport

    def budget(self) -> Budget:
        return self._connections.budget(self._target)

    def obstacle(self) -> str | None:
        """Return why nothing can be asked of the host now; None if it can."""
        budget = self.budget()
        return budget.reason if budget.state in CLOSED_WAYS else None

    def remedy(self) -> str:
        is_refused = self.budget().state is HostState.AUTH_REQUIRED
        error = self._connections.error(self._target)
        return remedy(self._name, error) if is_refused else ""

    def allow_login(self) -> None:
        self._connections.retry(self._target.host)

    async def host_keys(self) -> Sequence[HostKey]:
        """Return the keys on the way, up to the first that is not known."""
        found: list[HostKey] = []
        for target in await self._connections.way(self._target):
            found.append(await self._connections.shown_key(target))
            if not found[-1].is_known:
                break
        return found

    async def trust(self, fingerprint: str) -> HostKey:
        shown = None
        for target in await self._connections.way(self._target):
            shown = await self._connections.shown_key(target)
            if shown.fingerprint == fingerprint:
                await self._connections.trust(target, fingerprint)
                self.allow_login()
                return replace(shown, is_known=True)
            if not shown.is_known:
                break
        raise HostKeyMismatchError(
            host=self._target.host,
            fingerprint=shown.fingerprint if shown is not None else "none",
            confirmed=fingerprint,
        )

    async def store_secret(self, kind: str, secret: str, *, keep: bool) -> Kept:
        store = partial(self._connections.secrets.store, is_kept=keep)
        kept = Kept(where="memory")
        for subject in await self._subjects(SecretKind(kind)):
            stored = await store(SecretKind(kind), subject, SecretText(secret))
            kept = Kept(where=stored.where, note=stored.refusal)
        self.allow_login()
        return kept

    async def forget_secret(self, kind: str) -> bool:
        secrets, was_there = self._connections.secrets, False
        for subject in await self._subjects(SecretKind(kind)):
            place = await secrets.where(SecretKind(kind), subject)
            was_there |= place is not None
            problem = await secrets.forget(SecretKind(kind), subject)
            # Without a keyring there is nothing that it could have forgotten.
            if problem is not None and place is SecretPlace.KEYRING:
                reason = f"the keyring did not forget it: {problem}"
                raise ClusterRefusedError(name=self._name, reason=reason)
        return was_there

    async def _subjects(self, kind: SecretKind) -> tuple[str, ...]:
        """Return what a secret is of: the host, or each file of a private key."""
        if kind is SecretKind.PASSWORD:
            return (self._target.host,)
        files = await self._connections.identities(self._target)
        if not files:
            reason = "no file of a private key is there that a passphrase could open"
            raise ClusterRefusedError(name=self._name, reason=reason)
        return tuple(map(str, files))
