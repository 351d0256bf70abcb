"""Messages about clusters with every field filled, to be changed where needed."""

from typing import Any

import msgspec

from crystalmath_protocol.clusters import (
    ClusterDetails,
    ClusterFacts,
    ClusterResult,
    ClusterSettings,
    ClusterSummary,
    CodeProfile,
    HostBudget,
    Partition,
)
from crystalmath_protocol.queues import QueuedJob, QueueOptions

BUDGET = HostBudget(
    state="closed",
    since_ms=1_700_000_000_000,
    last_answer_ms=1_700_000_001_000,
    next_try_ms=None,
    reason=None,
    n_logins=1,
    n_commands=12,
    bytes_sent=2048,
    bytes_received=4096,
)

SUMMARY = ClusterSummary(
    name="hpc",
    transport="ssh",
    scheduler="slurm",
    host="login.hpc",
    is_paused=False,
    budget=BUDGET,
    jobs_by_state={"running": 2, "pending": 1, "completed": 40},
    checked_ms=1_700_000_000_000,
)

SETTINGS = ClusterSettings(
    name="hpc",
    transport="ssh",
    scheduler="slurm",
    host="login.hpc",
    user="anna",
    port=2222,
    identity_file="/home/anna/.ssh/a key",
    proxy_jump="gate,anna@inner:22",
    root="~/.crystalmath",
    scratch_base="/scratch/anna",
    path=("/opt/slurm/bin",),
    modules=("gcc/12+cuda",),
    setup=("ulimit -s unlimited",),
    environment={"OMP_STACKSIZE": "1G"},
    queue=QueueOptions(partition="gpu-a100", nodes=2, directives=("--mail-type=END",)),
    profiles=(
        CodeProfile(
            code="espresso",
            program="*",
            executable=None,
            launcher=("srun", "-n", "{ranks}"),
            modules=("qe/7.2",),
            setup=(),
            environment={},
        ),
    ),
    template="#!/bin/sh\n#SBATCH\n",
    max_jobs=20,
    max_cores=None,
    poll_interval_s=30,
    max_poll_interval_s=300,
    fetch_limit_mb=64,
    is_paused=False,
)

FACTS = ClusterFacts(
    checked_ms=1_700_000_000_000,
    home="/home/anna",
    host="login1",
    user="anna",
    scheduler_version="22.05.8",
    has_accounting=False,
    min_job_age_s=300,
    partitions=(
        Partition(
            name="gpu-a100",
            is_default=True,
            state="up",
            nodes=4,
            cores_per_node=64,
            memory_per_node_mb=262_144,
            walltime_s=86_400,
        ),
    ),
    executables={"pw.x": "/opt/qe/pw.x"},
    has_modules=True,
    cores=64,
    free_root_mb=1000,
    free_scratch_mb=2000,
    clock_offset_s=0.0,
)

CLUSTER = ClusterDetails(
    **msgspec.structs.asdict(SUMMARY),
    settings=SETTINGS,
    facts=FACTS,
    created_ms=1,
    changed_ms=2,
    version=3,
)

QUEUED = QueuedJob(
    scheduler_id="4711",
    job_id="12",
    name="mgo-cm-a",
    user="anna",
    state="PENDING",
    partition="gpu-a100",
    reason="Priority",
    n_tasks=1,
    nodes=2,
    cores=128,
    elapsed_s=0,
    walltime_s=7200,
    estimated_start_ms=None,
)


def cluster(_: Any) -> ClusterResult:
    return ClusterResult(cluster=CLUSTER)
