"""How a database is reached: its address, the key, and how much patience it gets."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ASKING: Final = "asks a database"
"""The name of threads that do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What a source needs beside the question.

    `endpoint`: of Materials Project (with its scheme) or MPContribs; empty: their own.
    `timeout_s`: for one answer to one request. `retries`: how often a request that
    failed in passing is repeated, as long as not more than `retry_budget_s` have gone
    since the first request to that source. `providers`: base URLs of OPTIMADE by name.
    """

    endpoint: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 30.0
    retries: int = 3
    retry_budget_s: float = 60.0
    providers: Mapping[str, str] = field(default_factory=dict)

    @property
    def deadline_s(self) -> float:
        """After this time a source, or a provider, is waited for no longer."""
        return self.retry_budget_s + self.timeout_s


def are_any_left() -> bool:
    """Tell whether threads that nobody waits for any more still ask a database."""
    return any(one.name == ASKING for one in threading.enumerate())
