"""One check of the doctor."""

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    id: str
    status: str
    evidence: str
    remedy: str = ""
