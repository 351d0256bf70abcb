"""The parts that tell how the daemon is, in one hand."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio.to_thread

from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.models.clusters import Budget
from crystalmathd.models.jobs import JobState
from crystalmathd.services.backups import Backups
from crystalmathd.services.layout import Layout
from crystalmathd.services.loop_lag import LoopLag
from crystalmathd.services.metrics import Durations, Metrics, openmetrics
from crystalmathd.services.scratch_watch import ScratchWatch
from crystalmathd.services.store_checks import SHOWN, deep_checks
from crystalmathd.services.store_watch import StoreWatch
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import last_seq
from crystalmathd.store.job_counts import count_by_state, count_doubts
from crystalmathd.store.jobs import all_numbers
from crystalmathd.store.tombstones import Tombstone, to_be_removed


def _why_left(tombstone: Tombstone) -> str:
    return tombstone.problem or f"{tombstone.directory} is being removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What the store says about all jobs, of one instant."""

    jobs_by_state: dict[str, int]
    n_doubts: int
    last_seq: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    database: Database
    loop_lag: LoopLag
    metrics: Metrics
    commits: Durations
    watch: StoreWatch
    scratch: ScratchWatch
    backups: Backups

    async def figures(self) -> Figures:
        def read(db: Connection) -> Figures:
            return Figures(
                jobs_by_state=count_by_state(db),
                n_doubts=count_doubts(db),
                last_seq=last_seq(db),
            )

        return await self.database.read(read)

    def degraded(self, figures: Figures) -> tuple[str, ...]:
        """Return what does not work as it should, a sentence each."""
        said = self.watch.complaints() + self.scratch.complaints()
        if figures.n_doubts:
            are = "job is" if figures.n_doubts == 1 else "jobs are"
            said.append(f"{figures.n_doubts} {are} in doubt")
        return tuple(said)

    def complaints(self) -> list[Check]:
        """Return what store and scratch were last seen to suffer from."""
        return [
            Check(id="store.works", status=FAIL, evidence=text)
            for text in self.watch.complaints()
        ] + [
            Check(
                id="scratch.room",
                status=FAIL,
                evidence=text,
                remedy="make room there; programs that find none fail or wait",
            )
            for text in self.scratch.complaints()
        ]

    async def deletions(self) -> Check:
        """See whether the files of deleted jobs are gone."""
        left = await self.database.read(to_be_removed)
        few = "; ".join(f"job {one.job_id}: {_why_left(one)}" for one in left[:SHOWN])
        return Check(
            id="jobs.deleted",
            status=WARN if left else OK,
            evidence=f"files of {len(left)} deleted jobs are still there: {few}"
            if left
            else "the files of every deleted job are gone or were to be kept",
            remedy="let them be written or remove them; the daemon tries again when "
            "it starts"
            if left
            else "",
        )

    async def deep_checks(self) -> list[Check]:
        """Look through the whole store; the larger it is, the longer."""
        path = self.database.path
        faults = await self.database.faults(is_deep=True)
        known = await self.database.read(all_numbers)
        on_disk = await anyio.to_thread.run_sync(Layout(path.parent).all_jobs)
        return deep_checks(path, faults, known, on_disk)

    async def openmetrics(
        self, n_clients: int, version: str, hosts: Mapping[str, Budget]
    ) -> str:
        figures = await self.figures()
        size, wal = await self.database.size_bytes()
        _, p99_ms, worst_ms = self.loop_lag.percentiles_ms()
        backup_ms = self.backups.last_ms()
        gauges = {
            "clients": ("Open connections.", float(n_clients)),
            "events_seq": ("Number of the last event.", float(figures.last_seq)),
            "in_doubt_jobs": (
                "Jobs whose state is not certain.",
                float(figures.n_doubts),
            ),
            "loop_lag_p99_seconds": ("How late the loop woke up.", p99_ms / 1000),
            "loop_lag_max_seconds": ("How late it woke up at most.", worst_ms / 1000),
            "db_size_bytes": ("Size of the store.", float(size)),
            "db_wal_bytes": ("Size of its write-ahead log.", float(wal)),
            "degraded": (
                "Number of complaints of `status`.",
                float(len(self.degraded(figures))),
            ),
            "start_time_seconds": (
                "When it started, since 1970.",
                self.metrics.started,
            ),
        }
        if backup_ms is not None:
            text = "When the store was last copied, since 1970."
            gauges["last_backup_timestamp_seconds"] = (text, backup_ms / 1000)
        by_state = figures.jobs_by_state
        states = {str(state): by_state.get(state, 0) for state in JobState}
        info = {"version": version}
        # The library takes its time to be imported, and texts take theirs.
        return await anyio.to_thread.run_sync(
            openmetrics, self.metrics, self.commits, states, gauges, info, hosts
        )
