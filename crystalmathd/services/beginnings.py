"""Making the next attempt of a job: its directory first, then its intent."""

from collections.abc import Callable

from crystalmathd.errors import QueueFieldError
from crystalmathd.failpoints import failpoint
from crystalmathd.models.jobs import Attempt, Cause, Evidence, Job, JobState
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.transports.base import RemoteFileError
from crystalmathd.runners.transports.local import LocalTransport
from crystalmathd.services.artefacts import Artefacts
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.layout import REMOTE, Layout
from crystalmathd.services.machines import Machine, Machines
from crystalmathd.services.preparation import (
    ATTEMPT_VARIABLE,
    JOB_VARIABLE,
    InputChangedError,
    new_token,
    prepare_directory,
    pretty,
)
from crystalmathd.settings import Settings
from crystalmathd.store import attempts, jobs
from crystalmathd.store.database import Database


class Beginnings:
    def __init__(
        self,
        database: Database,
        machines: Machines,
        layout: Layout,
        blobs: Blobs,
        artefacts: Artefacts,
        settings: Settings,
        boot_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._machines = machines
        self._layout = layout
        self._blobs = blobs
        self._settings = settings
        self._boot_id = boot_id
        self._now_ms = now_ms
        self._artefacts = artefacts
        self._here = LocalTransport()
        self._unwritten: dict[int, int] = {}
        """The number of an attempt whose directory was begun; it is tried again."""

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
        number = self._unwritten.get(
            job.job_id, self._layout.free_attempt(job.job_id, number)
        )
        self._unwritten[job.job_id] = number
        left = await self._database.read(
            lambda db: {p: attempts.artefacts_of(db, p) for p in job.parents}
        )
        machine = self._machines[job.cluster]
        place = machine.new_place(job, number, token, now)
        keys = {JOB_VARIABLE: str(job.job_id), ATTEMPT_VARIABLE: str(number)}
        try:
            if not machine.is_here:
                await self._note_place(machine, job, number, place)
            await prepare_directory(
                machine,
                self._artefacts,
                self._blobs,
                place,
                keys,
                plan,
                inputs,
                auxiliary,
                left,
                keep_scratch=self._settings.keep_scratch,
            )
        except InputChangedError as error:
            await self._end(job, JobState.FAILED, Cause.INPUT_CHANGED, str(error))
            return None
        except (RemoteFileError, QueueFieldError) as error:
            await self._end(job, JobState.FAILED, Cause.STAGING, str(error))
            return None
        failpoint("intent.before")
        attempt = await self._database.transact(
            lambda db: attempts.insert_intent(
                db,
                now,
                job.job_id,
                number,
                token,
                self._boot_id,
                None if machine.is_here else place.directory,
            )
        )
        failpoint("intent.after")
        del self._unwritten[job.job_id]
        return attempt

    async def _note_place(
        self, machine: Machine, job: Job, number: int, place: Place
    ) -> None:
        """Write down here where the files of an attempt are going to be."""
        directory = self._layout.attempt(job.job_id, number)
        note = {"cluster": machine.name, "directory": place.directory}
        await self._here.make_directory(str(directory))
        await self._here.write_file(str(directory / REMOTE), pretty(note))

    async def _end(self, job: Job, state: JobState, cause: str, text: str) -> None:
        self._unwritten.pop(job.job_id, None)
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
