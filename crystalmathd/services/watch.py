"""What the task of one job keeps in mind, and how it waits for news."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import anyio

from crystalmathd.models.jobs import Job
from crystalmathd.models.observations import Absent, Observation, Unknown
from crystalmathd.runners.jobrunner.records import now_ms
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.services.lookout import Lookout
from crystalmathd.services.machines import Machine

FIRST_RETRY_S: Final = 0.5


@dataclass(slots=True)
class Watch:
    """All of it can be found out again."""

    wake: anyio.Event = field(default_factory=anyio.Event)
    observation: Observation | None = None
    retry_s: float = FIRST_RETRY_S
    is_admitted_again: bool = False
    """The queue let the job in once more while its task was still at its end."""
    cancel_asked_ms: int | None = None
    """When the job was to be ended, if the store could not take that down."""
    absences_ms: list[int] = field(default_factory=list)
    """When nobody knew of the attempt, in looks that followed each other."""
    next_look_ms: Callable[[], int | None] = lambda: None

    looks_at: tuple[Lookout, str] | None = None
    """Who looks at the attempt, and its token."""
    problem: str = ""
    """Why the job did not go on the last time."""

    def is_news(self, problem: str) -> bool:
        """Tell whether a problem is another one than the last time; keep it."""
        is_news, self.problem = problem != self.problem, problem
        return is_news

    def with_wish(self, job: Job) -> Job:
        """Return the job as the user wants it, stored or not."""
        if job.cancel_asked_ms is not None or self.cancel_asked_ms is None:
            return job
        return replace(job, cancel_asked_ms=self.cancel_asked_ms)

    def begin(self) -> None:
        """See that what is woken from now on is not slept through."""
        self.wake = anyio.Event()

    async def look(self, machine: Machine, place: Place) -> Observation | None:
        """Return what is seen of the attempt; None if somebody woke the task first."""
        self._will_look(machine, place)
        return await self._unless_woken(lambda: machine.lookout.look(place))

    async def wait(self, machine: Machine, place: Place, seen: Observation) -> None:
        """Wait until there is news of the attempt, or may be.

        Who is woken decides again by what was seen last, where a look is dear.
        """
        if isinstance(seen, Unknown | Absent):
            await self.pause(machine.cluster.poll_interval_s)
            return
        self.retry_s = FIRST_RETRY_S
        self.problem = ""
        self._will_look(machine, place)
        news = await self._unless_woken(lambda: machine.lookout.wait(place, seen))
        is_woken = self.wake.is_set() and not machine.is_near
        self.observation = seen if news is None and is_woken else news

    async def pause(self, longest_s: float) -> None:
        """Wait longer each time, up to the longest, unless woken."""
        until_ms = now_ms() + round(self.retry_s * 1000)
        self.next_look_ms = lambda: until_ms
        with anyio.move_on_after(self.retry_s):
            await self.wake.wait()
        self.retry_s = min(self.retry_s * 2, longest_s)

    def leave(self) -> None:
        """See that nobody looks at the attempt any more."""
        if self.looks_at is not None:
            lookout, token = self.looks_at
            lookout.forget(token)
            self.looks_at = None

    def _will_look(self, machine: Machine, place: Place) -> None:
        self.looks_at = machine.lookout, place.token
        self.next_look_ms = lambda: machine.lookout.next_look_ms(place.token)

    async def _unless_woken(
        self, ask: Callable[[], Awaitable[Observation | None]]
    ) -> Observation | None:
        answer: Observation | None = None
        async with anyio.create_task_group() as race:

            async def get_answer() -> None:
                nonlocal answer
                answer = await ask()
                race.cancel_scope.cancel()

            async def be_woken() -> None:
                await self.wake.wait()
                race.cancel_scope.cancel()

            race.start_soon(get_answer)
            race.start_soon(be_woken)
        return answer
