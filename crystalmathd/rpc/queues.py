"""The handlers of the methods about the queues of batch systems."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import queues as messages
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.cancellation import Cancellation
from crystalmathd.services.clusters import Clusters
from crystalmathd.services.hosts import Hosts

LookNow = Callable[[str, Sequence[int]], Awaitable[None]]
"""Takes a cluster and its jobs that have not ended, and has them looked at."""


class QueueHandlers:
    def __init__(
        self,
        clusters: Clusters,
        hosts: Hosts,
        cancellation: Cancellation,
        look_now: LookNow,
    ) -> None:
        self._clusters = clusters
        self._hosts = hosts
        self._cancellation = cancellation
        self._look_now = look_now

    async def fetch_slurm_queue(
        self, _context: Context, params: messages.FetchSlurmQueueParams
    ) -> messages.FetchSlurmQueueResult:
        listed, own = await self._hosts.queue(
            params.cluster, params.wait_ms / 1000, is_mine=not params.all
        )
        jobs = [
            {
                **{name: getattr(one, name) for name in _FIELDS},
                "job_id": _text(own.get(one.scheduler_id)),
            }
            for one in listed[: messages.MAX_SHOWN]
        ]
        return messages.FetchSlurmQueueResult(
            cluster=params.cluster,
            jobs=msgspec.convert(jobs, tuple[messages.QueuedJob, ...]),
            n_jobs=len(listed),
        )

    async def cancel_slurm_job(
        self, context: Context, params: messages.CancelSlurmJobParams
    ) -> messages.CancelSlurmJobResult:
        name, scheduler_id = params.cluster, params.scheduler_id
        job_id = await self._hosts.own_job(name, scheduler_id)
        cancel: Callable[[], Awaitable[object]]
        if job_id is None:
            wait_s = params.wait_ms / 1000
            cancel = partial(self._hosts.cancel_queued, name, scheduler_id, wait_s)
        else:
            cancel = partial(self._cancellation.ask, job_id)
        await context.finish(cancel)
        return messages.CancelSlurmJobResult(
            cluster=name, scheduler_id=scheduler_id, job_id=_text(job_id)
        )

    async def sync_remote_jobs(
        self, _context: Context, params: messages.SyncRemoteJobsParams
    ) -> messages.SyncRemoteJobsResult:
        jobs = await self._clusters.active_jobs(params.cluster)
        await self._look_now(params.cluster, jobs)
        return messages.SyncRemoteJobsResult(
            cluster=params.cluster, job_ids=tuple(map(str, jobs))
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


_FIELDS: Final = tuple(
    name for name in messages.QueuedJob.__struct_fields__ if name != "job_id"
)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


HANDLERS: Final = ("fetch_slurm_queue", "cancel_slurm_job", "sync_remote_jobs")
