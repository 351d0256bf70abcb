"""What the doctor says of other machines: what is known of them; none is asked."""

from collections.abc import Iterator

from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.models.clusters import Budget, HostState
from crystalmathd.services.machines import Machine
from crystalmathd.services.survey_checks import clock_check, space_check


def cluster_checks(machine: Machine) -> Iterator[Check]:
    """Yield how it stands with the way there, and what the last look-over found."""
    facts, name = machine.facts, machine.name
    obstacle = machine.obstacle()
    if obstacle is not None:
        again = f"crystalmath clusters test {name}"
        is_wanted = machine.cluster.is_paused
        yield Check(
            id=f"cluster.{name}",
            status=WARN if is_wanted else FAIL,
            evidence=obstacle,
            remedy="" if "`" in obstacle else machine.remedy() or again,
        )
    else:
        yield Check(id=f"cluster.{name}", status=OK, evidence=_way(machine.budget()))
    if facts is None:
        return
    yield clock_check(f"cluster.{name}.clock", facts.clock_offset_s)
    root, free_mb = machine.cluster.root, facts.free_root_mb
    if free_mb is not None:
        yield space_check(f"cluster.{name}.space", root, free_mb)


def _way(budget: Budget) -> str:
    if budget.state is HostState.CLOSED:
        return "it answers"
    if budget.state is HostState.HALF_OPEN:
        return f"it is being tried; before that: {budget.reason}"
    return "it was not asked yet since the daemon started"
