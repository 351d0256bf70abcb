"""The clusters that jobs run on: naming, changing, pausing and forgetting them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.errors import (
    ClusterBusyError,
    ClusterChangedError,
    ClusterExistsError,
    ClusterNotFoundError,
    ClusterRefusedError,
)
from crystalmathd.models.clusters import (
    ADOPTED,
    AUTO,
    LOCAL,
    Budget,
    Cluster,
    ClusterFacts,
)
from crystalmathd.services.cluster_changes import (
    Changes,
    check_cluster,
    cleared,
    refuse_for_own,
    with_changes,
)
from crystalmathd.services.sites import Sites
from crystalmathd.settings import Settings
from crystalmathd.store import clusters as table
from crystalmathd.store.clusters import StoredCluster
from crystalmathd.store.database import Connection, Database

SSH: Final = "ssh"
MOST_NAMED: Final = 5
WHERE_JOBS_ARE: Final = ("transport", "scheduler", "host", "user", "root")
"""What is not changed under jobs that have not ended: nobody would find them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterView:
    """A cluster, how it stands, and the jobs that it has."""

    stored: StoredCluster
    budget: Budget
    jobs_by_state: Mapping[str, int]


class Clusters:
    """What a client can do with clusters as they stand in the store.

    `on_change` is told of every cluster that is new, changed or looked over, and
    `on_removal` of every one that is forgotten, after that was stored.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        sites: Sites,
        now_ms: Callable[[], int],
        *,
        on_change: Callable[[StoredCluster], None] = lambda _: None,
        on_removal: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._sites = sites
        self._now_ms = now_ms
        self._on_change = on_change
        self._on_removal = on_removal

    async def all(self) -> list[ClusterView]:
        """Return this machine, then the others by name."""

        def read(db: Connection) -> list[ClusterView]:
            counts = table.count_by_cluster(db)
            stored = [
                one for one in table.all_clusters(db) if one.cluster.name != LOCAL
            ]
            return [
                self._view(one, counts) for one in (self._existing(db, LOCAL), *stored)
            ]

        return await self._database.read(read)

    async def get(self, name: str) -> ClusterView:
        """Return a cluster.

        Raises
        ------
        ClusterNotFoundError
            If there is none of that name.
        """
        return await self._database.read(
            lambda db: self._view(self._existing(db, name), table.count_by_cluster(db))
        )

    async def find(self, name: str) -> StoredCluster:
        return await self._database.read(lambda db: self._existing(db, name))

    async def create(self, name: str, changes: Changes) -> ClusterView:
        """Store a cluster, or find that it is stored; nothing is asked of it yet."""
        if name in {LOCAL, ADOPTED}:
            raise ClusterExistsError(name=name)
        transport = changes.transport or SSH
        plain = Cluster(name=name, transport=transport, scheduler=AUTO)
        if transport == SSH:
            plain = replace(plain, host=name)
        cluster = with_changes(plain, changes)
        check_cluster(cluster)

        def insert(db: Connection) -> StoredCluster:
            is_new = table.insert_cluster(db, self._now_ms(), cluster)
            stored = self._existing(db, name)
            if not is_new and stored.cluster != cluster:
                raise ClusterExistsError(name=name)
            return stored

        return await self._changed(insert)

    async def update(
        self,
        name: str,
        changes: Changes,
        clear: tuple[str, ...] = (),
        version: int | None = None,
    ) -> ClusterView:
        """Change what is named; what is in `clear` first."""

        def change(db: Connection) -> StoredCluster:
            before = self._existing(db, name)
            if version is not None and version != before.version:
                raise ClusterChangedError(
                    name=name, version=before.version, asked=version
                )
            if name == LOCAL:
                refuse_for_own(changes, clear)
            after = with_changes(cleared(before.cluster, clear), changes)
            check_cluster(after)
            self._refuse_under_jobs(db, before.cluster, after)
            return self._stored(db, before, after)

        return await self._changed(change)

    async def set_paused(self, name: str, *, is_paused: bool) -> ClusterView:
        """Let no more jobs start there, or let them start again."""

        def change(db: Connection) -> StoredCluster:
            before = self._existing(db, name)
            after = replace(before.cluster, is_paused=is_paused)
            return (
                before if after == before.cluster else self._stored(db, before, after)
            )

        return await self._changed(change)

    async def delete(self, name: str) -> int:
        """Forget a cluster; return how many ended jobs keep its name.

        Raises
        ------
        ClusterBusyError
            If jobs there have not ended.
        """
        if name == LOCAL:
            reason = "it is this machine, which is always there"
            raise ClusterRefusedError(name=name, reason=reason)

        def remove(db: Connection) -> int:
            self._existing(db, name)
            in_the_way = table.remove_cluster(db, self._now_ms(), name)
            if in_the_way:
                reason = "cancel them, or wait until they have ended"
                raise _busy(name, in_the_way, reason)
            return sum(table.count_by_cluster(db).get(name, {}).values())

        n_jobs = await self._database.transact(remove)
        self._on_removal(name)
        return n_jobs

    async def looked_over(self, name: str, facts: ClusterFacts, scheduler: str) -> None:
        """Store what was found, and the scheduler if it was still to be found out."""

        def write(db: Connection) -> StoredCluster | None:
            before = table.find_cluster(db, name)
            if before is None and name == LOCAL:
                own = self._existing(db, LOCAL)
                table.insert_cluster(db, self._now_ms(), own.cluster)
            elif before is None:
                return None  # it was deleted meanwhile
            elif before.cluster.scheduler == AUTO:
                self._stored(db, before, replace(before.cluster, scheduler=scheduler))
            table.store_facts(db, self._now_ms(), name, facts)
            return self._existing(db, name)

        stored = await self._database.transact(write)
        if stored is not None:
            self._on_change(stored)

    async def active_jobs(self, name: str) -> list[int]:
        """Return the jobs there that have not ended."""

        def read(db: Connection) -> list[int]:
            self._existing(db, name)
            return table.unfinished_jobs(db, name)

        return await self._database.read(read)

    async def _changed(
        self, change: Callable[[Connection], StoredCluster]
    ) -> ClusterView:
        def write(db: Connection) -> tuple[StoredCluster, dict[str, dict[str, int]]]:
            return change(db), table.count_by_cluster(db)

        stored, counts = await self._database.transact(write)
        self._on_change(stored)
        return self._view(stored, counts)

    def _stored(
        self, db: Connection, before: StoredCluster, after: Cluster
    ) -> StoredCluster:
        now = self._now_ms()
        if not before.version:
            table.insert_cluster(db, now, before.cluster)
            before = self._existing(db, before.cluster.name)
        stored = table.change_cluster(db, now, after, before.version)
        return self._existing(db, stored.cluster.name)

    def _existing(self, db: Connection, name: str) -> StoredCluster:
        stored = table.find_cluster(db, name)
        if name == LOCAL:
            return own_cluster(self._settings, stored)
        if stored is None:
            known = [LOCAL, *(one.cluster.name for one in table.all_clusters(db))]
            raise ClusterNotFoundError(name=name, known=", ".join(dict.fromkeys(known)))
        return stored

    def _view(
        self, stored: StoredCluster, counts: Mapping[str, Mapping[str, int]]
    ) -> ClusterView:
        return ClusterView(
            stored=stored,
            budget=self._sites.budget(stored.cluster),
            jobs_by_state=counts.get(stored.cluster.name, {}),
        )

    def _refuse_under_jobs(
        self, db: Connection, before: Cluster, after: Cluster
    ) -> None:
        moved = [f for f in WHERE_JOBS_ARE if getattr(before, f) != getattr(after, f)]
        if before.scheduler == AUTO and "scheduler" in moved:
            moved.remove("scheduler")
        jobs = table.unfinished_jobs(db, before.name) if moved else []
        if jobs:
            reason = f"{' and '.join(moved)} stay as they are until then"
            raise _busy(before.name, jobs, reason)


def own_cluster(settings: Settings, stored: StoredCluster | None) -> StoredCluster:
    """Return this machine: what the settings say stands above what is stored.

    Version 0: nobody has changed it yet.
    """
    if stored is None:
        plain = Cluster(name=LOCAL, transport=LOCAL, scheduler="direct")
        stored = StoredCluster(
            cluster=plain, facts=None, created_ms=0, changed_ms=0, version=0
        )
    cluster = replace(
        stored.cluster,
        scheduler="direct",
        root=str(settings.database.parent),
        scratch_base=str(settings.scratch_base),
        max_cores=settings.cores,
        poll_interval_s=settings.poll_interval_s,
        max_poll_interval_s=max(
            settings.poll_interval_s, stored.cluster.max_poll_interval_s
        ),
    )
    return replace(stored, cluster=cluster)


def _busy(name: str, jobs: list[int], reason: str) -> ClusterBusyError:
    named = ", ".join(map(str, jobs[:MOST_NAMED]))
    more = ", …" if len(jobs) > MOST_NAMED else ""
    return ClusterBusyError(
        name=name, n_jobs=len(jobs), jobs=named + more, reason=reason
    )
