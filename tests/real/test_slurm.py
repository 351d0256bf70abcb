"""What only a real Slurm does to a job: state, cause and sentence for each."""

import contextlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmathd.models.clusters import ClusterFacts
from crystalmathd.models.jobs import Cause
from crystalmathd.models.observations import (
    Absent,
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Refused,
    Terminated,
    Unknown,
)
from crystalmathd.models.queues import QueuedJob
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.base import Command, Place
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.transports.base import CommandResult
from crystalmathd.runners.transports.local import LocalTransport
from tests.conformance.test_runners import Attempt, look, look_until
from tests.harness import end_processes_below, wait_until
from tests.real.slurm import SlurmCluster

pytestmark = [pytest.mark.anyio, pytest.mark.slurm]
NOISE = {
    "XDG_RUNTIME_DIR": "/run/user/1",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x",
    "SBATCH_PARTITION": "nowhere",
    "SLURM_JOB_ID": "1",
    "SECRET": "canary",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def runner(slurm: SlurmCluster) -> Iterator[Runner]:
    yield Runner(
        Slurm(path=(str(slurm.bin),), marker_patience_s=1),
        LocalTransport(),
        {"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | NOISE,
    )
    slurm.cancel_all()


@pytest.fixture
def attempt(runner: Runner, tmp_path: Path) -> Iterator[Attempt]:
    yield Attempt(tmp_path, runner.scheduler)
    end_processes_below(tmp_path)


async def run(runner: Runner, command: Command | None) -> CommandResult:
    assert command is not None
    return await runner.transport.run(
        command.arguments, deadline_s=60, stdin=command.stdin
    )


def queue_of(batch: SlurmBatch, result: CommandResult) -> tuple[QueuedJob, ...]:
    return batch.parse_queue(result.exit_code, result.stdout, result.stderr)


def facts_of(batch: SlurmBatch, result: CommandResult) -> ClusterFacts:
    before = ClusterFacts(checked_ms=1, home="/home", host="login", user="u")
    return batch.add_facts(before, result.exit_code, result.stdout, result.stderr)


async def launched(runner: Runner, place: Place) -> str:
    """Start an attempt; return its number in the queue."""
    alive = await runner.launch(place)
    assert isinstance(alive, Alive), alive
    assert alive.is_pending
    return alive.scheduler_id


async def running(runner: Runner, place: Place, mark: Path) -> str:
    """Start an attempt and wait for the file that its program makes."""
    job = await launched(runner, place)
    with anyio.fail_after(30):
        while not mark.exists():
            await anyio.sleep(0.05)
    return job


async def ended(
    runner: Runner,
    place: Place,
    within_s: float = 30,
    slurm: SlurmCluster | None = None,
) -> Ended:
    """Wait for the exit marker; if it does not come, tell what there is instead."""
    told: list[str] = []
    with anyio.move_on_after(within_s):
        while not isinstance(seen := await look(runner, place), Ended):
            told += [f"{time.time():.0f}: {seen}"]
            await anyio.sleep(0.1)
        return seen
    log = slurm.log() if slurm is not None else ""
    raise AssertionError("\n".join([*told[:1], *told[-3:], log]))


async def terminated(runner: Runner, place: Place) -> Terminated:
    seen = await look_until(runner, place, Terminated)
    assert isinstance(seen, Terminated)
    return seen


def slurm_of(runner: Runner) -> Slurm:
    assert isinstance(runner.scheduler, Slurm)
    return runner.scheduler


STEPS = """
i=0
while [ ! -e STOPCAR ]; do
    i=$((i + 1)); echo "step $i"
    sleep 0.5
    echo "$i" > CONTCAR
done
echo stopped cleanly
"""
DEAF = "trap '' TERM; i=0; while :; do i=$((i + 1)); echo $i > CONTCAR; sleep 0.5; done"


async def test_the_wall_time_costs_at_most_one_step_and_leaves_restart_files(
    runner: Runner, tmp_path: Path, slurm: SlurmCluster
) -> None:
    saved = [{"name": "CONTCAR", "scratch_name": "CONTCAR", "role": "geometry"}]
    asked, deaf = (Attempt(tmp_path / n, runner.scheduler) for n in ("asked", "deaf"))
    for one, script, files in (
        (asked, STEPS, [["STOPCAR", "LSTOP = .TRUE.\n"]]),
        (
            deaf,
            DEAF,
            [],
        ),
    ):
        one.prepare(script, "echo next", walltime_s=60, stage_out=saved, grace_s=2)
        launch = json.loads((one.directory / "run" / "launch.json").read_text())
        launch["steps"][0]["clean_stop"] = {"files": files, "margin_s": 24}
        scripts = runner.scheduler.scripts(one.place, launch, {"PATH": "/usr/bin:/bin"})
        (one.directory / "run" / "job.sh").write_bytes(scripts["job.sh"])
        await launched(runner, one.place)
    for one in (asked, deaf):
        seen = await ended(runner, one.place, 180, slurm)
        assert seen.record.cause == Cause.WALLTIME
        assert len(seen.record.steps) == 1
        assert {f.name for f in seen.record.files} == {"0.out", "CONTCAR"}
        assert not seen.record.is_scratch_kept
    printed = asked.output("0.out").splitlines()
    done = int(asked.output("CONTCAR"))
    assert printed[-1] == "stopped cleanly"
    begun = int(printed[-2].split()[1])
    assert begun - done <= 1
    assert int(deaf.output("CONTCAR")) > 10


async def test_a_job_without_a_wall_time_is_warned_of_the_partitions(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(
        STEPS.replace("STOPCAR", "never"), queue={"partition": "short"}
    )
    await launched(runner, place)
    seen = await ended(runner, place, 180, slurm)
    assert seen.record.cause == Cause.WALLTIME


async def test_too_much_memory_is_told_as_such(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    if not slurm.has_limits:
        pytest.skip("no control groups of version 1 that limit memory")
    hungry = "head -c 400000000 /dev/zero | tail -c 300000000 | wc -c; echo left > opt1"
    place = attempt.prepare(hungry, memory_mb=50)
    await launched(runner, place)
    seen = await ended(runner, place)
    assert seen.scheduler_state == "OUT_OF_MEMORY"


async def test_scancel_by_hand_is_no_wish_of_the_daemon(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f"echo w > fort.9; : > {attempt.home}/mark; sleep 60")
    job = await running(runner, place, attempt.home / "mark")
    slurm.run("scancel", job)
    seen = await ended(runner, place)
    assert (seen.record.cause, seen.record.is_asked) == ("cancelled", False)
    assert seen.scheduler_state == "CANCELLED"
    assert "x.f9" in {file.name for file in seen.record.files}


async def test_our_own_stop_saves_the_files_and_says_that_it_was_asked(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(f"echo w > fort.9; : > {attempt.home}/mark; sleep 60")
    await running(runner, place, attempt.home / "mark")
    await runner.stop(place, 1)
    seen = await ended(runner, place)
    assert (seen.record.cause, seen.record.is_asked) == ("cancelled", True)
    assert "x.f9" in {file.name for file in seen.record.files}


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_job_that_is_cancelled_while_it_waits_is_over_at_once(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster, *, is_ours: bool
) -> None:
    place = attempt.prepare("echo ran", queue={"directives": ["--hold"]})
    job = await launched(runner, place)
    waits = await look(runner, place)
    assert isinstance(waits, Alive)
    assert waits.is_pending
    assert waits.note == "it is held; scontrol release lets it go (JobHeldUser)"
    if is_ours:
        await runner.stop(place, 1)
    else:
        slurm.run("scancel", job)
    seen = await terminated(runner, place)
    assert seen.cause == (Cause.CANCELLED if is_ours else Cause.CANCELLED_ELSEWHERE)
    assert "before it began" in seen.text


async def test_a_waiting_job_says_why_and_when_it_may_start(
    runner: Runner, tmp_path: Path
) -> None:
    full = {"nodes": 4, "is_exclusive": True}
    first, second = (Attempt(tmp_path / n, runner.scheduler) for n in "ab")
    for one in (first, second):
        one.prepare(
            f": > {one.home}/mark; sleep 60", queue=full, ranks=4, walltime_s=600
        )
    await running(runner, first.place, first.home / "mark")
    await launched(runner, second.place)

    with anyio.fail_after(30):
        while True:
            seen = await look(runner, second.place)
            if isinstance(seen, Alive) and seen.estimated_start_ms is not None:
                break
            await anyio.sleep(0.1)
    assert seen.note == "it waits for free nodes (Resources)"
    assert abs(seen.estimated_start_ms / 1000 - time.time() - 600) < 120


async def test_a_node_that_dies_is_named_as_the_cause(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    node = slurm.nodes[3]
    place = attempt.prepare(
        f"echo w > fort.9; : > {attempt.home}/mark; sleep 60",
        queue={"directives": [f"--nodelist={node}"]},
    )
    job = await running(runner, place, attempt.home / "mark")
    slurm.kill_node(node)
    slurm.end_steps(node)
    os.kill(_pid(attempt), signal.SIGKILL)
    end_processes_below(attempt.home)
    slurm.run("scontrol", "update", f"nodename={node}", "state=down", "reason=power")
    try:
        seen = await terminated(runner, place)
        assert seen.cause == Cause.NODE_FAIL
        assert (
            seen.text == f"Slurm says NODE_FAIL of job {job}: one of its nodes failed"
        )
        record = json.loads(await runner.rescue(place))
        assert "x.f9" in {file["name"] for file in record["files"]}
        assert "its scratch directory is left" in record["errors"][0]
    finally:
        slurm.start_node(node)
        slurm.run("scontrol", "update", f"nodename={node}", "state=resume")
        wait_until(slurm.is_ready, 60, slurm.log())


def _pid(attempt: Attempt) -> int:
    record = json.loads((attempt.directory / "run" / "pid.json").read_text())
    return int(record["pid"])


async def test_a_script_that_was_killed_leaves_slurms_word_and_its_scratch(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f"echo w > fort.9; : > {attempt.home}/mark; sleep 60")
    await running(runner, place, attempt.home / "mark")
    os.kill(_pid(attempt), signal.SIGKILL)
    # For a second or two the accounting calls the job "allocation".
    patient = Slurm(path=(str(slurm.bin),), marker_patience_s=5)
    seen = await terminated(Runner(patient, runner.transport), place)
    assert (seen.raw, seen.cause) == ("FAILED", Cause.SIGNAL)
    assert "signal 9" in seen.text
    record = json.loads(await runner.rescue(place))
    assert [file["name"] for file in record["files"]] == ["0.out", "x.f9"]


async def test_a_requeued_job_starts_afresh_and_counts_once(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    home = attempt.home
    script = (
        f"echo run >> {home}/ledger; : > {home}/mark;"
        f" [ -e {home}/again ] || sleep 60; echo w > fort.9"
    )
    place = attempt.prepare(script, queue={"is_requeued": True})
    job = await running(runner, place, home / "mark")
    (home / "again").touch()
    slurm.run("scontrol", "requeue", job)
    with anyio.fail_after(30):
        while not isinstance(seen := await look(runner, place), Alive) or not (
            seen.is_pending
        ):
            assert not isinstance(seen, Ended | Terminated), seen
            await anyio.sleep(0.05)
    slurm.run("scontrol", "update", f"jobid={job}", "StartTime=now")
    end = await ended(runner, place)
    ledger = (home / "ledger").read_text()
    assert end.record.cause is None, f"{ledger}{end.record}\n{slurm.log()}"
    assert [step.code for step in end.record.steps] == [0]
    assert ledger == "run\nrun\n"
    assert [path.name for path in attempt.scratch.iterdir()] == []


@pytest.mark.parametrize("is_requeued", [True, False])
async def test_a_job_that_is_preempted_ends_as_such_or_starts_again(
    runner: Runner, slurm: SlurmCluster, tmp_path: Path, *, is_requeued: bool
) -> None:
    low, high = (Attempt(tmp_path / n, runner.scheduler) for n in ("low", "high"))
    mark, go = low.home / "mark", low.home / "go"
    place = low.prepare(
        f"echo w > fort.9; : > {mark}; until [ -e {go} ]; do sleep 0.1; done",
        queue={"partition": "low", "is_requeued": is_requeued},
    )
    job = await running(runner, place, mark)
    on_its_node = {"is_exclusive": True, "directives": [f"--nodelist={slurm.nodes[2]}"]}
    above = high.prepare(f": > {high.home}/mark; sleep 2", queue=on_its_node)
    await running(runner, above, high.home / "mark")
    if is_requeued:
        # The script has left a marker when it was told to end; it proves nothing.
        seen = await look(runner, place)
        assert isinstance(seen, Alive)
        assert seen.scheduler_id == job
        assert seen.is_pending
        go.touch()
        slurm.run("scontrol", "update", f"jobid={job}", "StartTime=now")
    end = await ended(runner, place)
    if is_requeued:
        assert (end.record.cause, end.scheduler_state) == (None, "COMPLETED")
    else:
        assert (end.record.cause, end.scheduler_state) == ("cancelled", "PREEMPTED")
        assert "x.f9" in {file.name for file in end.record.files}


async def test_two_copies_in_the_queue_compute_once(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f"echo x >> {attempt.home}/ledger; sleep 1")
    await launched(runner, place)
    copy = slurm.run(
        "sbatch",
        "--parsable",
        f"--chdir={attempt.directory}/run",
        f"{attempt.directory}/run/job.sh",
    ).strip()
    end = await ended(runner, place)
    assert end.record.cause is None
    wait_until(
        lambda: copy not in slurm.run("squeue", "-h", "-o", "%i").split(), 30, "copy"
    )
    assert isinstance(await look(runner, place), Ended)
    assert (attempt.home / "ledger").read_text() == "x\n"


async def test_a_suspended_job_is_alive(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f": > {attempt.home}/mark; sleep 1")
    job = await running(runner, place, attempt.home / "mark")
    slurm.run("scontrol", "suspend", job)
    seen = await look(runner, place)
    assert isinstance(seen, Alive)
    assert seen.note == "it is suspended, and goes on when Slurm lets it"
    slurm.run("scontrol", "resume", job)
    assert (await ended(runner, place)).record.cause is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"queue": {"partition": "nowhere"}}, "invalid partition specified: nowhere"),
        ({"memory_mb": 10_000_000}, "node configuration is not available"),
        ({"queue": {"account": "nobody"}}, "Invalid account"),
        ({"queue": {"qos": "best"}}, "Invalid qos"),
        ({"queue": {"constraint": "intel&ib"}}, "Invalid feature"),
        ({"queue": {"gpus": "a100:2"}}, "Invalid generic resource"),
        ({"queue": {"reservation": "mine"}}, "reservation is invalid"),
        ({"queue": {"directives": ["--nonsense"]}}, "unrecognized option"),
    ],
)
async def test_a_plain_mistake_is_refused_in_the_words_of_the_site(
    runner: Runner, attempt: Attempt, changes: dict[str, Any], words: str
) -> None:
    place = attempt.prepare("echo ran", **changes)
    began = time.monotonic()
    seen = await runner.launch(place)
    assert time.monotonic() - began < 5
    assert isinstance(seen, Refused), seen
    assert words in seen.reason
    again = await look(runner, place)
    if isinstance(again, Terminated):  # Slurm keeps a record of some refusals
        assert (again.raw, again.cause) == ("FAILED", Cause.REFUSED)
    else:
        assert isinstance(again, NeverStarted)
        assert not again.is_spent
    assert not (attempt.directory / "run" / ".submit").exists()


async def test_a_job_is_taken_while_all_nodes_are_drained(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    nodes = f"nodename={','.join(slurm.nodes)}"
    slurm.run("scontrol", "update", nodes, "state=drain", "reason=maintenance")
    try:
        place = attempt.prepare("true")
        await launched(runner, place)
        seen = await look(runner, place)
        assert isinstance(seen, Alive)
        assert seen.is_pending
    finally:
        slurm.run("scontrol", "update", nodes, "state=resume")
    await ended(runner, place)


async def test_a_site_without_sbatch_says_so(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "sh", "mkdir", "rmdir", "cat", "id"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    environment = {"PATH": str(tools), "LC_ALL": "C"}
    runner = Runner(Slurm(), LocalTransport(), environment)
    attempt = Attempt(tmp_path / "home", runner.scheduler)
    seen = await runner.launch(attempt.prepare("true"))
    assert isinstance(seen, Refused), seen
    assert f"sbatch: command not found in {tools}" in seen.reason


async def test_a_look_without_squeue_says_nothing(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare("sleep 60")
    await launched(runner, place)
    broken = attempt.home / "bin"
    broken.mkdir()
    (broken / "squeue").write_text(
        "#!/bin/sh\necho 'squeue: error: it is Monday'\nexit 1\n"
    )
    (broken / "squeue").chmod(0o755)
    blind = Runner(Slurm(path=(str(broken), str(slurm.bin))), LocalTransport())
    seen = await look(blind, place)
    assert isinstance(seen, Unknown)
    assert isinstance(await look(runner, place), Alive)


async def test_nothing_of_the_session_goes_along_and_ranks_keep_what_was_asked(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(
        "env; srun -n 2 sh -c 'echo rank $OMP_NUM_THREADS $SITE'",
        ranks=2,
        threads=2,
        setup=["SITE=set-up", "export SITE"],
    )
    launch = json.loads((attempt.directory / "run" / "launch.json").read_text())
    environment = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "2"}
    scripts = runner.scheduler.scripts(place, launch, environment)
    (attempt.directory / "run" / "job.sh").write_bytes(scripts["job.sh"])
    await launched(runner, place)
    assert (await ended(runner, place)).record.cause is None
    printed = attempt.output("0.out").splitlines()
    assert printed.count("rank 2 set-up") == 2
    names = {line.partition("=")[0] for line in printed}
    assert not names & (set(NOISE) - {"SLURM_JOB_ID"})
    assert {"SLURM_EXPORT_ENV=ALL", "SRUN_CPUS_PER_TASK=2"} <= set(printed)


async def test_an_abandoned_attempt_can_never_start(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f"echo x >> {attempt.home}/ledger")
    abandon = runner.scheduler.abandon_command(place)
    for _ in range(2):
        result = await run(runner, abandon)
        seen = runner.scheduler.parse_abandon(
            place, result.exit_code, result.stdout, result.stderr
        )
        assert isinstance(seen, NeverStarted), seen
        assert seen.is_spent
    job = await launched(runner, place)
    wait_until(
        lambda: job not in slurm.run("squeue", "-h", "-o", "%i").split(), 30, "job"
    )
    assert not (attempt.home / "ledger").exists()
    assert not isinstance(await look(runner, place), Ended)


async def test_an_attempt_that_has_begun_is_not_abandoned(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(f": > {attempt.home}/mark")
    await running(runner, place, attempt.home / "mark")
    await ended(runner, place)
    result = await run(runner, runner.scheduler.abandon_command(place))
    seen = runner.scheduler.parse_abandon(
        place, result.exit_code, result.stdout, result.stderr
    )
    assert isinstance(seen, Unknown)


async def test_an_answer_that_nobody_hears_is_written_down(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("true")
    arguments = runner.scheduler.launch_command(place).arguments
    await runner.transport.run(
        ["/bin/sh", "-c", 'exec "$@" >&- 2>&-', "sh", *arguments], deadline_s=30
    )
    job = (attempt.directory / "run" / "jobid").read_text().strip()
    assert await launched(runner, place) == job
    await ended(runner, place)


async def test_a_submission_that_died_half_way_is_absent_until_it_is_abandoned(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("true")
    (attempt.directory / "run" / ".submit").mkdir()
    assert isinstance(await runner.launch(place), Unknown)
    seen = await look(runner, place)
    assert isinstance(seen, Absent)
    assert seen.asked == ("squeue", "its directory", "sacct")


async def test_the_queue_is_listed_with_arrays_folded_and_jobs_are_cancelled(
    runner: Runner, slurm: SlurmCluster
) -> None:
    script = slurm.home / "array.sh"
    script.write_text("#!/bin/sh\nsleep 60\n")
    submit = ("--parsable", "-J", "a|b", "-o", "/dev/null", str(script))
    job = slurm.run("sbatch", "--array=1-100%5", "--hold", *submit).strip()
    batch = SlurmBatch((str(slurm.bin),))
    [entry] = queue_of(batch, await run(runner, batch.queue_command(is_mine=True)))
    assert entry.scheduler_id == f"{job}_[1-100%5]"
    assert entry.n_tasks == 100
    assert (entry.name, entry.user, entry.state) == ("a|b", "root", "PENDING")
    assert entry.reason == "JobHeldUser"
    result = await run(runner, batch.cancel_command(job))
    assert result.exit_code == 0
    assert queue_of(batch, await run(runner, batch.queue_command(is_mine=False))) == ()


async def test_a_cluster_tells_what_it_is(runner: Runner, slurm: SlurmCluster) -> None:
    batch = SlurmBatch((str(slurm.bin),))
    facts = facts_of(batch, await run(runner, batch.facts_command()))
    assert facts.scheduler_version is not None
    assert facts.has_accounting is True
    assert facts.min_job_age_s == 300
    partitions = {one.name: one for one in facts.partitions}
    assert partitions["main"].is_default
    assert partitions["main"].nodes == len(slurm.nodes)
    assert partitions["main"].walltime_s is None
    assert partitions["gpu-a100"].walltime_s == 86400
    assert await runner.refusal() is None


async def test_our_own_stop_leaves_more_time_for_saving_than_slurm_does(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    home, tools = attempt.home, attempt.home / "tools"
    tools.mkdir()
    slow = f": > {home}/saving; until [ -e {home}/go ]; do sleep 0.05; done"
    (tools / "cp").write_text(f'#!/bin/sh\n{slow}\nexec /usr/bin/cp "$@"\n')
    (tools / "cp").chmod(0o755)
    path = (str(tools), str(slurm.bin))
    runner = Runner(Slurm(path=path, marker_patience_s=1), runner.transport)
    attempt.scheduler = runner.scheduler
    place = attempt.prepare(f"echo w > fort.9; : > {home}/mark; sleep 60")
    await running(runner, place, home / "mark")
    await runner.stop(place, 1)
    kill_wait_s = 5
    with anyio.move_on_after(kill_wait_s + 3):
        while True:
            seen = await look(runner, place)
            assert isinstance(seen, Alive), seen
            await anyio.sleep(0.2)
    assert (home / "saving").exists()
    (home / "go").touch()
    end = await ended(runner, place)
    assert (end.record.cause, end.record.is_asked) == ("cancelled", True)
    assert "x.f9" in {file.name for file in end.record.files}


KILLS = int(os.environ.get("CRYSTALMATH_TEST_KILLS", "40"))


@pytest.mark.crash
async def test_a_launch_that_is_killed_anywhere_submits_at_most_once(
    runner: Runner, tmp_path: Path
) -> None:
    """The ledger outside tells: each program appends its token when it computes."""
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}, {KILLS} kills")
    rng = random.Random(seed)
    ledger = tmp_path / "ledger"
    states: dict[str, int] = {}
    places = []
    for number in range(KILLS):
        one = Attempt(tmp_path / str(number), runner.scheduler, f"cm-kill{number}")
        place = one.prepare(f"echo {one.place.token} >> {ledger}")
        words = runner.scheduler.launch_command(place).arguments
        process = await anyio.open_process(words, start_new_session=True)
        await anyio.sleep(rng.uniform(0, 0.12))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.aclose()
        again = await runner.launch(place)
        kind = type(again).__name__
        states[kind] = states.get(kind, 0) + 1
        places.append(place)
    print(states)
    for place in places:
        with anyio.fail_after(60):
            while not isinstance(seen := await look(runner, place), Ended):
                assert isinstance(seen, Alive | Absent), seen
                if isinstance(seen, Absent):
                    break
                await anyio.sleep(0.05)
        if isinstance(seen, Absent):
            result = await run(runner, runner.scheduler.abandon_command(place))
            assert b"@@cm claimed" in result.stdout
    computed = ledger.read_text().split()
    assert len(computed) == len(set(computed))
    assert len(computed) > KILLS / 4
    assert states["Alive"] > KILLS / 4


async def test_two_hundred_jobs_are_handed_over_in_a_few_seconds(
    runner: Runner, tmp_path: Path
) -> None:
    attempts = [
        Attempt(tmp_path / str(n), runner.scheduler, f"cm-many{n}") for n in range(200)
    ]
    held = {"directives": ["--hold"]}
    places = [one.prepare("true", queue=held) for one in attempts]
    limiter = anyio.CapacityLimiter(8)

    async def hand_over(place: Place) -> None:
        async with limiter:
            await launched(runner, place)

    began = time.monotonic()
    async with anyio.create_task_group() as tasks:
        for place in places:
            tasks.start_soon(hand_over, place)
    rate = len(places) / (time.monotonic() - began)
    print(f"{rate:.0f} submissions a second")
    seen = await runner.look(places)
    assert all(isinstance(one, Alive) and one.is_pending for one in seen.values())


async def test_nothing_in_a_path_is_read_by_a_shell(
    runner: Runner, tmp_path: Path
) -> None:
    home = tmp_path / 'it\'s $(touch gone) "x" `id` é|b & c'
    attempt = Attempt(home, runner.scheduler)
    place = attempt.prepare('echo w > fort.9; echo x > "$HOME/mark"; sleep 60')
    await running(runner, place, home / "mark")
    await runner.stop(place, 1)
    end = await ended(runner, place)
    assert (end.record.cause, end.record.is_asked) == ("cancelled", True)
    assert [one.name for one in end.record.files] == ["0.out", "x.f9"]
    record = json.loads(await runner.rescue(place))
    assert record["errors"] == []
    assert not list(tmp_path.rglob("gone"))


class TestWithoutAccounting:
    """squeue and the files must do: sacct has nothing to say."""

    @pytest.fixture
    def runner(self, slurm_without_accounting: SlurmCluster) -> Iterator[Runner]:
        cluster = slurm_without_accounting
        path = (str(cluster.bin),)
        yield Runner(Slurm(path=path, marker_patience_s=1), LocalTransport())
        cluster.cancel_all()

    async def test_a_job_is_followed_to_its_end(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare("exit 3")
        await launched(runner, place)
        end = await ended(runner, place)
        assert [step.code for step in end.record.steps] == [3]

    async def test_a_cancelled_job_is_known_from_the_queue(
        self,
        runner: Runner,
        attempt: Attempt,
        slurm_without_accounting: SlurmCluster,
    ) -> None:
        place = attempt.prepare("true", queue={"directives": ["--hold"]})
        job = await launched(runner, place)
        slurm_without_accounting.run("scancel", job)
        assert (await terminated(runner, place)).source == "squeue"

    async def test_a_script_that_was_killed_is_known_from_the_controller(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare(f": > {attempt.home}/mark; sleep 60")
        await running(runner, place, attempt.home / "mark")
        os.kill(_pid(attempt), signal.SIGKILL)
        seen = await terminated(runner, place)
        assert seen.cause == Cause.SIGNAL

    async def test_it_is_told_that_there_is_none(
        self, runner: Runner, slurm_without_accounting: SlurmCluster
    ) -> None:
        batch = SlurmBatch((str(slurm_without_accounting.bin),))
        facts = facts_of(batch, await run(runner, batch.facts_command()))
        assert facts.has_accounting is False

    async def test_what_is_absent_was_asked_of_two(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare("true")
        (attempt.directory / "run" / ".submit").mkdir()
        seen: Observation = await look(runner, place)
        assert isinstance(seen, Absent)
        assert seen.asked == ("squeue", "its directory")
