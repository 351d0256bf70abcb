"""What the fake Slurm prints: squeue, sacct, scontrol, sinfo in the forms of 22.05."""

import sys
import time
from collections.abc import Callable
from typing import Final

from tests.fake_slurm.faults import Faults
from tests.fake_slurm.node import NODE
from tests.fake_slurm.queue import PENDING, RUNNING, FakeJob, Queue
from tests.fake_slurm.submission import PARTITIONS, release

NO_CONTROLLER: Final = (
    "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
)
ACTIVE: Final = (PENDING, RUNNING)
OLD_S: Final = 300 * 86400


def squeue(words: list[str], queue: Queue, faults: Faults) -> int:
    if faults.kind == "squeue_fails":
        print(NO_CONTROLLER, file=sys.stderr)
        return 1
    if faults.kind == "squeue_empty":
        return 0
    wanted, now = _value(words, "-j"), time.time()
    known = [
        job
        for job in queue.jobs()
        if job.ended_s is None or now - job.ended_s < faults.age_s
    ]
    shown = [job for job in known if wanted in {None, str(job.id)}]
    if wanted is not None and not shown:
        print("slurm_load_jobs error: Invalid job id specified", file=sys.stderr)
        return 1
    if _value(words, "-t") != "all":
        shown = [job for job in shown if job.state in ACTIVE]
    form = _value(words, "-o") or "%i"
    text = "".join(f"{_formatted(form, job, now)}\n" for job in shown)
    if faults.kind == "squeue_wrong":
        text = "".join(f"{_wrong(form, job, now, faults)}\n" for job in shown)
    if faults.kind == "squeue_cut":
        text = text[: faults.chance.randrange(len(text) + 1)]
    sys.stdout.write(text)
    return 0


def _formatted(form: str, job: FakeJob, now: float) -> str:
    elapsed_s = int((job.ended_s or now) - job.started_s) if job.started_s else 0
    limit_s = job.limit_s
    end_s = job.ended_s
    if end_s is None and job.started_s and limit_s:
        end_s = job.started_s + limit_s
    values = {
        "i": str(job.id),
        "j": job.name,
        "u": job.user,
        "P": job.partition,
        "T": job.state,
        "D": "1",
        "C": "1",
        "M": _duration(elapsed_s),
        "l": "UNLIMITED" if limit_s is None else _duration(limit_s),
        "V": _time(job.submitted_s, "N/A"),
        "S": _time(job.started_s, "N/A"),
        "e": _time(end_s, "N/A"),
        "N": NODE if job.started_s else "",
        "r": job.reason,
    }
    first, *rest = form.split("%")
    return first + "".join(values[one[0]] + one[1:] for one in rest)


def _wrong(form: str, job: FakeJob, now: float, faults: Faults) -> str:
    """Return what a number meant before numbers began anew, or means to others."""
    theirs = FakeJob(
        id=job.id,
        user=faults.chance.choice([job.user, "other"]),
        name=faults.chance.choice(["relax", "old-cm-aaaaaaaaaaaaaaaa"]),
        comment="",
        partition=job.partition,
        state=faults.chance.choice(["COMPLETED", "FAILED", "CANCELLED", RUNNING]),
        reason="None",
        submitted_s=job.submitted_s - OLD_S,
        started_s=job.submitted_s - OLD_S,
        ended_s=job.submitted_s - OLD_S + 60,
    )
    return _formatted(form, theirs, now)


def sacct(words: list[str], queue: Queue, faults: Faults) -> int:
    if faults.sacct == "off":
        print("Slurm accounting storage is disabled", file=sys.stderr)
        return 1
    then = time.time() - float(faults.sacct)
    values = [word.partition("=")[::2] for word in words]
    asked = dict(values)
    ids = (asked.get("--jobs") or _value(words, "-j") or "").split(",")
    names = asked.get("--name", "").split(",")
    columns = (_value(words, "-o") or "JobID").split(",")
    for job in queue.jobs():
        is_asked = str(job.id) in ids or job.name in names
        if is_asked and job.submitted_s <= then:
            print("|".join(_SACCT[column](_as_of(job, then)) for column in columns))
    return 0


def _as_of(job: FakeJob, then: float) -> FakeJob:
    """Return the job as it was a while ago."""
    if job.ended_s is not None and job.ended_s <= then:
        return job
    has_begun = job.started_s is not None and job.started_s <= then
    return FakeJob(
        id=job.id,
        user=job.user,
        name=job.name,
        comment=job.comment,
        partition=job.partition,
        state=RUNNING if has_begun else PENDING,
        reason="None",
        submitted_s=job.submitted_s,
        started_s=job.started_s if has_begun else None,
    )


_SACCT: Final[dict[str, Callable[[FakeJob], str]]] = {
    "JobID": lambda job: str(job.id),
    "JobName": lambda job: job.name,
    "State": lambda job: "CANCELLED by 0" if job.state == "CANCELLED" else job.state,
    "Submit": lambda job: _time(job.submitted_s, "Unknown"),
    "Start": lambda job: _time(job.started_s, "None" if job.ended_s else "Unknown"),
    "End": lambda job: _time(job.ended_s, "Unknown"),
    "NodeList": lambda job: NODE if job.started_s else "None assigned",
    "ExitCode": lambda job: f"{job.code}:{job.signal}",
}


def scontrol(words: list[str], queue: Queue, faults: Faults) -> int:
    if "ping" in words:
        print("Slurmctld(primary) at fake is UP")
        return 0
    if "config" in words:
        print("ClusterName             = fake")
        print(f"MinJobAge               = {faults.age_s:g} sec")
        return 0
    if "release" in words:
        release(int(words[-1]), queue, faults)
        return 0
    now = time.time()
    for job in queue.jobs():
        is_known = job.ended_s is None or now - job.ended_s < faults.age_s
        if words[-1] == str(job.id) and is_known:
            print(
                f"JobId={job.id} JobName={job.name} UserId={job.user}(0) "
                f"JobState={job.state} Reason={job.reason} Dependency=(null) "
                f"ExitCode={job.code}:{job.signal} "
                f"SubmitTime={_time(job.submitted_s, 'Unknown')} "
                f"StartTime={_time(job.started_s, 'Unknown')} "
                f"EndTime={_time(job.ended_s, 'Unknown')} "
                f"Partition={job.partition} "
                f"NodeList={NODE if job.started_s else '(null)'}"
            )
            return 0
    print("slurm_load_jobs error: Invalid job id specified", file=sys.stderr)
    return 1


def sinfo(words: list[str], _queue: Queue, _faults: Faults) -> int:
    if "--version" in words:
        print("slurm-wlm 22.05.8")
        return 0
    for number, name in enumerate(PARTITIONS):
        print(f"{name}{'' if number else '*'}|up|infinite|4|4|4000")
    return 0


def _value(words: list[str], option: str) -> str | None:
    return words[words.index(option) + 1] if option in words else None


def _time(seconds: float | None, otherwise: str) -> str:
    if seconds is None:
        return otherwise
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))


def _duration(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
