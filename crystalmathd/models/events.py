"""Something that happened, as it stands in the log."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    seq: int
    time_ms: int
    type: str
    job_id: int | None
    payload: dict[str, Any]
