"""How a job ends in a real Slurm: state, cause and sentence for each."""

import json
import os
import signal
import time
from pathlib import Path

import anyio
import pytest

from crystalmathd.models.jobs import Cause
from crystalmathd.models.observations import (
    Alive,
    Ended,
    Terminated,
)
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.slurm import Slurm
from tests.conformance.test_runners import Attempt, look
from tests.harness import end_processes_below, wait_until
from tests.real.slurm import SlurmCluster
from tests.real.slurm_attempts import (
    ended,
    launched,
    running,
    script_pid,
    terminated,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slurm]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
    os.kill(script_pid(attempt), signal.SIGKILL)
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


async def test_a_script_that_was_killed_leaves_slurms_word_and_its_scratch(
    runner: Runner, attempt: Attempt, slurm: SlurmCluster
) -> None:
    place = attempt.prepare(f"echo w > fort.9; : > {attempt.home}/mark; sleep 60")
    await running(runner, place, attempt.home / "mark")
    os.kill(script_pid(attempt), signal.SIGKILL)
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
    # It looks before it shows itself: behind the mark `again` may stand at once.
    script = (
        f"echo run >> {home}/ledger; wait_s=60; [ -e {home}/again ] && wait_s=0;"
        f" : > {home}/mark; sleep $wait_s; echo w > fort.9"
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
    # Slurm never starts a job again in the second in which it killed it: "Killing
    # non-startable batch job: credential revoked".
    await anyio.sleep(2.5)
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
