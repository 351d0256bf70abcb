"""crystalmathd that waits for an answer to a submission for a second only.

So that answers which come too late are met in tests that are over in a minute.
"""

import sys

from crystalmathd import main
from crystalmathd.runners import runner

LAUNCH_DEADLINE_S = 1.0

if __name__ == "__main__":
    runner.LAUNCH_DEADLINE_S = LAUNCH_DEADLINE_S  # type: ignore[misc]
    sys.exit(main.main())
