"""Results that lie above another one of the same method: perhaps in a wrong state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from crystalmathd.models.results import Grade, Result
from crystalmathd.services.readings import Read
from crystalmathd.store.database import Connection
from crystalmathd.store.results import Lower, lower_than

FLAG: Final = "lower_stored_energy"


def rivals(
    db: Connection,
    job_id: int,
    results: Sequence[Result],
    fingerprints: Sequence[str | None],
) -> list[Lower | None]:
    """Return for each result, if it converged, another job that lies lower."""
    return [
        lower_than(db, job_id, result, fingerprint)
        if result.grade is Grade.CONVERGED
        else None
        for result, fingerprint in zip(results, fingerprints, strict=True)
    ]


def beside_rivals(
    readings: Sequence[Read], lower: Sequence[Lower | None]
) -> tuple[Read, ...]:
    """Flag each result that another job has a lower energy for.

    Same method, formula and volume: of the two, this one may be in a state that is
    not the ground state, or its atoms may stand elsewhere.
    """
    return tuple(
        read if one is None else _flagged(read, one)
        for read, one in zip(readings, lower, strict=True)
    )


def _flagged(read: Read, lower: Lower) -> Read:
    sentence = (
        f"job {lower.job_id} has a lower energy for the same formula, volume and "
        f"method, by {lower.by_ev_per_atom:.4f} eV per atom"
    )
    result = replace(
        read.result,
        flags=(*read.result.flags, FLAG),
        warnings=(*read.result.warnings, sentence),
    )
    # The series may be long: they are copied as they are.
    fields = msgspec.json.decode(read.whole, type=dict[str, msgspec.Raw])
    for name in ("flags", "warnings"):
        fields[name] = msgspec.Raw(msgspec.json.encode(getattr(result, name)))
    return Read(result=result, whole=msgspec.json.encode(fields))
