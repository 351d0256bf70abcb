"""What the daemon asks of the runner, run by absolute path with `python -I -S`.

jobrunner start DIRECTORY
jobrunner look [DIRECTORY TOKEN]...
jobrunner stop DIRECTORY TOKEN GRACE_S
jobrunner rescue DIRECTORY
"""

import json
import os
import sys
from pathlib import Path

# Behind everything of Python's own, so that no package can stand in its way.
sys.path.append(str(Path(__file__).resolve().parents[3]))

from crystalmathd.runners.jobrunner.looking import look, stop
from crystalmathd.runners.jobrunner.rescuing import rescue_abandoned
from crystalmathd.runners.jobrunner.watching import start


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    verb, *rest = arguments
    if verb == "start":
        return start(Path(rest[0]))
    if verb == "look":
        for directory, token in zip(rest[::2], rest[1::2], strict=True):
            print(json.dumps(look(Path(directory), token)))  # noqa: T201  # the answer
        return 0
    if verb == "stop":
        print(json.dumps(stop(Path(rest[0]), rest[1], float(rest[2]))))  # noqa: T201
        return 0
    if verb == "rescue":
        print(json.dumps(rescue_abandoned(Path(rest[0]))))  # noqa: T201
        return 0
    sys.stderr.write(f"jobrunner: no verb {verb}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
