"""The method behind an energy of a job: from what was printed and its inputs."""

import logging
from collections.abc import Sequence

from crystalmathd.codes.comparison import method_of
from crystalmathd.models.comparisons import Method
from crystalmathd.models.jobs import Auxiliary, StoredInput
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Result
from crystalmathd.services.differences import method_fingerprint

log = logging.getLogger(__name__)

Inputs = tuple[Sequence[StoredInput], Sequence[Auxiliary]]


def method_behind(result: Result, plan: Plan, step: int, inputs: Inputs) -> Method:
    """Return what is known of the method of one step."""
    own = plan.steps[step].input_name if step < len(plan.steps) else None
    ordered = sorted(inputs[0], key=lambda one: one.name != own)
    hashes = {one.name: one.sha256 for one in inputs[1] if one.sha256 is not None}
    return method_of(result, {one.name: one.text for one in ordered}, hashes)


def fingerprints_of(
    results: Sequence[Result], plan: Plan, inputs: Inputs
) -> list[str | None]:
    """Return the fingerprint of each step; an input that cannot be read gives none."""
    found: list[str | None] = []
    for step, result in enumerate(results):
        try:
            found.append(fingerprint_of(result, plan, step, inputs))
        except Exception:
            log.exception("the method of %s, step %d", plan.name, step)
            found.append(None)
    return found


def fingerprint_of(result: Result, plan: Plan, step: int, inputs: Inputs) -> str | None:
    """Return what is the same for all energies of one method; None: not known."""
    method = method_behind(result, plan, step, inputs)
    return method_fingerprint(method, result.headline_energy_kind)
