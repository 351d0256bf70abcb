"""One question to one source: out of the cache, or asked once by a worker."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import anyio
import anyio.abc
import msgspec

from crystalmathd.errors import (
    OutputUnreadableError,
    StoreFullError,
    StoreUnavailableError,
)
from crystalmathd.models.materials import (
    AUTHENTICATION,
    FAILED,
    OPTIMADE,
    SKIPPED,
    TIMEOUT,
    WORKER,
    MaterialQuery,
    SourceAnswer,
)
from crystalmathd.services.flights import Flights
from crystalmathd.services.material_answers import (
    better_of,
    by_target,
    first_trouble,
    is_whole,
    put_together,
    without_answer,
)
from crystalmathd.services.material_cache import SEARCH, Kept, MaterialCache, Question
from crystalmathd.services.material_keys import MaterialKeys, no_key
from crystalmathd.services.material_targets import Targets
from crystalmathd.services.source_health import HealthTable, Target, why_paused
from crystalmathd.services.supervision import supervise

MODULE: Final = "crystalmathd.services.material_worker"
MOST_KEPT_MB: Final = 900.0
"""The clients of all databases together take about half of it."""

log = logging.getLogger(__name__)


class Pool(Protocol):
    """The worker processes, as they are used here."""

    async def ask(
        self,
        task: str,
        arguments: Mapping[str, Any],
        about: str,
        deadline_s: float | None = None,
    ) -> list[bytes]:
        """Have a task done."""

    async def run(self) -> None:
        """End workers that are idle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What a worker is asked, beside the way to the source."""

    task: str
    arguments: Mapping[str, Any]


class Inquiries:
    def __init__(
        self,
        *,
        targets: Targets,
        cache: MaterialCache,
        health: HealthTable,
        keys: MaterialKeys,
        pool: Pool,
        deadline_s: float,
        now_ms: Callable[[], int],
    ) -> None:
        """Put the parts together; `deadline_s` is what one source has for an answer."""
        self.targets = targets
        self._cache = cache
        self._health = health
        self._keys = keys
        self._pool = pool
        self._deadline_s = deadline_s
        self._now_ms = now_ms
        self._flights = Flights[SourceAnswer]()

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(supervise, "material workers", self._pool.run)
            await tasks.start(self._flights.run)
            task_status.started()

    async def search(
        self,
        query: MaterialQuery,
        targets: Sequence[Target],
        *,
        refresh: bool,
        until: float,
    ) -> SourceAnswer:
        """Return what the targets, all of one source, have for a question.

        `until`: when to wait no longer, by anyio's clock.
        """
        question = Question(text=msgspec.json.encode(query).decode(), kinds=(SEARCH,))
        work = Work(task="search", arguments={"query": query})
        return await self._ask(question, work, tuple(targets), refresh, until)

    async def look_up(
        self,
        material_id: str,
        targets: Sequence[Target],
        *,
        kinds: tuple[str, ...],
        refresh: bool,
        until: float,
    ) -> SourceAnswer:
        """Return these parts of a material; `material_id` as the targets know it."""
        question = Question(text=material_id, kinds=kinds)
        work = Work(task="details", arguments={"material_id": material_id})
        return await self._ask(question, work, tuple(targets), refresh, until)

    async def _ask(
        self,
        question: Question,
        work: Work,
        targets: tuple[Target, ...],
        refresh: bool,  # noqa: FBT001  # named by all who call it
        until: float,
    ) -> SourceAnswer:
        """Wait for the answer, together with all who ask the same, but not for ever."""
        kept = await self._cache.find(question, targets)
        known = _fresh(kept, refresh=refresh)
        if len(known) == len(targets):
            return put_together([known[target] for target in targets])
        inquire = partial(self._inquire, question, work, targets, refresh)
        started = anyio.current_time()
        with anyio.CancelScope(deadline=until):
            return await self._flights.join((question, targets, refresh), inquire)
        waited_s = anyio.current_time() - started
        message = f"It gave no answer within {waited_s:.3g} s."
        late = {
            target: without_answer(target, FAILED, TIMEOUT, message)
            for target in targets
        }
        answers = late | known
        return put_together(
            [better_of(answers[target], kept.get(target)) for target in targets]
        )

    async def _inquire(
        self,
        question: Question,
        work: Work,
        targets: Sequence[Target],
        refresh: bool,  # noqa: FBT001  # as above
    ) -> SourceAnswer:
        kept = await self._cache.find(question, targets)
        answers = _fresh(kept, refresh=refresh)
        left = [target for target in targets if target not in answers]
        if left and not refresh:
            resting = await self._resting(left)
            answers |= resting
            left = [target for target in left if target not in resting]
        if left:
            new = await self._with_key(work, left)
            try:
                await self._take_down(question, new)
            except (StoreFullError, StoreUnavailableError) as error:
                log.warning("answers of %s are not kept: %s", targets[0].source, error)
            answers |= new
        return put_together(
            [better_of(answers[target], kept.get(target)) for target in targets]
        )

    async def _resting(self, targets: Sequence[Target]) -> dict[Target, SourceAnswer]:
        """Return those that are left alone for a while, and why."""
        paused = await self._health.paused()
        return {
            target: without_answer(target, SKIPPED, one.kind, why_paused(one))
            for target in targets
            if (one := paused.get((target.name, target.endpoint))) is not None
        }

    async def _with_key(
        self, work: Work, targets: Sequence[Target]
    ) -> dict[Target, SourceAnswer]:
        source = targets[0].source
        key = await self._keys.key_of(source)
        if key is None and source != OPTIMADE:
            said = no_key(source)
            return {
                target: without_answer(target, SKIPPED, AUTHENTICATION, said)
                for target in targets
            }
        arguments = {
            "source": source,
            "access": self.targets.access(targets, key),
            **work.arguments,
        }
        return await self._work(work.task, arguments, targets)

    async def _work(
        self, task: str, arguments: Mapping[str, Any], targets: Sequence[Target]
    ) -> dict[Target, SourceAnswer]:
        about = targets[0].source
        try:
            # The pool looks at the clock: waiting for a free worker is no time of
            # the source's.
            [said] = await self._pool.ask(task, arguments, about, self._deadline_s)
            answer = msgspec.json.decode(said, type=SourceAnswer)
            return by_target(answer, targets, self._now_ms())
        except OutputUnreadableError as error:
            kind, message = WORKER, f"{error.facts['reason']}"
            if isinstance(error.__cause__, TimeoutError):
                kind = TIMEOUT
                message = f"It gave no answer within {self._deadline_s:g} s."
        return {
            target: without_answer(target, FAILED, kind, message) for target in targets
        }

    async def _take_down(
        self, question: Question, answers: Mapping[Target, SourceAnswer]
    ) -> None:
        """Keep what may be given again, and how everybody is."""
        whole = {target: one for target, one in answers.items() if is_whole(one)}
        await self._cache.keep(question, whole)
        for target, answer in answers.items():
            trouble = first_trouble(answer)
            if trouble is None:
                await self._health.answered(target)
            elif trouble.state == FAILED:
                await self._health.failed(target, trouble.kind, trouble.message)


def _fresh(kept: Mapping[Target, Kept], *, refresh: bool) -> dict[Target, SourceAnswer]:
    """Return the answers that may be given without asking."""
    return {
        target: one.answer
        for target, one in kept.items()
        if not (refresh or one.is_expired)
    }
