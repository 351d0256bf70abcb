"""Places where a test may stop the daemon dead. Does nothing unless armed at start.

CRYSTALMATHD_FAILPOINT=<name>:kill ends the process with SIGKILL at the first
passage, <name>:kill:<n> at the n-th.
"""

import os
import signal
from typing import Final

VARIABLE: Final = "CRYSTALMATHD_FAILPOINT"

_name, _, _rest = os.environ.pop(VARIABLE, "").partition(":")
_passages_left = int(_rest.partition(":")[2] or 1) if _name else 0


def failpoint(name: str) -> None:
    """Die here if armed. The names are the durable boundaries of the daemon."""
    global _passages_left  # noqa: PLW0603  # armed once, by the environment, at start
    if not _name or name != _name:
        return
    _passages_left -= 1
    if _passages_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
