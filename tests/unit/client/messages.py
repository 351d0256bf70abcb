"""Messages with every field filled, to be changed where a test needs it."""

from typing import Any

import msgspec

from crystalmath_protocol.calculations import CalculationResult, Source
from crystalmath_protocol.events import FetchEventsResult
from crystalmath_protocol.findings import InputFinding
from crystalmath_protocol.jobs import (
    Attempt,
    Cycle,
    Evidence,
    FetchJobProgressResult,
    GetJobDetailsResult,
    JobDetails,
    JobFile,
    JobSummary,
    StepExit,
)
from crystalmath_protocol.plans import (
    Limits,
    Parallelism,
    Plan,
    StagedFile,
    Step,
    Variable,
)
from crystalmath_protocol.submissions import SubmitJobResult, SubmittedJob
from crystalmath_protocol.system import LoopLag, StatusResult, StoreStatus

PLAN = Plan(
    version=1,
    name="mgo",
    code="pyscf",
    cluster="local",
    scheduler="direct",
    parallelism=Parallelism(
        ranks=1, ranks_reason="the engine has no MPI", threads=2, threads_reason="cores"
    ),
    steps=(
        Step(
            program="pyscf",
            input_name="mgo.d12",
            input_as="INPUT",
            executable="/usr/bin/python3",
            executable_origin="this installation",
            arguments=("-m", "engine", "my deck"),
            launcher=("mpirun", "-np", "2"),
            stdin="INPUT",
            stdout="mgo.out",
            stderr="mgo.out",
            good_codes=(0,),
        ),
    ),
    environment=(Variable(name="OMP_NUM_THREADS", value="2", origin="threads"),),
    stage_in=(
        StagedFile(
            name="mgo.d12",
            scratch_name="INPUT",
            role="input",
            is_required=True,
            sha256=None,
        ),
    ),
    stage_out=(
        StagedFile(
            name="mgo.f9",
            scratch_name="fort.9",
            role="wavefunction",
            is_required=False,
            sha256=None,
        ),
    ),
    scratch="/scratch/cry_mgo",
    scratch_origin="default",
    limits=Limits(walltime_s=None, memory_mb=None, grace_s=10),
    warnings=("no SHRINK",),
    overrides=(),
)

SUMMARY = JobSummary(
    job_id="12",
    name="mgo",
    code="pyscf",
    cluster="local",
    state="completed",
    cause=None,
    doubt=None,
    project=None,
    tags=(),
    collection=None,
    cores=2,
    priority=0,
    created_ms=1_700_000_000_000,
    started_ms=1_700_000_001_000,
    ended_ms=1_700_000_066_000,
    energy_ev=-7380.123456789,
    energy_kind="total",
    grade="converged",
)

RESULT = CalculationResult(
    version=1,
    code="pyscf",
    program="pyscf",
    code_version="2.8",
    headline_energy_kind="total",
    energy_ev=-7380.123456789,
    energy_as_printed=-271.21814,
    energy_unit="hartree",
    energy_source=Source(file="mgo.out", line=88, text=" total energy -271.21814"),
    energies_ev={"total": -7380.123456789},
    n_atoms=2,
    n_scf_cycles=9,
    n_geometry_steps=None,
    is_scf_converged=True,
    is_geometry_converged=None,
    is_normal_end=True,
    grade="converged",
    warnings=(),
    cause=None,
    ignored_keywords=("TOLINTEG",),
)

DETAILS = JobDetails(
    **msgspec.structs.asdict(SUMMARY),
    stale_since_ms=None,
    directory="/home/anna/jobs/12",
    plan=PLAN,
    results=(RESULT,),
    attempts=(
        Attempt(
            number=1,
            token="t",  # noqa: S106 - of an attempt
            state="ended",
            created_ms=1,
            started_ms=2,
            ended_ms=3,
            scheduler_id=None,
            scratch=None,
            directory="/home/anna/jobs/12/1",
            exits=(
                StepExit(
                    program="pyscf",
                    code=0,
                    signal=None,
                    started_ms=0,
                    ended_ms=65_000,
                    cpu_s=120.0,
                    max_memory_mb=300.0,
                ),
            ),
        ),
    ),
    evidence=(Evidence(seen_ms=3, source="exit.json", text="exit code 0"),),
    files=(JobFile(name="mgo.out", size=5000, role="output", sha256="ab" * 32),),
)

STATUS = StatusResult(
    server="crystalmathd 0.1.0",
    protocol="1.0",
    pid=4711,
    uptime_s=61.0,
    socket="/run/d.sock",
    n_clients=1,
    jobs_by_state={"running": 1, "failed": 0},
    cores_total=2,
    cores_busy=1,
    loop_lag=LoopLag(p50_ms=0.1, p99_ms=1.0, max_ms=2.0),
    store=StoreStatus(
        path="/s/db",
        store_id="s",
        size_bytes=4096,
        wal_bytes=0,
        schema_version=1,
        sqlite_version="3.40",
    ),
    last_backup_ms=None,
    degraded=(),
)


def changed(message: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(message, **fields)


def cycle(index: int, **fields: Any) -> Cycle:
    plain = {
        "index": index,
        "number": index,
        "geometry_step": 1,
        "energy_ev": -7380.0 - 0.1**index,
        "delta_ev": None if index == 1 else -(0.1**index),
    }
    return Cycle(**{**plain, **fields})


def progress(n_cycles: int, since: int = 0, **fields: Any) -> FetchJobProgressResult:
    plain: dict[str, Any] = {
        "job_id": "12",
        "state": "running",
        "cause": None,
        "step": 1,
        "n_steps": 1,
        "program": "pyscf",
        "phase": "scf",
        "detail": "",
        "geometry_step": 1,
        "max_cycles": 50,
        "n_cycles": n_cycles,
        "cycles": tuple(cycle(i) for i in range(since + 1, n_cycles + 1)),
        "elapsed_s": 3.0,
        "walltime_s": None,
    }
    return FetchJobProgressResult(**{**plain, **fields})


def submitted(_: Any) -> SubmitJobResult:
    job = SubmittedJob(job_id="12", name="mgo", directory="/jobs/12")
    return SubmitJobResult(jobs=(job,), collection=None, created=True)


def details(**fields: Any) -> Any:
    return lambda _: GetJobDetailsResult(job=changed(DETAILS, **fields))


def no_events(_: Any) -> FetchEventsResult:
    return FetchEventsResult(events=(), cursor="s:7")


WARNED = InputFinding(
    code="shrink.coarse",
    severity="warning",
    message="coarse",
    fix="a finer one",
    file="mgo.d12",
    line=3,
    column=2,
)
WRONG = msgspec.structs.replace(WARNED, code="basis.missing", severity="error")
