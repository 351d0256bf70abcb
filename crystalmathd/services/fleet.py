"""The clusters of the store as machines that are used: built, changed, let go."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Final

import anyio
import anyio.abc

from crystalmathd.errors import HostUnreachableError
from crystalmathd.models.clusters import AUTO, LOCAL, Cluster, ClusterFacts
from crystalmathd.runners.connections import ConnectionManager
from crystalmathd.runners.limits import SshLimits
from crystalmathd.runners.schedulers import SCHEDULERS
from crystalmathd.runners.schedulers.base import Scheduler
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.schedulers.units import Units
from crystalmathd.runners.secrets import Secrets
from crystalmathd.runners.transports import TRANSPORTS
from crystalmathd.runners.transports.base import Transport
from crystalmathd.services.building import DIRECT, Builder
from crystalmathd.services.clusters import SSH, Clusters
from crystalmathd.services.host_watch import HostWatch
from crystalmathd.services.hosts import Hosts
from crystalmathd.services.layout import Layout
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.sites import OwnSite, Sites
from crystalmathd.services.ssh_sites import SshSite, target_of
from crystalmathd.settings import Settings
from crystalmathd.store.clusters import StoredCluster
from crystalmathd.store.database import Database

WAKING_S: Final = 10.0
"""After a sleep, hosts are connected to at some moment within so long."""


class Fleet:
    """`wake` takes the jobs that something has changed for; the queue is one of them.

    `on_return` is called when a host answers again. `is_unit`: this daemon is a unit
    of systemd.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        layout: Layout,
        store_id: str,
        *,
        is_unit: bool,
        wake: Callable[[Sequence[int]], None],
        on_return: Callable[[], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._wake = wake
        self._on_return = on_return
        self.machines = Machines()
        self.host_watch = HostWatch(database, self.machines, now_ms, self._host_is_back)
        self.secrets = Secrets()
        self._connections = ConnectionManager(
            self.secrets, limits=_limits(settings), on_turn=self.host_watch.wake
        )
        sites = Sites(
            {
                LOCAL: lambda one: OwnSite(one.name, self._transport(one)),
                SSH: self._ssh_site,
            },
            {"slurm": lambda one: SlurmBatch(one.path)},
        )
        self._builder = Builder(
            settings=settings,
            layout=layout,
            store_id=store_id,
            make_transport=self._transport,
            make_scheduler=partial(_scheduler, settings, is_unit=is_unit),
            make_batch=sites.batch,
            budget=sites.budget,
            remedy=sites.remedy,
            obstacle=self._obstacle,
            now_ms=now_ms,
        )
        self.clusters = Clusters(
            database,
            settings,
            sites,
            now_ms,
            on_change=self._put,
            on_removal=self.machines.drop,
        )
        self.hosts = Hosts(database, self.clusters, sites, now_ms)

    async def run(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Use the machines for ever; connections are closed at the end."""
        for view in await self.clusters.all():
            self._put(view.stored)
        async with self._connections:
            await self.machines.run(task_status=task_status)

    async def look_now(self, cluster: str, job_ids: Sequence[int]) -> None:
        """Look at the jobs of a cluster, and return when that was done.

        Raises
        ------
        HostUnreachableError
            If its host did not answer; what was seen before stays in doubt.
        """
        self._wake(job_ids)
        machine = self.machines[cluster]
        await machine.lookout.look_now()
        silence = self._obstacle(machine.cluster)
        if job_ids and silence is not None:
            raise HostUnreachableError(host=cluster, reason=silence)

    def wake_up(self) -> None:
        """Connect to every host anew: what was open before a sleep is open no more."""
        self._connections.wake(WAKING_S)
        for machine in self.machines:
            machine.lookout.hurry()
        self._wake(())

    def _put(self, stored: StoredCluster) -> None:
        """Let a cluster be as it stands in the store; its jobs are looked at anew."""
        self.machines.put(self._builder.build(stored.cluster, stored.facts))
        self._wake(())

    def _host_is_back(self, machine: Machine, jobs: Sequence[int]) -> None:
        """Look at once at what waited for a host."""
        machine.lookout.hurry()
        self._wake(jobs)
        self._on_return()

    def _transport(self, cluster: Cluster) -> Transport:
        if cluster.transport == LOCAL:
            return TRANSPORTS[LOCAL]()
        return TRANSPORTS[cluster.transport](self._connections, target_of(cluster))

    def _ssh_site(self, cluster: Cluster) -> SshSite:
        return SshSite(self._connections, self._transport(cluster), cluster)

    def _obstacle(self, cluster: Cluster) -> str | None:
        if cluster.transport == LOCAL:
            return None
        return self._ssh_site(cluster).obstacle()


def _limits(settings: Settings) -> SshLimits:
    return SshLimits(
        login_spacing_s=settings.ssh_login_spacing_s,
        connect_s=settings.ssh_connect_s,
        login_s=settings.ssh_login_s,
        keepalive_s=settings.ssh_keepalive_s,
        first_probe_s=settings.ssh_probe_s,
    )


def _scheduler(
    settings: Settings,
    cluster: Cluster,
    facts: ClusterFacts | None,
    *,
    is_unit: bool,
) -> Scheduler:
    """Return what starts jobs on a machine so that they outlive this process."""
    wants_units = {"auto": is_unit, "always": True, "never": False}
    if cluster.name == LOCAL and wants_units[settings.job_units]:
        return Units(os.environ)
    # One that was never looked over gets no jobs before that.
    name = DIRECT if cluster.scheduler == AUTO else cluster.scheduler
    path = list(cluster.path)
    sbatch = facts.executables.get("sbatch") if facts is not None else None
    if sbatch is not None:  # where a login finds it; our commands read no profile
        path.append(str(PurePosixPath(sbatch).parent))
    return SCHEDULERS[name](cluster.transport, path, cluster.template)
