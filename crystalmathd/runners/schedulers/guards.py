"""The start guard of an attempt: who takes it first decides whether it computes."""

from typing import Final

from crystalmathd.models.observations import NeverStarted, Observation, Unknown

SOURCE: Final = "start guard"


def parse_claim(exit_code: int, stdout: bytes, stderr: bytes) -> Observation:
    """Read what a script says that took the guard, or found it taken."""
    lines = stdout.splitlines()
    if exit_code == 0 and b"@@cm claimed" in lines:
        return NeverStarted(source=SOURCE, is_spent=True, is_given_up=True)
    if b"@@cm started" in lines:
        return Unknown(source=SOURCE, reason="a copy of it has passed the start guard")
    said = stderr.decode("utf-8", "replace").strip()[-500:] or "no reason given"
    reason = f"its start guard could not be taken, exit code {exit_code}: {said}"
    return Unknown(source=SOURCE, reason=reason)
