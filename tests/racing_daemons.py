"""Starts daemons at the same instant, again and again: `go` on stdin is one race.

Everything is imported before, so that the racers differ by microseconds only. Says
`racers PID …` and, for each that ends, `ended PID CODE`.
"""

import os
import sys

from crystalmathd import main

N_RACERS = int(sys.argv[1])


def race(errors: int) -> None:
    ready, gun = os.pipe()
    pids = []
    for _ in range(N_RACERS):
        pid = os.fork()
        if pid == 0:
            os.close(gun)
            os.dup2(errors, 2)
            os.read(ready, 1)  # all of them wake when the other end is closed
            os._exit(main.main([]))
        pids.append(pid)
    os.close(ready)
    print("racers", *pids, flush=True)
    os.close(gun)
    for _ in pids:
        pid, status = os.wait()
        print("ended", pid, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    log = os.open("racers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in sys.stdin:
        race(log)
