"""What needs the way to a cluster: looking it over, its queue, its keys and secrets."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import anyio

from crystalmathd.errors import (
    ClusterRefusedError,
    ClusterSilentError,
    QueueUnreadableError,
)
from crystalmathd.models.checks import Check
from crystalmathd.models.clusters import AUTO, Cluster, ClusterFacts, HostKey
from crystalmathd.models.queues import QueuedJob
from crystalmathd.runners.schedulers.base import Command
from crystalmathd.runners.transports.base import (
    CommandResult,
    Transport,
    TransportError,
)
from crystalmathd.services import survey_checks
from crystalmathd.services.clusters import Clusters
from crystalmathd.services.remedies import NO_REMEDY, remedy
from crystalmathd.services.sites import Batch, Kept, Site, Sites
from crystalmathd.services.survey import (
    Survey,
    SurveyUnreadableError,
    parse_survey,
    survey_command,
)
from crystalmathd.store.attempts import queued_attempts
from crystalmathd.store.database import Database

COMMAND_S: Final = 90.0
MAX_QUEUE_BYTES: Final = 32 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class LookedOver:
    """What was found; no facts if the machine was not reached."""

    checks: tuple[Check, ...]
    facts: ClusterFacts | None


class Hosts:
    def __init__(
        self,
        database: Database,
        clusters: Clusters,
        sites: Sites,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._clusters = clusters
        self._sites = sites
        self._now_ms = now_ms

    async def look_over(self, name: str, wait_s: float) -> LookedOver:
        """Reach a machine, store what is found there, and say what is missing."""
        cluster = (await self._clusters.find(name)).cluster
        site = self._sites.of(cluster)
        site.allow_login()
        try:
            async with _patient(name, wait_s):
                return await self._look_over(cluster, site)
        except ClusterSilentError as error:
            known = site.budget().reason
            reason = f"{str(error).rstrip('.')}" + (f": {known}" if known else "")
            return _not_reached(cluster, reason)

    async def _look_over(self, cluster: Cluster, site: Site) -> LookedOver:
        started_ms = self._now_ms()
        try:
            result = await _run(site.transport, survey_command(cluster))
            survey = parse_survey(
                cluster, result.exit_code, result.stdout, result.stderr
            )
        except TransportError as error:
            return _not_reached(cluster, str(error), remedy(cluster.name, error.error))
        except SurveyUnreadableError as error:
            reason = f"it was reached, but /bin/sh there said: {error}"
            return _not_reached(cluster, reason)
        facts = _facts(survey, started_ms, self._now_ms())
        is_open = cluster.scheduler == AUTO
        scheduler = survey.scheduler if is_open else cluster.scheduler
        settled = replace(cluster, scheduler=scheduler)
        batch = self._sites.batch(settled)
        batch_checks: Sequence[Check]
        if batch is None:
            batch_checks = [survey_checks.direct(settled, facts)]
        else:
            facts, batch_checks = await _ask_batch(settled, site, batch, facts)
        checks = (
            survey_checks.reached(settled, facts),
            *batch_checks,
            *survey_checks.survey_checks(settled, survey, facts),
        )
        await self._clusters.looked_over(cluster.name, facts, scheduler)
        return LookedOver(checks=checks, facts=facts)

    async def host_keys(self, name: str, wait_s: float) -> Sequence[HostKey]:
        """Return the keys on the way to a machine; nothing is stored."""
        site = await self._site(name)
        async with _patient(name, wait_s):
            return await site.host_keys()

    async def trust(self, name: str, fingerprint: str, wait_s: float) -> HostKey:
        """Accept the key that a person has seen."""
        site = await self._site(name)
        async with _patient(name, wait_s):
            return await site.trust(fingerprint)

    async def store_secret(
        self, name: str, kind: str, secret: str, *, keep: bool
    ) -> Kept:
        return await (await self._site(name)).store_secret(kind, secret, keep=keep)

    async def forget_secret(self, name: str, kind: str) -> bool:
        return await (await self._site(name)).forget_secret(kind)

    async def queue(
        self, name: str, wait_s: float, *, is_mine: bool
    ) -> tuple[Sequence[QueuedJob], dict[str, int]]:
        """Return the queue, and the number of each of our jobs by its id there."""
        transport, batch = await self._batch(name)
        async with _patient(name, wait_s):
            try:
                command = batch.queue_command(is_mine=is_mine)
                result = await _run(transport, command)
                listed = batch.parse_queue(
                    result.exit_code, result.stdout, result.stderr
                )
            except (TransportError, ValueError) as error:
                raise QueueUnreadableError(name=name, reason=error) from error
        return listed, await self._own_ids(name)

    async def own_job(self, name: str, scheduler_id: str) -> int | None:
        """Return our job of this id in the queue of a cluster."""
        await self._clusters.find(name)
        return (await self._own_ids(name)).get(scheduler_id)

    async def cancel_queued(self, name: str, scheduler_id: str, wait_s: float) -> None:
        """Take a job out of the queue that is none of ours."""
        transport, batch = await self._batch(name)
        async with _patient(name, wait_s):
            try:
                result = await _run(transport, batch.cancel_command(scheduler_id))
            except TransportError as error:
                raise QueueUnreadableError(name=name, reason=error) from error
        lines = result.stderr.decode("utf-8", "replace").splitlines()
        # scancel (Slurm 22.05) ends with 0 also for a job that is not there.
        errors = [line for line in lines if "error:" in line]
        if result.exit_code or errors:
            said = "; ".join(errors or lines[-3:])[-500:] or "no reason given"
            reason = f"{scheduler_id} was not cancelled: {said}"
            raise ClusterRefusedError(name=name, reason=reason)

    async def _own_ids(self, name: str) -> dict[str, int]:
        found = await self._database.read(lambda db: queued_attempts(db, name))
        # Slurm writes `id;cluster` where there are several clusters.
        return {word.partition(";")[0]: job_id for word, job_id in found.items()}

    async def _site(self, name: str) -> Site:
        return self._sites.of((await self._clusters.find(name)).cluster)

    async def _batch(self, name: str) -> tuple[Transport, Batch]:
        cluster = (await self._clusters.find(name)).cluster
        batch = self._sites.batch(cluster)
        if batch is None:
            known = "is not known yet; `crystalmath clusters test` finds it out"
            reason = (
                f"its scheduler {known}"
                if cluster.scheduler == AUTO
                else f"it has no batch system, its scheduler is {cluster.scheduler}"
            )
            raise ClusterRefusedError(name=name, reason=reason)
        return self._sites.of(cluster).transport, batch


@asynccontextmanager
async def _patient(name: str, wait_s: float) -> AsyncIterator[None]:
    """Wait no longer than the caller does."""
    try:
        with anyio.fail_after(wait_s):
            yield
    except TimeoutError as error:
        raise ClusterSilentError(name=name, waited=f"{wait_s:g}") from error


async def _run(transport: Transport, command: Command) -> CommandResult:
    return await transport.run(
        command.arguments,
        deadline_s=COMMAND_S,
        max_output=MAX_QUEUE_BYTES,
        stdin=command.stdin,
        is_control=True,
    )


async def _ask_batch(
    cluster: Cluster, site: Site, batch: Batch, facts: ClusterFacts
) -> tuple[ClusterFacts, Sequence[Check]]:
    try:
        result = await _run(site.transport, batch.facts_command())
        facts = batch.add_facts(facts, result.exit_code, result.stdout, result.stderr)
    except (TransportError, ValueError) as error:
        return facts, [survey_checks.no_batch(cluster, str(error))]
    return facts, [*survey_checks.batch_checks(cluster, facts)]


def _facts(survey: Survey, started_ms: int, ended_ms: int) -> ClusterFacts:
    return ClusterFacts(
        checked_ms=ended_ms,
        home=survey.home,
        host=survey.host,
        user=survey.user,
        executables=survey.executables,
        has_modules=survey.has_modules,
        cores=survey.cores,
        free_root_mb=survey.root.free_mb,
        free_scratch_mb=survey.scratch.free_mb,
        clock_offset_s=_offset_s(survey.clock_s, started_ms, ended_ms),
    )


def _offset_s(clock_s: int, started_ms: int, ended_ms: int) -> float:
    """Return by how much a clock is off; 0 if it told a time when it was asked.

    It tells whole seconds.
    """
    if started_ms - 1000 <= clock_s * 1000 <= ended_ms:
        return 0.0
    return round(clock_s + 0.5 - (started_ms + ended_ms) / 2000, 1)


def _not_reached(cluster: Cluster, reason: str, what: str = NO_REMEDY) -> LookedOver:
    check = survey_checks.not_reached(cluster, reason, what)
    return LookedOver(checks=(check,), facts=None)
