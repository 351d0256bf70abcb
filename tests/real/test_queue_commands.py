"""A batch system on this machine as its user meets it: look-over, queue, reasons."""

import json
from collections.abc import Iterator

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath.exits import Exit
from crystalmath_protocol.queues import QueueAsked
from crystalmath_protocol.submissions import ResourcesAsked
from tests.harness import RunningDaemon, deck, submit, wait_until
from tests.real.slurm import SlurmCluster

pytestmark = pytest.mark.slurm
ENDLESS = deck(CYCLE_S=0.1, CYCLES=10_000)
END_S = 60.0
PARTITIONS = ("main", "gpu-a100", "short", "low")


@pytest.fixture
def slurm(slurm_without_accounting: SlurmCluster) -> SlurmCluster:
    return slurm_without_accounting


@pytest.fixture
def here(daemon: RunningDaemon, slurm: SlurmCluster) -> Iterator[RunningDaemon]:
    """Name the Slurm of this machine `here`; what its jobs run is the stand-in."""
    daemon.install_stand_in("crystal")
    daemon.crystalmath(
        *("clusters", "add", "here", "--transport", "local"),
        *("--path", str(slurm.bin), "--poll", "1s"),
        *("--scratch", str(daemon.home / "scratch-of-here")),
    )
    yield daemon
    slurm.cancel_all()


@pytest.fixture
def connection(here: RunningDaemon) -> Iterator[Connection]:
    with here.connection() as connection:
        yield connection


def state(connection: Connection, job_id: str) -> str:
    return connection.get_job_details(job_id).state


def test_slurm_is_found_and_says_what_it_is(
    here: RunningDaemon, connection: Connection
) -> None:
    found = connection.get_cluster("here")
    assert found.scheduler == "slurm"  # nobody has said so
    facts = found.facts
    assert facts is not None
    assert facts.has_accounting is False
    assert {one.name for one in facts.partitions} == set(PARTITIONS)
    shown = here.crystalmath("clusters", "show", "here").stdout
    assert "main*" in shown
    assert "without accounting" in shown


def test_a_partition_that_is_not_there_is_told_by_the_look_over(
    here: RunningDaemon,
) -> None:
    here.crystalmath("clusters", "set", "here", "--partition", "gpu-h100")
    done = here.crystalmath("clusters", "test", "here", check=False)
    assert done.returncode == Exit.ERROR
    assert "there is no partition gpu-h100; there are" in done.stdout


def test_a_plan_shows_the_script_with_what_was_asked(here: RunningDaemon) -> None:
    here.write("mgo.d12", deck())
    said = here.crystalmath(
        *("explain", "mgo", "--cluster", "here", "--partition", "gpu-a100"),
        *("--walltime", "5m", "--directive=--mail-type=END"),
        cwd=here.home / "work",
    ).stdout
    assert "#SBATCH --partition=gpu-a100" in said
    assert "#SBATCH --mail-type=END" in said
    assert "here, by slurm" in said


def test_the_queue_names_our_jobs_and_those_by_hand(
    here: RunningDaemon, connection: Connection, slurm: SlurmCluster
) -> None:
    ours = submit(here, connection, ENDLESS, cluster="here")
    script = slurm.home / "sleep.sh"
    script.write_text("#!/bin/sh\nsleep 300\n")
    slurm.run("sbatch", "-o", "/dev/null", "-J", "by-hand", str(script))
    array = ("-a", "1-40%1", "-J", "array")
    slurm.run("sbatch", "-o", "/dev/null", *array, str(script))
    wait_until(lambda: state(connection, ours) == "running", END_S, here.log())
    queue = {one.name: one for one in connection.fetch_slurm_queue("here").jobs}
    [mine] = [one for one in queue.values() if one.job_id == ours]
    assert mine.name.startswith("mgo-cm-")
    assert queue["by-hand"].job_id is None
    # Tasks that wait are one line.
    lines = connection.fetch_slurm_queue("here", all=True).jobs
    folded = [one for one in lines if one.name == "array" and one.n_tasks > 1]
    assert len(folded) == 1
    assert folded[0].n_tasks >= 38
    printed = here.crystalmath("queue", "here").stdout
    assert ours in printed
    assert "by-hand" in printed


def test_a_job_by_hand_and_one_of_ours_are_taken_out_of_the_queue(
    here: RunningDaemon, connection: Connection, slurm: SlurmCluster
) -> None:
    script = slurm.home / "sleep.sh"
    script.write_text("#!/bin/sh\nsleep 300\n")
    by_hand = slurm.run("sbatch", "-o", "/dev/null", "--parsable", str(script)).strip()
    ours = submit(here, connection, ENDLESS, cluster="here")
    wait_until(lambda: state(connection, ours) == "running", END_S, here.log())
    queued = {one.job_id: one for one in connection.fetch_slurm_queue("here").jobs}
    words = ("--cancel", by_hand, "--cancel", queued[ours].scheduler_id)
    said = here.crystalmath("queue", "here", *words).stdout
    assert f"which is job {ours}, was asked to end" in said
    job = connection.wait(ours, timeout_s=END_S)
    assert (job.state, job.cause) == ("cancelled", "cancelled")
    wait_until(
        lambda: not slurm.run("squeue", "-h", "-j", by_hand, check=False).strip(), END_S
    )
    with pytest.raises(RpcError, match="here: 999999 was not cancelled"):
        connection.cancel_slurm_job("here", "999999")


def test_a_job_that_waits_there_says_why_and_who_was_asked(
    here: RunningDaemon, connection: Connection
) -> None:
    # The partition has one node: a second job that wants it whole has to wait.
    queue = QueueAsked(partition="gpu-a100", is_exclusive=True)
    many = ResourcesAsked(queue=queue, walltime_s=600)
    first = submit(here, connection, ENDLESS, cluster="here", resources=many)
    wait_until(lambda: state(connection, first) == "running", END_S, here.log())
    second = submit(here, connection, ENDLESS, cluster="here", resources=many)
    wait_until(lambda: state(connection, second) == "pending", END_S, here.log())
    # What sbatch has answered is not why it waits; the next look tells that.
    wait_until(lambda: says(connection, second), END_S, here.log())
    why = connection.why_job(second)
    assert why.state == "pending"
    [asked] = why.asked
    assert asked.is_answered
    assert asked.whom.endswith("on here")
    assert asked.conclusion == "it waits there"
    said = here.crystalmath("why", second).stdout
    assert "→ it waits there" in said
    connection.cancel_job(second)
    assert connection.wait(second, timeout_s=END_S).state == "cancelled"
    connection.cancel_job(first)
    connection.wait(first, timeout_s=END_S)


def says(connection: Connection, job_id: str) -> bool:
    sentences = connection.why_job(job_id).sentences
    return any(one.startswith("here says: ") for one in sentences)


def test_a_queue_that_cannot_be_read_is_no_empty_one(
    here: RunningDaemon, connection: Connection, slurm: SlurmCluster
) -> None:
    whole = (slurm.bin / "squeue").read_text()
    try:
        slurm.install("squeue", "echo 'slurm_load_jobs error' >&2; exit 1\n")
        with pytest.raises(RpcError, match=r"cannot be read: .*slurm_load_jobs error"):
            connection.fetch_slurm_queue("here")
        done = here.crystalmath("queue", "here", "--json", check=False)
        error = json.loads(done.stderr)["error"]
        assert (error["kind"], done.stdout) == ("cluster.queue_unreadable", "")
    finally:
        (slurm.bin / "squeue").write_text(whole)
