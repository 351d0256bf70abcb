"""Why a job is in its state: one sentence for each fact, in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import anyio

from crystalmathd.models.clusters import ADOPTED, LOCAL
from crystalmathd.models.jobs import ACTIVE_STATES, Attempt, Job, JobState, is_end
from crystalmathd.models.observations import Alive, Observation, Orphaned, Unknown
from crystalmathd.services.answers import Answer, told
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.jobs import existing_job
from crystalmathd.services.lookout import Look
from crystalmathd.services.machines import Machines
from crystalmathd.services.recollection import Recollection
from crystalmathd.store import attempts, jobs, queue
from crystalmathd.store.database import Connection, Database

PATIENCE_S: Final = 2.0
"""A question is answered at once, with what is known by then."""
_DOING: Final = {
    JobState.STARTING: "It is being started.",
    JobState.PENDING: "It was handed to the scheduler and waits there.",
    JobState.RUNNING: "It runs.",
    JobState.COLLECTING: "Its programs have ended; its files are being read.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    """A job whose files this one takes; the state is None if it was deleted."""

    job_id: int
    state: JobState | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """All that the sentences are made of."""

    job: Job
    attempts: tuple[Attempt, ...]
    parents: tuple[Parent, ...]
    n_before: int
    cores_free: int | None
    cores_total: int | None
    n_jobs: int = 0
    """How many jobs of this store are on its machine."""
    max_jobs: int | None = None
    """How many of this user may be there, submitted by whatever means."""
    seen: Observation | None = None
    """What was seen just now of a job that waits elsewhere or is in doubt."""
    store_problem: str | None = None
    obstacle: str | None = None
    """Why nothing may start on its machine now."""
    remedy: str = ""
    """What a person has to do before its machine is asked again, if so."""
    scratch_left: str | None = None
    """Where an ended job has left files that can be collected."""
    has_inputs: bool = True
    """Only of an adopted run there may be none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """Why a job is in its state, and what that was taken from.

    `estimated_start_ms` is the belief of the batch system in which it waits.
    """

    job: Job
    sentences: tuple[str, ...]
    asked: tuple[Answer, ...]
    next_look_ms: int | None
    estimated_start_ms: int | None


