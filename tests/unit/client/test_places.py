"""Where a job runs and where its files are: `--cluster`, `queue`, `fetch`, `goto`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmath.cli.goto import ssh_words
from crystalmath.exits import Exit
from crystalmath_protocol.control import Asked, RetryJobResult, WhyJobResult
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.jobs import FetchFileResult, FetchJobsResult
from crystalmath_protocol.queues import (
    CancelSlurmJobResult,
    FetchSlurmQueueResult,
    QueueAsked,
    QueueOptions,
    SyncRemoteJobsResult,
)
from crystalmath_protocol.submissions import ExplainJobResult, ResourcesAsked
from tests.unit.client.cluster_messages import CLUSTER, QUEUED, SETTINGS, cluster
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import (
    DETAILS,
    PLAN,
    SUMMARY,
    changed,
    details,
    submitted,
)

# --- submitting ---------------------------------------------------------------------


def test_a_job_is_sent_to_a_cluster_with_what_its_queue_is_asked(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["submit_job"] = submitted
    (tmp_path / "mgo.d12").write_text("deck")
    crystalmath(
        *("submit", "mgo", "-c", "hpc", "--partition", "gpu-a100", "--requeue"),
        *("--nodes", "2", "--directive=--mail-type=END"),
    )
    [asked] = fake.asked("submit_job")
    assert asked.cluster == "hpc"
    assert asked.resources.queue == QueueAsked(
        partition="gpu-a100",
        nodes=2,
        is_requeued=True,
        directives=("--mail-type=END",),
    )


def test_a_job_runs_here_unless_it_is_said_otherwise(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["submit_job"] = submitted
    (tmp_path / "mgo.d12").write_text("deck")
    crystalmath("submit", "mgo")
    [asked] = fake.asked("submit_job")
    assert (asked.cluster, asked.resources.queue) == ("local", QueueAsked())


def test_a_retry_on_another_cluster_is_planned_anew(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "get_job_details": details(state="failed"),
        "retry_job": lambda _: RetryJobResult(
            job_id="12", state="queued", n_attempts=1, created=True
        ),
    }
    crystalmath("retry", "12", "--cluster", "hpc")
    [asked] = fake.asked("retry_job")
    assert asked.cluster == "hpc"
    assert asked.resources == ResourcesAsked()


def test_a_plan_shows_what_the_queue_is_asked_and_the_script(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    (tmp_path / "mgo.d12").write_text("deck")
    plan = changed(
        PLAN,
        queue=QueueOptions(
            partition="gpu-a100", gpus="2", is_exclusive=True, is_requeued=True
        ),
        modules=("gcc/12+cuda",),
        setup=("ulimit -s unlimited",),
        script="#!/bin/sh\n#SBATCH --partition=gpu-a100\n\nrun pw.x\n",
    )
    fake.answers["explain_job"] = lambda _: ExplainJobResult(plans=(plan,))
    said = crystalmath("explain", "mgo", "--cluster", "hpc")
    for words in (
        "partition gpu-a100, gpus 2, whole nodes, run again after a node has failed",
        "gcc/12+cuda",
        "ulimit -s unlimited",
        "all 4 lines)\n  #!/bin/sh\n  #SBATCH --partition=gpu-a100",
    ):
        assert words in said.out
    assert "run pw.x" not in said.out
    whole = crystalmath("explain", "mgo", "--cluster", "hpc", "-v").out
    assert "job script\n  #!/bin/sh" in whole
    assert "run pw.x" in whole


def test_jobs_of_a_cluster_are_listed_with_its_name(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=(changed(SUMMARY, cluster="hpc"), SUMMARY), next_page=None, cursor="s:0"
    )
    said = crystalmath("jobs", "--cluster", "hpc")
    assert fake.asked("fetch_jobs")[0].cluster == "hpc"
    head, there, here = said.out.splitlines()
    assert head.split()[-1] == "CLUSTER"
    assert there.split()[-1] == "hpc"
    assert "hpc" not in here
    assert "local" not in here


def test_what_was_asked_of_whom_is_told(fake: FakeDaemon, crystalmath: Command) -> None:
    asked = Asked(
        asked_ms=1_700_000_000_000,
        whom="squeue on hpc",
        answer="it waits for nodes",
        conclusion="it waits there",
        is_answered=True,
    )
    fake.answers["why_job"] = lambda _: WhyJobResult(
        job_id="12",
        state="pending",
        cause=None,
        doubt=None,
        stale_since_ms=None,
        sentences=("It waits.",),
        evidence=(),
        next_look_ms=None,
        asked=(asked,),
        estimated_start_ms=1_700_000_000_000,
    )
    said = crystalmath("why", "12")
    assert "squeue on hpc: it waits for nodes → it waits there" in said.out
    assert "may start  2023-11-1" in said.out


# --- the queue ----------------------------------------------------------------------


def queue(*jobs: Any, more: int = 0) -> Any:
    return lambda _: FetchSlurmQueueResult(
        cluster="hpc", jobs=jobs, n_jobs=len(jobs) + more
    )


def test_the_queue_is_a_table_with_our_numbers(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    array = changed(
        QUEUED, scheduler_id="4712_[3-20%4]", job_id=None, n_tasks=18, reason=None
    )
    fake.answers["fetch_slurm_queue"] = queue(QUEUED, array, more=3)
    said = crystalmath("queue", "hpc", "--all")
    assert fake.asked("fetch_slurm_queue")[0].all
    head, ours, other = said.out.splitlines()
    assert head.split()[:3] == ["ID", "JOB", "NAME"]
    assert "RAN" not in head  # nothing stands in that column
    assert ours.split()[:2] == ["4711", "12"]
    assert "pending" in ours
    assert "Priority" in ours
    assert other.startswith("4712_[3-20%4] (18 tasks)")
    assert "3 more are not shown." in said.err


def test_an_empty_queue_is_a_sentence(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["fetch_slurm_queue"] = queue()
    said = crystalmath("queue", "hpc")
    assert (said.code, said.out) == (0, "")
    assert said.err == "Your queue on hpc is empty.\n"
    assert not fake.asked("fetch_slurm_queue")[0].all


def test_jobs_are_taken_out_of_the_queue_one_by_one(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def cancel(params: Any) -> Any:
        if params.scheduler_id == "1":
            raise Refusal(ErrorCode.CLUSTER_REFUSED, "hpc: 1 is not yours")
        job_id = "12" if params.scheduler_id == "4711" else None
        return CancelSlurmJobResult(
            cluster="hpc", scheduler_id=params.scheduler_id, job_id=job_id
        )

    fake.answers["cancel_slurm_job"] = cancel
    said = crystalmath(
        *("queue", "hpc", "--cancel", "4711"), *("--cancel", "1", "--cancel", "7_[1-3]")
    )
    assert said.code == Exit.ERROR
    assert said.out.splitlines() == [
        "4711, which is job 12, was asked to end on hpc",
        "7_[1-3] was asked to end on hpc",
    ]
    assert said.err == "error: hpc: 1 is not yours\n"
    assert crystalmath("queue", "hpc", "--cancel", "-u").code == Exit.USAGE


def test_all_jobs_of_a_cluster_are_looked_at(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["sync_remote_jobs"] = lambda _: SyncRemoteJobsResult(
        cluster="hpc", job_ids=("12", "13")
    )
    said = crystalmath("clusters", "sync", "hpc")
    assert said.out == "2 jobs on hpc looked at: 12 13\n"


# --- files --------------------------------------------------------------------------


def test_a_file_is_waited_for_until_it_is_here(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def fetch(params: Any) -> FetchFileResult:
        return FetchFileResult(
            job_id="12",
            name=params.name,
            path=f"/jobs/12/1/outputs/{params.name}",
            size=2048,
            sha256="ab" * 32,
            is_here=len(fake.asked("fetch_file")) > 2,
        )

    fake.answers["fetch_file"] = fetch
    said = crystalmath("fetch", "12", "WAVECAR", "CHGCAR")
    assert said.code == 0
    assert said.out.splitlines() == [
        "/jobs/12/1/outputs/WAVECAR (2.0 KiB)",
        "/jobs/12/1/outputs/CHGCAR (2.0 KiB)",
    ]
    names = [one.name for one in fake.asked("fetch_file")]
    assert names == ["WAVECAR", "WAVECAR", "WAVECAR", "CHGCAR"]
    assert crystalmath("-q", "fetch", "12", "CHGCAR").out.endswith("CHGCAR\n")


def test_files_that_are_not_here_are_told_with_the_command_that_brings_them(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    away = changed(DETAILS.files[0], name="outputs/WAVECAR", is_here=False)
    fake.answers["get_job_details"] = details(
        cluster="hpc", files=(DETAILS.files[0], away)
    )
    said = crystalmath("show", "12")
    assert "on hpc" in said.out
    assert "`crystalmath fetch 12 NAME` brings one here" in said.out


# --- going there --------------------------------------------------------------------


def test_a_shell_is_opened_in_the_directory_there(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    directory = "/home/anna/.crystalmath/jobs/12/1"
    attempt = changed(DETAILS.attempts[0], remote_directory=directory)
    fake.answers |= {
        "get_job_details": details(cluster="hpc", attempts=(attempt,)),
        "get_cluster": cluster,
    }
    said = msgspec.json.decode(crystalmath("goto", "12", "--json").out)
    assert said["directory"] == directory
    assert said["command"] == [
        *("ssh", "-t", "-p", "2222", "-l", "anna", "-i", "/home/anna/.ssh/a key"),
        *("-J", "gate,anna@inner:22", "--", "login.hpc"),
        f"cd {directory} && exec $SHELL -l",
    ]


@pytest.mark.parametrize("name", ["it's a job", "$(id) `id`", "a;b & c", "-x"])
@pytest.mark.parametrize("home", ["", "~/"])
def test_no_name_of_a_directory_is_a_command(
    name: str, home: str, tmp_path: Path
) -> None:
    bare = changed(
        CLUSTER,
        settings=changed(
            SETTINGS, port=None, user=None, identity_file=None, proxy_jump=None
        ),
    )
    there = tmp_path / name
    there.mkdir()
    command = ssh_words(bare, f"{home or tmp_path}{'' if home else '/'}{name}")
    assert command[:-1] == ["ssh", "-t", "--", "login.hpc"]
    done = subprocess.run(
        ["/bin/sh", "-c", command[-1].replace("exec $SHELL -l", "pwd")],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{there}\n"


def test_a_local_job_is_here(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["get_job_details"] = details(directory=str(tmp_path))
    said = msgspec.json.decode(crystalmath("goto", "12", "--json").out)
    assert said["directory"] == str(tmp_path)


def test_the_shell_takes_the_place_of_the_command(
    fake: FakeDaemon, tmp_path: Path
) -> None:
    fake.answers["get_job_details"] = details(directory=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "crystalmath", "goto", "12"],
        env=os.environ | {"SHELL": "/bin/sh"},
        input="pwd; exit 7\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, f"{tmp_path}\n")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"attempts": (), "state": "queued"}, "no directory yet: it is queued."),
        ({"directory": "/nowhere/12"}, "/nowhere/12: it was removed."),
    ],
)
def test_where_there_is_nothing_nobody_goes(
    fake: FakeDaemon, crystalmath: Command, fields: dict[str, Any], reason: str
) -> None:
    fake.answers["get_job_details"] = details(**fields)
    said = crystalmath("goto", "12")
    assert said.code == Exit.NOT_FOUND
    assert reason in said.err
