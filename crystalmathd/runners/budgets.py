"""What the connection to a host has cost, and when it is tried again."""

from dataclasses import dataclass
from enum import StrEnum


class HostState(StrEnum):
    NEVER = "never"
    """Nothing was sent there since the daemon started."""
    CLOSED = "closed"
    """It answers; the word is the circuit's."""
    OPEN = "open"
    """It does not answer; nothing is tried before `next_try_ms`."""
    HALF_OPEN = "half_open"
    """It is tried just now."""
    AUTH_REQUIRED = "auth_required"
    """It refused the login, or its key; nothing is tried until a person acts."""
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Of one target since the daemon started; times in ms since 1970, UTC.

    Bytes are those of commands and files, without what SSH itself adds.
    """

    state: HostState
    since_ms: int
    last_answer_ms: int | None = None
    next_try_ms: int | None = None
    reason: str = ""
    n_logins: int = 0
    n_commands: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
