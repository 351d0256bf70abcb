"""Making a machine of what its user has set up and what was found there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crystalmathd.models.clusters import LOCAL, Budget, Cluster, ClusterFacts
from crystalmathd.runners.runner import LOOK_DEADLINE_S, MAX_OUTPUT, Runner
from crystalmathd.runners.schedulers.base import Scheduler
from crystalmathd.runners.transports.base import Transport, TransportError
from crystalmathd.services.layout import Layout
from crystalmathd.services.lookout import Lookout, OwnLookout, SharedLookout
from crystalmathd.services.machines import Machine
from crystalmathd.services.plan_sites import PlanElsewhere, PlanHere
from crystalmathd.services.sites import Batch
from crystalmathd.services.tails import Tails
from crystalmathd.settings import Settings

DIRECT = "direct"


@dataclass(frozen=True, kw_only=True, slots=True)
class Builder:
    """`make_transport` and `make_scheduler` know the tables of both.

    `obstacle`: why a machine cannot be asked now, as far as is known without asking.
    """

    settings: Settings
    layout: Layout
    store_id: str
    make_transport: Callable[[Cluster], Transport]
    make_scheduler: Callable[[Cluster, ClusterFacts | None], Scheduler]
    make_batch: Callable[[Cluster], Batch | None]
    budget: Callable[[Cluster], Budget]
    remedy: Callable[[Cluster], str]
    obstacle: Callable[[Cluster], str | None]
    now_ms: Callable[[], int]

    def build(self, cluster: Cluster, facts: ClusterFacts | None) -> Machine:
        transport = self.make_transport(cluster)
        runner = Runner(self.make_scheduler(cluster, facts), transport)
        is_here = cluster.transport == LOCAL
        is_near = is_here and cluster.scheduler == DIRECT
        lookout: Lookout
        if is_near:
            interval_s = self.settings.poll_interval_s
            lookout = OwnLookout(runner, interval_s, self.now_ms)
        else:
            lookout = SharedLookout(
                runner,
                cluster.poll_interval_s,
                cluster.max_poll_interval_s,
                self.now_ms,
            )
        site: PlanHere | PlanElsewhere
        if is_here:
            site = PlanHere(self.settings, cluster, runner.scheduler)
        else:
            site = PlanElsewhere(self.settings, cluster, facts, runner.scheduler)
        is_ready = is_here or facts is not None
        return Machine(
            cluster=cluster,
            facts=facts,
            runner=runner,
            layout=self.layout if is_here else self._layout_there(cluster, facts),
            lookout=lookout,
            tails=Tails(transport),
            site=site,
            is_here=is_here,
            cores=site.cores,
            n_queued=partial(_n_queued, transport, self.make_batch(cluster)),
            budget=partial(self.budget, cluster),
            remedy=partial(self.remedy, cluster),
            obstacle=lambda: _obstacle(cluster, self.obstacle, is_ready=is_ready),
        )

    def _layout_there(self, cluster: Cluster, facts: ClusterFacts | None) -> Layout:
        """Return where attempts are there: each store has a directory of its own."""
        home = facts.home if facts is not None else ""
        root = cluster.root
        if root.startswith("~/"):
            root = f"{home}{root[1:]}"
        return Layout(Path(root) / self.store_id[:8])


async def _n_queued(transport: Transport, batch: Batch | None) -> int:
    """Return how many jobs of this user stand in a queue.

    Raises
    ------
    TransportError
        If nobody answered, or the answer cannot be read.
    """
    if batch is None:
        return 0
    command = batch.queue_command(is_mine=True)
    result = await transport.run(
        command.arguments,
        stdin=command.stdin,
        deadline_s=LOOK_DEADLINE_S,
        max_output=MAX_OUTPUT,
        is_control=True,
    )
    try:
        queued = batch.parse_queue(result.exit_code, result.stdout, result.stderr)
    except ValueError as error:
        raise TransportError(str(error)) from error
    return sum(one.n_tasks for one in queued)


def _obstacle(
    cluster: Cluster, of_host: Callable[[Cluster], str | None], *, is_ready: bool
) -> str | None:
    if cluster.is_paused:
        return f"it is paused; `crystalmath clusters resume {cluster.name}`"
    if not is_ready:
        return (
            "it was never looked over; "
            f"`crystalmath clusters test {cluster.name}` does that"
        )
    return of_host(cluster)
