"""Results that lie above another one of the same method: perhaps in a wrong state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from crystalmathd.models.jobs import Job
from crystalmathd.models.plans import Plan
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.methods import fingerprint_of
from crystalmathd.services.readings import Read
from crystalmathd.store import jobs
from crystalmathd.store.database import Connection
from crystalmathd.store.results import lower_than

FLAG: Final = "lower_stored_energy"


def beside_rivals(
    db: Connection, job: Job, plan: Plan, readings: Sequence[Read]
) -> tuple[Read, ...]:
    """Flag each converged result that another job has a lower energy for.

    Same method, formula and volume: of the two, this one may be in a state that is
    not the ground state, or its atoms may stand elsewhere.
    """
    inputs = jobs.find_inputs(db, job.job_id)
    seen = []
    for step, one in enumerate(readings):
        lower = None
        if one.result.grade is Grade.CONVERGED:
            fingerprint = fingerprint_of(one.result, plan, step, inputs)
            lower = lower_than(db, job.job_id, one.result, fingerprint)
        if lower is None:
            seen.append(one)
            continue
        sentence = (
            f"job {lower.job_id} has a lower energy for the same formula, volume and "
            f"method, by {lower.by_ev_per_atom:.4f} eV per atom"
        )
        whole = msgspec.json.decode(one.whole, type=Result)
        seen.append(
            Read(
                result=_flagged(one.result, sentence),
                whole=msgspec.json.encode(_flagged(whole, sentence)),
            )
        )
    return tuple(seen)


def _flagged(result: Result, sentence: str) -> Result:
    return replace(
        result,
        flags=(*result.flags, FLAG),
        warnings=(*result.warnings, sentence),
    )
