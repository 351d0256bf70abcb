"""What can be seen of an attempt from outside, and asking it to end."""

import os
import signal
from pathlib import Path
from typing import Any

from crystalmathd.runners.jobrunner.processes import (
    end_processes,
    is_same_process,
    job_processes,
)
from crystalmathd.runners.jobrunner.records import boot_id, read_json_or_none


def look(directory: Path, token: str) -> dict[str, Any]:
    """Return what can be seen of an attempt; change nothing."""
    run = directory / "run"
    launch = read_json_or_none(run / "launch.json")
    if launch is None:
        pids = job_processes(token)
        return {"directory": str(directory), "launch": False, "pids": pids}
    pid = read_json_or_none(run / "pid.json")
    # The processes are looked at before the marker: a runner that ends between
    # the two looks has written it by then.
    is_runner_alive = pid is not None and is_same_process(pid)
    known = {pid["pid"]} if pid is not None and is_runner_alive else set()
    pids = [p for p in job_processes(launch["token"], pid) if p not in known]
    if launch["token"] != token:  # somebody has put another record there
        pids = job_processes(token)
    return {
        "directory": str(directory),
        "launch": True,
        "token": launch["token"],
        "guard": (run / f"started.{launch['token']}").is_dir(),
        "pid": pid,
        "runner_alive": is_runner_alive,
        "pids": pids,
        "boot_id": boot_id(),
        "exit": read_json_or_none(run / "exit.json"),
    }


def stop(directory: Path, token: str, grace_s: float) -> dict[str, Any]:
    """Ask the runner to end the job, or end its processes if there is no runner."""
    seen = look(directory, token)
    if not seen["launch"] or seen["token"] != token:
        return {"asked": False, "left": end_processes(token, grace_s)}
    if seen["exit"] is not None:
        return {"asked": False, "left": []}
    if seen["runner_alive"]:
        # A runner of an earlier release would die of a signal that it does not know.
        number = seen["pid"].get("cancel_signal", signal.SIGTERM)
        os.kill(seen["pid"]["pid"], number)
        return {"asked": True, "left": []}
    left = end_processes(token, grace_s, seen["pid"])
    return {"asked": False, "left": left}