class Reasons:
    def __init__(
        self,
        database: Database,
        conductor: Conductor,
        recollection: Recollection,
        machines: Machines,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._conductor = conductor
        self._recollection = recollection
        self._machines = machines
        self._now_ms = now_ms

    async def why(self, job_id: int) -> Why:
        """Return the reasons, and what was seen last."""

        def read(db: Connection) -> Situation:
            job = existing_job(db, job_id)
            limit, obstacle, remedy = self._limit(job)
            use = queue.in_use(db, job.cluster)
            return Situation(
                job=job,
                attempts=tuple(attempts.attempts_of(db, job_id)),
                parents=tuple(
                    Parent(job_id=p, state=_state(db, p)) for p in job.parents
                ),
                n_before=queue.queue_position(db, job),
                cores_free=None if limit is None else limit - use.cores,
                cores_total=limit,
                n_jobs=use.n_jobs,
                max_jobs=self._max_jobs(job),
                obstacle=obstacle,
                remedy=remedy,
                has_inputs=bool(jobs.find_inputs(db, job_id)[0]),
            )

        situation = await self._database.read(read)
        job, made = situation.job, list(situation.attempts)
        problem = self._database.problem
        asked: tuple[Answer, ...] = ()
        starts_ms = None
        if job.state in ACTIVE_STATES:
            look = await self._last_look(
                job, made, must_look=bool(job.doubt or problem)
            )
            situation = replace(situation, store_problem=problem)
            if look is not None:
                situation = replace(situation, seen=look.observation)
                asked = (told(job.cluster, look.observation, look.seen_ms),)
                starts_ms = _estimated_start_ms(look.observation)
        elif is_end(job.state) and await self._is_collectable(job, made):
            situation = replace(situation, scratch_left=made[-1].scratch)
        return Why(
            job=job,
            sentences=tuple(sentences(situation)),
            asked=asked,
            next_look_ms=self._conductor.next_look_ms(job_id),
            estimated_start_ms=starts_ms,
        )

    async def _is_collectable(self, job: Job, made: list[Attempt]) -> bool:
        """Tell whether files are left in scratch, if its machine says so at once."""
        with anyio.move_on_after(PATIENCE_S):
            return await self._recollection.refusal(job, made) is None
        return False

    async def _last_look(
        self, job: Job, made: Sequence[Attempt], *, must_look: bool
    ) -> Look | None:
        """Return the last look at a job; one of this machine is made now if it must.

        Others are asked for all jobs at once, and answer when they like.
        """
        if not made or job.cluster not in self._machines:
            return None
        machine = self._machines[job.cluster]
        if machine.is_near and must_look:
            seen = await self._conductor.look(job)
            return None if seen is None else Look(self._now_ms(), seen)
        return machine.lookout.last(made[-1].token)

    def _limit(self, job: Job) -> tuple[int | None, str | None, str]:
        """Return the cores of a job's machine, why nothing starts there, the remedy."""
        if job.cluster not in self._machines:
            return None, f"there is no cluster {job.cluster} any more", ""
        machine = self._machines[job.cluster]
        return machine.cores, machine.obstacle(), machine.remedy()

    def _max_jobs(self, job: Job) -> int | None:
        if job.cluster not in self._machines:
            return None
        return self._machines[job.cluster].cluster.max_jobs


def _estimated_start_ms(seen: Observation) -> int | None:
    if not isinstance(seen, Alive) or not seen.is_pending:
        return None
    return seen.estimated_start_ms


def _state(db: Connection, job_id: int) -> JobState | None:
    job = jobs.find_job(db, job_id)
    return None if job is None else job.state


def sentences(situation: Situation) -> list[str]:
    """Say what the job waits for, does, or ended of."""
    job = situation.job
    if job.state is JobState.HELD:
        return [f"It is held; `crystalmath release {job.job_id}` lets it start."]
    if job.state is JobState.QUEUED:
        return list(_queued(situation))
    if job.state in ACTIVE_STATES:
        return list(_active(situation))
    return list(_ended(situation))


def _queued(situation: Situation) -> Sequence[str]:
    job = situation.job
    awaited = [p for p in situation.parents if p.state is not JobState.COMPLETED]
    if awaited:
        return [
            f"It takes files of job {parent.job_id}, which {_outlook(parent)}."
            for parent in awaited
        ]
    said = []
    if situation.obstacle is not None:
        said.append(f"Nothing starts on {job.cluster}: {_stopped(situation.obstacle)}")
        if situation.remedy:
            said.append(_wait_for_you(situation))
    elif situation.cores_free is not None:
        needs = _counted(job.cores, "core")
        free = f"{max(situation.cores_free, 0)} of {situation.cores_total} are free"
        said.append(f"It needs {needs}; {free}.")
    if situation.max_jobs is not None and situation.obstacle is None:
        said.append(
            f"{job.cluster} takes at most {_counted(situation.max_jobs, 'job')} of "
            f"yours at once, those submitted by hand among them; "
            f"{situation.n_jobs} of this store are there."
        )
    if situation.n_before:
        stand = "job stands" if situation.n_before == 1 else "jobs stand"
        said.append(
            f"{situation.n_before} {stand} before it in the queue; its priority is "
            f"{job.priority}, and one point is worth an hour of waiting."
        )
    else:
        said.append("It is the next one in the queue.")
    return said


def _outlook(parent: Parent) -> str:
    if parent.state is None:
        return "was deleted; it cannot start"
    return f"is {parent.state}; it starts when that has completed"


def _active(situation: Situation) -> Sequence[str]:
    job = situation.job
    said = [_DOING[job.state]]
    if isinstance(situation.seen, Alive) and situation.seen.note:
        said.append(f"{job.cluster} says: {_stopped(situation.seen.note)}")
    if situation.attempts:
        last = situation.attempts[-1]
        said.append(f"Attempt {last.number} is {last.state}{_known_as(situation)}.")
    if job.cancel_asked_ms is not None:
        said.append("It was asked to end.")
    if job.doubt is not None:
        said.append(f"This is the last known state. In doubt: {_stopped(job.doubt)}")
    obstacle = situation.obstacle
    if job.doubt is not None and obstacle is not None and obstacle != job.doubt:
        said.append(f"{job.cluster}: {_stopped(obstacle)}")
    if situation.store_problem is not None:
        said.append(_stopped(situation.store_problem))
    if job.doubt is not None or situation.store_problem is not None:
        said.append(_way_out(situation))
    return said


def _known_as(situation: Situation) -> str:
    """Return under which number its machine knows the last attempt."""
    number = situation.attempts[-1].scheduler_id
    if number is None:
        return ""
    if situation.job.cluster == LOCAL:
        return f", runner process {number}"
    return f", number {number} on {situation.job.cluster}"


def _way_out(situation: Situation) -> str:
    """Return what there is to be done about a doubt; a word only if nobody can see."""
    if situation.remedy and situation.store_problem is None:
        return _wait_for_you(situation)
    seen = situation.seen
    if isinstance(seen, Alive | Orphaned):
        number = situation.job.job_id
        return f"Processes of it run; `crystalmath cancel {number}` ends them."
    if isinstance(seen, Unknown) and situation.store_problem is None:
        return "If you know better, `crystalmath resolve` settles it by your word."
    return "No process of it was seen; it goes on by itself."


def _wait_for_you(situation: Situation) -> str:
    again = f"`crystalmath clusters test {situation.job.cluster}` lets it go on"
    return f"It waits for you: {situation.remedy}; then {again}."


def _stopped(text: str) -> str:
    """Return a sentence with its one stop."""
    return text.rstrip(".") + "."


def _ended(situation: Situation) -> Sequence[str]:
    job = situation.job
    cause = f" ({job.cause})" if job.cause and job.cause != job.state else ""
    said = [f"It ended as {job.state}{cause}."]
    if job.evidence:
        said.append(f"{job.evidence[-1].source}: {job.evidence[-1].text}")
    if situation.scratch_left is not None:
        said.append(
            f"Files of it are left in {situation.scratch_left}; `crystalmath collect "
            f"{job.job_id}` saves them, `crystalmath delete {job.job_id}` removes them "
            "with the job."
        )
    if is_end(job.state) and job.state is not JobState.COMPLETED:
        said.append(_again(situation))
    return said


def _again(situation: Situation) -> str:
    """Return how the same is run again: what was adopted, only as another job."""
    job = situation.job
    if job.cluster != ADOPTED:
        return f"`crystalmath retry {job.job_id}` runs it again."
    if not situation.has_inputs:
        return (
            "It was adopted, and no input was found beside its output: only one that "
            "you submit runs it again."
        )
    return f"It was adopted; `crystalmath clone {job.job_id}` runs the same here."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
