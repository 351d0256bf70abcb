"""The processes of a job: found by its token or its session, and ended."""

import contextlib
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE, boot_id

ZOMBIE = "Z"


def process_fields(pid: int) -> tuple[str, int, int]:
    """Return state, start time in clock ticks since boot, and session of a process."""
    text = Path("/proc", str(pid), "stat").read_text(errors="replace")
    fields = text.rpartition(")")[2].split()  # the name may hold blanks and brackets
    return fields[0], int(fields[19]), int(fields[3])


def is_same_process(record: dict[str, Any]) -> bool:
    """Tell whether the recorded process lives: same boot, number and start time."""
    if record["boot_id"] != boot_id():
        return False
    try:
        state, start_ticks, _ = process_fields(record["pid"])
    except OSError:
        return False
    return state != ZOMBIE and start_ticks == record["start_ticks"]


def job_processes(
    token: str,
    record: dict[str, Any] | None = None,
    spared: tuple[int, int] | None = None,
) -> list[int]:
    """Find living processes of the job.

    They have its token in their environment or, if they cleared that, are still
    in the session of its runner.
    """
    mark = f"{TOKEN_VARIABLE}={token}".encode()
    session = record["session"] if record and record["boot_id"] == boot_id() else None
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state, start_ticks, its_session = process_fields(int(entry.name))
            if state == ZOMBIE or (int(entry.name), start_ticks) == spared:
                continue
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue  # it has ended, or it belongs to somebody else
        is_of_session = (
            its_session == session
            and record is not None
            and (start_ticks >= record["start_ticks"])
        )
        if mark in environ.split(b"\0") or is_of_session:
            found.append(int(entry.name))
    return found


def end_processes(
    token: str,
    grace_s: float,
    record: dict[str, Any] | None = None,
    spared: tuple[int, int] | None = None,
) -> list[int]:
    """End the processes that carry the token; return those that would not go."""
    kill_at = time.monotonic() + grace_s
    give_up_at = kill_at + 10.0
    sent: set[tuple[int, int]] = set()
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        pids = job_processes(token, record, spared)
        if not pids or time.monotonic() > give_up_at:
            return pids
        number = signal.SIGKILL if time.monotonic() >= kill_at else signal.SIGTERM
        for pid in pids:
            if (pid, number) not in sent:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                sent.add((pid, number))
        time.sleep(0.02)


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def reap(child: int) -> tuple[int, resource.struct_rusage] | None:
    """Collect every child that has ended; return the status of this one."""
    found = None
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == child:
            found = status, usage
