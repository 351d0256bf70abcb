"""Slurm's words for where a job is, why it waits and how it ended."""

from typing import Final

from crystalmathd.models.jobs import Cause

WAITING: Final[dict[str, str | None]] = {
    "PENDING": None,
    "REQUEUED": "Slurm will start it again",
    "REQUEUE_FED": "Slurm will start it again",
    "REQUEUE_HOLD": "it is to be started again, and is held until somebody releases it",
    "RESV_DEL_HOLD": "its reservation was deleted; it is held",
    "SPECIAL_EXIT": "it is held, because its end was marked as special",
}
"""It waits in the queue; what there is to say of it."""

RUNNING: Final[dict[str, str | None]] = {
    "RUNNING": None,
    "COMPLETING": "it is coming to its end",
    "CONFIGURING": "its nodes are being started",
    "EXPEDITING": "it is started again at once",
    "POWER_UP_NODE": "its nodes are being started",
    "RESIZING": "its nodes change",
    "SIGNALING": "it is being sent a signal",
    "STAGE_OUT": "its files are being brought home by Slurm",
    "STOPPED": "it is stopped, and keeps its cores",
    "SUSPENDED": "it is suspended, and goes on when Slurm lets it",
    "UPDATE_DB": "it is coming to its end",
}
"""It has nodes; what there is to say of it."""

ACTIVE: Final = (*WAITING, *RUNNING)

ENDS: Final[dict[str, tuple[Cause, str]]] = {
    "BOOT_FAIL": (Cause.BOOT_FAIL, "its nodes could not be started"),
    "CANCELLED": (
        Cause.CANCELLED_ELSEWHERE,
        "it was cancelled by scancel or by an administrator",
    ),
    "COMPLETED": (Cause.RUNNER_KILLED, "its script ended without an exit marker"),
    "DEADLINE": (Cause.DEADLINE, "its deadline passed"),
    "FAILED": (Cause.EXIT_CODE, "its script failed before it wrote an exit marker"),
    "LAUNCH_FAILED": (Cause.BOOT_FAIL, "it could not be launched on its nodes"),
    "NODE_FAIL": (Cause.NODE_FAIL, "one of its nodes failed"),
    "OUT_OF_MEMORY": (Cause.MEMORY, "it used more memory than it had asked for"),
    "PREEMPTED": (Cause.PREEMPTED, "a job of higher priority took its nodes"),
    "RECONFIG_FAIL": (Cause.BOOT_FAIL, "its nodes could not be set up"),
    "TIMEOUT": (Cause.WALLTIME, "the wall time was over"),
}
"""It has ended: the cause, in a word of ours and in a sentence."""

REASONS: Final[dict[str, str]] = {
    "AssociationJobLimit": "the account has as many jobs as it may",
    "BadConstraints": "no node can ever give what it asks for",
    "BeginTime": "it asked to begin later",
    "BurstBufferResources": "there is no room in the burst buffer",
    "BurstBufferStageIn": "its files are being staged into the burst buffer",
    "Cleaning": "it is started again, and its earlier run is still being cleaned up",
    "Dependency": "it waits for another job",
    "DependencyNeverSatisfied": "the job that it waits for has ended otherwise",
    "InactiveLimit": "it has reached the site's limit of inactivity",
    "InvalidAccount": "its account is not valid",
    "InvalidQOS": "its quality of service is not valid",
    "JobArrayTaskLimit": "the array may not run more of its tasks at once",
    "JobHeldAdmin": "an administrator holds it",
    "JobHeldUser": "it is held; scontrol release lets it go",
    "JobLaunchFailure": "it could not be launched; the site must look after it",
    "Licenses": "it waits for a licence",
    "MaxMemPerLimit": "it asks for more memory than the site allows",
    "NodeDown": "a node that it needs is down",
    "None": "the scheduler has not looked at it yet",
    "PartitionConfig": "it asks for more than its partition has or allows",
    "PartitionDown": "its partition is down",
    "PartitionInactive": "its partition takes no jobs now",
    "PartitionNodeLimit": "it asks for more nodes than its partition allows",
    "PartitionTimeLimit": "it asks for more time than its partition allows",
    "Priority": "jobs of higher priority are before it",
    "Prolog": "the site's preparation of its nodes is running",
    "QOSNotAllowed": "its quality of service may not use this partition",
    "ReqNodeNotAvail": "a node that it needs is not available",
    "Reservation": "its reservation has not begun",
    "ReservationDeleted": "its reservation was deleted",
    "Resources": "it waits for free nodes",
    "TimeLimit": "it has reached its wall time",
    "job requeued in held state": "it is to be started again, and is held",
    "launch failed requeued held": "it could not be launched, and is held",
}
"""Why a job waits. Every release brings more words: what is not here is told raw."""


def reason_in_words(raw: str) -> str:
    """Return why a job waits, with Slurm's own word behind it."""
    word = raw.strip().strip("()").partition(",")[0]
    known = REASONS.get(word)
    if known is None and word.startswith("QOS"):
        known = "a limit of its quality of service is reached"
    if known is None and word.startswith(("Assoc", "MaxGRES")):
        known = "a limit of its account is reached"
    if known is None:
        return f"it waits: {raw.strip()}"
    return known if word == "None" else f"{known} ({raw.strip()})"


def cause_of(state: str) -> Cause | None:
    """Return why a job ended, of the scheduler's own word beside an exit marker.

    None where that says less than the marker: the script's own end, or scancel.
    """
    word = word_of(state)
    if word in {"COMPLETED", "FAILED", "CANCELLED"} or word not in ENDS:
        return None
    return ENDS[word][0]


def word_of(state: str) -> str:
    """Return the state without what sacct adds: `CANCELLED by 0`, `PREEMPTED+`."""
    return state.partition(" ")[0].rstrip("+").upper()
