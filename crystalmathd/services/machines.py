"""Every machine that jobs run on, this one among them."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio
import anyio.abc

from crystalmathd.errors import ClusterNotFoundError, ClusterRefusedError
from crystalmathd.models.clusters import Budget, Cluster, ClusterFacts
from crystalmathd.models.jobs import Attempt, Job
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.transports.base import Transport
from crystalmathd.services.layout import Layout
from crystalmathd.services.lookout import Lookout, OwnLookout
from crystalmathd.services.plan_sites import PlanSite
from crystalmathd.services.supervision import supervise
from crystalmathd.services.tails import Tails


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """How jobs are started there, where their files are, and who looks at them.

    `is_here`: its files are those of this machine, under the same paths. `layout`:
    where attempts are there. `cores`: how many may be taken at once; None: the batch
    system counts them.
    """

    cluster: Cluster
    facts: ClusterFacts | None
    runner: Runner
    layout: Layout
    lookout: Lookout
    tails: Tails
    site: PlanSite
    is_here: bool
    cores: int | None
    n_queued: Callable[[], Awaitable[int]]
    """Asks how many jobs of this user stand in its queue, also by hand."""
    budget: Callable[[], Budget] = Budget
    """Tells how it stands with the host; nothing is asked."""
    remedy: Callable[[], str] = str
    """Says what a person has to do before the host is tried again, if so."""
    obstacle: Callable[[], str | None] = lambda: None
    """Says why nothing can be started there now, if that is known without asking."""

    @property
    def name(self) -> str:
        return self.cluster.name

    @property
    def transport(self) -> Transport:
        return self.runner.transport

    @property
    def is_near(self) -> bool:
        """Whether a look at one attempt costs next to nothing."""
        return isinstance(self.lookout, OwnLookout)

    def directory(self, attempt: Attempt) -> Path:
        """Return the directory of an attempt there."""
        own = self.layout.attempt(attempt.job_id, attempt.number)
        return own if attempt.directory is None else Path(attempt.directory)

    def new_place(self, job: Job, number: int, token: str, now_ms: int) -> Place:
        """Return the place of an attempt that is about to be made."""
        return Place(
            directory=str(self.layout.attempt(job.job_id, number)),
            token=token,
            queue_name=f"{job.name}-{token}",
            since_ms=now_ms,
        )

    def place(self, job: Job, attempt: Attempt) -> Place:
        new = self.new_place(job, attempt.number, attempt.token, attempt.created_ms)
        directory = str(self.directory(attempt))
        return replace(new, directory=directory, scheduler_id=attempt.scheduler_id)

    async def run(self) -> None:
        """Look at its jobs and read on in their files, for who asks."""
        async with anyio.create_task_group() as tasks:
            for name, work in (
                (f"lookout {self.name}", self.lookout.run),
                (f"tails {self.name}", self.tails.run),
            ):
                tasks.start_soon(supervise, name, work, name=name)


class Machines:
    """The machines by name; they come and go while the daemon runs."""

    def __init__(self) -> None:
        self._machines: dict[str, Machine] = {}
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._tasks: anyio.abc.TaskGroup | None = None

    def __getitem__(self, name: str) -> Machine:
        """Return a machine.

        Raises
        ------
        ClusterNotFoundError
            If there is none of this name (any more).
        """
        try:
            return self._machines[name]
        except KeyError:
            known = ", ".join(self._machines)
            raise ClusterNotFoundError(name=name, known=known) from None

    def site(self, name: str) -> PlanSite:
        """Return what plans for a machine are made of.

        Raises
        ------
        ClusterNotFoundError
            If there is none of this name.
        ClusterRefusedError
            If nobody has ever seen it.
        """
        machine = self[name]
        if machine.facts is None and not machine.is_here:
            reason = f"nobody has looked it over; `crystalmath clusters test {name}`"
            raise ClusterRefusedError(name=name, reason=reason)
        return machine.site

    def __iter__(self) -> Iterator[Machine]:
        return iter(list(self._machines.values()))

    def __contains__(self, name: str) -> bool:
        return name in self._machines

    def put(self, machine: Machine) -> None:
        """Add a machine, or let it stand in the place of the one of its name."""
        self.drop(machine.name)
        self._machines[machine.name] = machine
        self._start(machine)

    def drop(self, name: str) -> None:
        machine = self._machines.pop(name, None)
        if machine is not None:
            machine.lookout.end()
            machine.tails.end()
        scope = self._scopes.pop(name, None)
        if scope is not None:
            scope.cancel()

    async def run(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        async with anyio.create_task_group() as self._tasks:
            for machine in self:
                self._start(machine)
            task_status.started()
            await anyio.sleep_forever()

    def _start(self, machine: Machine) -> None:
        if self._tasks is None:
            return
        scope = self._scopes[machine.name] = anyio.CancelScope()
        name = f"machine {machine.name}"
        self._tasks.start_soon(partial(_within, scope, machine), name=name)


async def _within(scope: anyio.CancelScope, machine: Machine) -> None:
    with scope:
        await machine.run()
