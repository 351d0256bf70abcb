"""Submitting, explaining, finding and cancelling jobs, in the user's words."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from crystalmathd.errors import (
    ClusterNotFoundError,
    JobDeletedError,
    JobNotFoundError,
    JobStateError,
    ShuttingDownError,
    TokenReusedError,
)
from crystalmathd.failpoints import failpoint
from crystalmathd.models.clusters import LOCAL
from crystalmathd.models.jobs import (
    Artefact,
    Attempt,
    Job,
    is_end,
)
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Result
from crystalmathd.models.submissions import Submission
from crystalmathd.services.blobs import Blobs, file_sha256
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.drafts import read_drafts
from crystalmathd.services.layout import Layout
from crystalmathd.services.machines import Machines
from crystalmathd.services.planning import Keep, Parent, plan_job
from crystalmathd.store import attempts, clusters, generated, jobs, tombstones
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.events import last_seq
from crystalmathd.store.jobs import JobFilter, NewJob
from crystalmathd.store.tombstones import FilesLeft, Tombstone


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """The jobs of a submission; `created` is false if it was made before."""

    jobs: tuple[Job, ...]
    created: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """All that the store knows about one job."""

    job: Job
    plan: Plan
    attempts: tuple[Attempt, ...]
    results: tuple[Result, ...]
    artefacts: tuple[Artefact, ...]
    provenance: Mapping[str, bytes]
    """Generated file → where it comes from (JSON)."""


class Jobs:
    """What a client can do with jobs."""

    def __init__(
        self,
        database: Database,
        conductor: Conductor,
        layout: Layout,
        blobs: Blobs,
        machines: Machines,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._layout = layout
        self._blobs = blobs
        self._machines = machines
        self._now_ms = now_ms
        self.is_stopping = False

    async def submit(self, asked: Submission, client_token: str | None) -> Submitted:
        """Store one job or a collection; when this returns it is on disk.

        The same token with the same request gives the same jobs again.
        """
        if self.is_stopping:
            raise ShuttingDownError
        params_sha256 = fingerprint(asked)
        known = await self.submitted_before(client_token, params_sha256)
        if known is not None:
            return known
        new_jobs = await self._plan(asked, self._blobs.keep)
        return await self.store(new_jobs, client_token, params_sha256)

    async def store(
        self, new_jobs: Sequence[NewJob], client_token: str | None, params_sha256: str
    ) -> Submitted:
        """Store planned jobs, unless this token has stored them before."""
        now = self._now_ms()
        failpoint("submit.before")

        def insert(db: Connection) -> Submitted:
            # Asked again inside the transaction: another connection of the same
            # client may have been faster.
            found = _find_before(db, client_token, params_sha256)
            if found is not None:
                return found
            for parent in {p for new in new_jobs for p in new.parents}:
                existing_job(db, parent)  # it may have been deleted meanwhile
            for name in {new.cluster for new in new_jobs}:
                _check_cluster(db, name)
            submission, _ = jobs.insert_submission(
                db, now, client_token, params_sha256, new_jobs
            )
            stored = jobs.jobs_of_submission(db, submission)
            return Submitted(jobs=tuple(stored), created=True)

        submitted = await self._database.transact(insert)
        failpoint("submit.after")
        self._conductor.wake_queue()
        return submitted

    async def planned(self, asked: Submission) -> list[NewJob]:
        """Return what `submit` would store; nothing is written."""
        return await self._plan(asked, file_sha256)

    async def _plan(self, asked: Submission, keep: Keep) -> list[NewJob]:
        await self._database.read(lambda db: _check_cluster(db, asked.cluster))
        for one in asked.auxiliary:
            if one.blob is not None:
                self._blobs.path(one.blob)  # refused here if nobody has put it
        drafts = await anyio.to_thread.run_sync(read_drafts, asked)
        parents = await self.parents([link.job_id for link in asked.links])

        stems = frozenset(draft.stem for draft in drafts)
        site = self._machines.site(asked.cluster)

        def plan_all() -> list[NewJob]:
            return [
                plan_job(
                    *(draft, asked, site, parents, keep, self._blobs),
                    stems - {draft.stem},
                )
                for draft in drafts
            ]

        return await anyio.to_thread.run_sync(plan_all)

    async def parents(self, job_ids: Sequence[int]) -> dict[int, Parent]:
        """Return what is known of jobs whose files another one takes."""

        def read(db: Connection) -> dict[int, Parent]:
            found = {}
            for job_id in job_ids:
                existing_job(db, job_id)
                inputs, _ = jobs.find_inputs(db, job_id)
                plan = jobs.find_plan(db, job_id)
                found[job_id] = Parent(job_id=job_id, plan=plan, inputs=inputs)
            return found

        return await self._database.read(read) if job_ids else {}

    async def submitted_before(
        self, client_token: str | None, params_sha256: str
    ) -> Submitted | None:
        """Return what the same token with the same request has stored.

        Raises
        ------
        TokenReusedError
            If it was used for another request.
        JobDeletedError
            If what it stored was deleted since.
        """
        return await self._database.read(
            partial(
                _find_before, client_token=client_token, params_sha256=params_sha256
            )
        )

    async def fetch(
        self, wanted: JobFilter, limit: int, before: int | None
    ) -> tuple[list[Job], int]:
        """Return a page of jobs, and the last event of the same instant."""
        return await self._database.read(
            lambda db: (jobs.page_of_jobs(db, wanted, limit, before), last_seq(db))
        )

    async def find(self, job_id: int) -> Job:
        """Return a job.

        Raises
        ------
        JobNotFoundError, JobDeletedError
            If there is none of this number, or none any more.
        """
        return await self._database.read(lambda db: existing_job(db, job_id))

    async def details(self, job_id: int) -> Details:
        """Return all that is stored about a job, of one instant."""

        def read(db: Connection) -> Details:
            job = existing_job(db, job_id)
            made = attempts.attempts_of(db, job_id)
            # What an attempt gave that was to be made again is no result any more.
            has_run = bool(made) and made[-1].number >= job.first_attempt
            return Details(
                job=job,
                plan=jobs.find_plan(db, job_id),
                attempts=tuple(made),
                results=attempts.results_of(db, job_id) if has_run else (),
                artefacts=tuple(attempts.artefacts_of(db, job_id)),
                provenance=generated.origins_of(db, job_id),
            )

        return await self._database.read(read)

    async def wait_for_end(self, job_id: int, wait_s: float) -> Job:
        """Return the job when it has ended, or as it is after the wait."""
        job = await self.find(job_id)
        with anyio.move_on_after(wait_s):
            while not is_end(job.state):
                commit = self._database.next_commit
                job = await self.find(job_id)
                if not is_end(job.state):
                    await commit.wait()
        return job

    def directory(self, job: Job, attempts_made: Sequence[Attempt] = ()) -> Path:
        """Return where the files of a job are: those of its last attempt."""
        if attempts_made:
            return self._layout.attempt(job.job_id, attempts_made[-1].number)
        return self._layout.job(job.job_id)


def _check_cluster(db: Connection, name: str) -> None:
    """See that a cluster is there.

    Raises
    ------
    ClusterNotFoundError
        If it was never named, or was deleted meanwhile.
    """
    if name != LOCAL and clusters.find_cluster(db, name) is None:
        names = [one.cluster.name for one in clusters.all_clusters(db)]
        known = ", ".join(dict.fromkeys([LOCAL, *names]))
        raise ClusterNotFoundError(name=name, known=known)


def _find_before(
    db: Connection, client_token: str | None, params_sha256: str
) -> Submitted | None:
    if client_token is None:
        return None
    found = jobs.find_submission(db, client_token)
    if found is None:
        return None
    if found[1] != params_sha256:
        raise TokenReusedError(client_token=client_token)
    left = jobs.jobs_of_submission(db, found[0])
    if not left:
        raise _deleted(tombstones.buried_of_submission(db, found[0])[0])
    return Submitted(jobs=tuple(left), created=False)


def existing_job(db: Connection, job_id: int) -> Job:
    """Return a job.

    Raises
    ------
    JobNotFoundError, JobDeletedError
        If there is none of this number, or none any more.
    """
    job = jobs.find_job(db, job_id)
    if job is not None:
        return job
    tombstone = tombstones.find_tombstone(db, job_id)
    if tombstone is not None:
        raise _deleted(tombstone)
    raise JobNotFoundError(job_id=job_id)


def _deleted(tombstone: Tombstone) -> JobDeletedError:
    when = time.localtime(tombstone.deleted_ms / 1000)
    facts = {
        "deleted_ms": tombstone.deleted_ms,
        "directory": tombstone.directory,
        "n_files": tombstone.n_files,
        "size_bytes": tombstone.size_bytes,
    }
    return JobDeletedError(
        job_id=tombstone.job_id,
        name=tombstone.name,
        deleted=time.strftime("%Y-%m-%d %H:%M", when),
        files=_whereabouts(tombstone),
        **{name: fact for name, fact in facts.items() if fact is not None},
    )


def _whereabouts(tombstone: Tombstone) -> str:
    said = tombstone.files.replace("_", " ")
    if tombstone.files is FilesLeft.KEPT and tombstone.directory is not None:
        return f"{said} in {tombstone.directory}"
    return f"{said} ({tombstone.problem})" if tombstone.problem else said


def refused(job: Job, reason: str) -> JobStateError:
    return JobStateError(job_id=job.job_id, state=job.state, reason=reason)


def fingerprint(asked: object) -> str:
    """Return a hash that is the same for the same request."""
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()
