"""The ways to machines, as the daemon uses them: what a transport stands for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crystalmathd.errors import ClusterRefusedError
from crystalmathd.models.clusters import (
    Budget,
    Cluster,
    ClusterFacts,
    HostKey,
    HostState,
)
from crystalmathd.models.queues import QueuedJob
from crystalmathd.runners.schedulers.base import Command
from crystalmathd.runners.transports.base import Transport


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Where a secret is: in the `keyring` or in `memory`, and why not the keyring."""

    where: str
    note: str | None = None


class Site(Protocol):
    """The way to one machine, and what can be said of it without going there."""

    @property
    def transport(self) -> Transport:
        """How bytes and commands get there."""

    def budget(self) -> Budget:
        """Return how it stands with the host; nothing is asked."""

    def remedy(self) -> str:
        """Return what a person has to do before the host is tried again, if so."""

    def allow_login(self) -> None:
        """Let one login be tried, whatever was refused before: a person asks."""

    async def host_keys(self) -> Sequence[HostKey]:
        """Return the keys of the host and of those on the way.

        Raises
        ------
        CrystalmathError
            If one is another than the one that is known, or nobody answers.
        """

    async def trust(self, fingerprint: str) -> HostKey:
        """Store the key that has this fingerprint, asked for once more.

        Raises
        ------
        CrystalmathError
            If no host on the way shows it, or another one is known.
        """

    async def store_secret(self, kind: str, secret: str, *, keep: bool) -> Kept:
        """Keep a password or passphrase; the next login uses it."""

    async def forget_secret(self, kind: str) -> bool:
        """Forget it; tell whether there was one."""


class Batch(Protocol):
    """What a batch system can be asked beside the jobs of the daemon. Text only."""

    def queue_command(self, *, is_mine: bool) -> Command:
        """List the queue: the user's own jobs, or all."""

    def parse_queue(
        self, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Sequence[QueuedJob]:
        """Read the list.

        Raises
        ------
        ValueError
            If it is none; the message says what was printed.
        """

    def cancel_command(self, scheduler_id: str) -> Command:
        """Take a job out of the queue; fails in the words of the batch system."""

    def facts_command(self) -> Command:
        """Ask for version, partitions, accounting and how long ended jobs are shown."""

    def add_facts(
        self, facts: ClusterFacts, exit_code: int, stdout: bytes, stderr: bytes
    ) -> ClusterFacts:
        """Return the facts with the answer in them.

        Raises
        ------
        ValueError
            If there is no batch system that answers; the message has its words.
        """


class OwnSite:
    """The machine of the daemon: there is no login, and it always answers."""

    def __init__(self, name: str, transport: Transport) -> None:
        self._name = name
        self.transport = transport

    def budget(self) -> Budget:
        return Budget(state=HostState.CLOSED)

    def remedy(self) -> str:
        return ""

    def allow_login(self) -> None:
        pass  # none is needed

    async def host_keys(self) -> Sequence[HostKey]:
        raise self._refused()

    async def trust(self, fingerprint: str) -> HostKey:  # noqa: ARG002  # as of a host
        raise self._refused()

    async def store_secret(self, kind: str, secret: str, *, keep: bool) -> Kept:  # noqa: ARG002
        raise self._refused()

    async def forget_secret(self, kind: str) -> bool:  # noqa: ARG002  # likewise
        raise self._refused()

    def _refused(self) -> ClusterRefusedError:
        reason = "it is this machine; there is no login, so no key and no password"
        return ClusterRefusedError(name=self._name, reason=reason)


class Sites:
    """The way to each cluster, by the transport that it names."""

    def __init__(
        self,
        ways: Mapping[str, Callable[[Cluster], Site]],
        batches: Mapping[str, Callable[[Cluster], Batch]],
    ) -> None:
        self._ways = ways
        self._batches = batches

    def of(self, cluster: Cluster) -> Site:
        """Return the way to a cluster.

        Raises
        ------
        ClusterRefusedError
            If this daemon has no such transport.
        """
        way = self._ways.get(cluster.transport)
        if way is None:
            known = ", ".join(self._ways)
            reason = f"there is no transport {cluster.transport} here, but {known}"
            raise ClusterRefusedError(name=cluster.name, reason=reason)
        return way(cluster)

    def budget(self, cluster: Cluster) -> Budget:
        is_known = cluster.transport in self._ways
        return self.of(cluster).budget() if is_known else Budget()

    def remedy(self, cluster: Cluster) -> str:
        is_known = cluster.transport in self._ways
        return self.of(cluster).remedy() if is_known else ""

    def batch(self, cluster: Cluster) -> Batch | None:
        """Return how the batch system of a cluster is asked; None: it has none."""
        make = self._batches.get(cluster.scheduler)
        return None if make is None else make(cluster)
