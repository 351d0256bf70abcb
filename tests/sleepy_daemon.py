"""crystalmathd whose machine sleeps as long as a file in its home says, in seconds."""

import os
import sys
from functools import partial
from pathlib import Path

from crystalmathd import daemon, main
from crystalmathd.services.sleep_watch import SleepWatch

ASLEEP = Path(os.environ["HOME"], "asleep.txt")


def asleep() -> float:
    return float(ASLEEP.read_text()) if ASLEEP.exists() else 0.0


if __name__ == "__main__":
    daemon.SleepWatch = partial(SleepWatch, asleep=asleep)  # type: ignore[misc,assignment]
    sys.exit(main.main())
