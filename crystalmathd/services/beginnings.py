"""Making the next attempt of a job: its directory first, then its intent."""

from collections.abc import Callable, Mapping

from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import Attempt, Cause, Evidence, Job, JobState
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.transports.base import RemoteFileError
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.layout import Layout
from crystalmathd.services.preparation import (
    InputChangedError,
    new_token,
    prepare_directory,
)
from crystalmathd.settings import Settings
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Database


class Beginnings:
    def __init__(
        self,
        database: Database,
        runners: Mapping[str, Runner],
        layout: Layout,
        blobs: Blobs,
        settings: Settings,
        boot_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._runners = runners
        self._layout = layout
        self._blobs = blobs
        self._settings = settings
        self._boot_id = boot_id
        self._now_ms = now_ms

    async def new_attempt(self, job: Job) -> Attempt | None:
        """Prepare a directory and write the intent down; None if the job ended."""
        now = self._now_ms()
        if job.cancel_asked_ms is not None:
            await self._end(job, JobState.CANCELLED, Cause.CANCELLED, "nothing had run")
            return None
        token = new_token()
        number, plan, inputs, auxiliary = await self._database.read(
            lambda db: (
                attempts.next_number(db, job.job_id),
                jobs.find_plan(db, job.job_id),
                *jobs.find_inputs(db, job.job_id),
            )
        )
        number = self._layout.free_attempt(job.job_id, number)
        artefacts = await self._database.read(
            lambda db: {p: attempts.artefacts_of(db, p) for p in job.parents}
        )
        try:
            await prepare_directory(
                self._runners[job.cluster].transport,
                self._layout,
                self._blobs,
                job,
                number,
                token,
                plan,
                inputs,
                auxiliary,
                artefacts,
                keep_scratch=self._settings.keep_scratch,
            )
        except InputChangedError as error:
            await self._end(job, JobState.FAILED, Cause.INPUT_CHANGED, str(error))
            return None
        except RemoteFileError as error:
            await self._end(job, JobState.FAILED, Cause.STAGING, str(error))
            return None
        failpoint("intent.before")
        attempt = await self._database.transact(
            lambda db: attempts.insert_intent(
                db, now, job.job_id, number, token, self._boot_id
            )
        )
        failpoint("intent.after")
        return attempt

    async def _end(self, job: Job, state: JobState, cause: str, text: str) -> None:
        now = self._now_ms()
        seen = Evidence(seen_ms=now, source="daemon", text=text)
        await self._database.transact(
            lambda db: jobs.change_job(
                db,
                now,
                job,
                state=state,
                cause=cause,
                evidence=seen,
                cancel_asked_ms=job.cancel_asked_ms,
            )
        )
