"""What stands for slurmd: a process for each job that waits, runs it and tells."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.fake_slurm.faults import Faults
from tests.fake_slurm.queue import PENDING, RUNNING, Queue

KILL_WAIT_S: Final = 5
NODE: Final = "n1"


def start_node(
    queue: Queue, job_id: int, script: Path, asked: dict[str, str], faults: Faults
) -> None:
    """Leave a process that runs the job, apart from this one."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nowhere, descriptor)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        time.sleep(faults.chance.uniform(0, faults.start_s))
        run_job(queue, job_id, script, asked)
    except BaseException:  # noqa: BLE001  # written down, and looked at by the tests
        queue.note_error()
    finally:
        os._exit(0)


def run_job(queue: Queue, job_id: int, script: Path, asked: dict[str, str]) -> None:
    """Run the script as a batch job is run, and write down how it ended."""
    is_ours = queue.change(
        job_id, PENDING, state=RUNNING, started_s=time.time(), node=os.getpid()
    )
    if not is_ours:
        return  # cancelled while it waited
    where = Path(asked.get("chdir", "."))
    with (where / asked.get("output", f"slurm-{job_id}.out")).open("ab") as output:
        process = subprocess.Popen(
            ["/bin/sh", str(script)],
            cwd=where,
            env=environment(job_id, asked),
            stdout=output,
            stderr=output,
            process_group=0,
        )
    queue.change(job_id, script=process.pid)
    end_on_request(process)
    code = process.wait()
    job = next(one for one in queue.jobs() if one.id == job_id)
    ended = "COMPLETED" if code == 0 else "FAILED"
    queue.change(
        job_id,
        RUNNING,
        state="CANCELLED" if job.is_cancelled else ended,
        reason="None" if code == 0 else "NonZeroExitCode",
        ended_s=time.time(),
        code=max(code, 0),
        signal=max(-code, 0),
    )


def end_on_request(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM for this process is one for the job, and later SIGKILL."""

    def kill(*_: object) -> None:
        os.killpg(process.pid, signal.SIGKILL)

    def terminate(*_: object) -> None:
        os.killpg(process.pid, signal.SIGTERM)
        signal.alarm(KILL_WAIT_S)

    signal.signal(signal.SIGALRM, kill)
    signal.signal(signal.SIGTERM, terminate)


def environment(job_id: int, asked: dict[str, str]) -> dict[str, str]:
    """Return what sbatch was called with, and what Slurm says of the job."""
    theirs = {n: v for n, v in os.environ.items() if not n.startswith("FAKE_SLURM")}
    return theirs | {
        "SLURM_CLUSTER_NAME": "fake",
        "SLURM_CPUS_PER_TASK": asked.get("cpus-per-task", "1"),
        "SLURM_JOB_ID": str(job_id),
        "SLURM_JOB_NAME": asked["job-name"],
        "SLURM_JOB_NODELIST": NODE,
        "SLURM_NTASKS": asked.get("ntasks", "1"),
        "SLURM_RESTART_COUNT": "0",
        "SLURM_SUBMIT_DIR": asked.get("chdir", "."),
        "SLURM_SUBMIT_HOST": socket.gethostname(),
    }
