"""What only a real Slurm does with a job before it ends, and with the queue."""

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
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.transports.local import LocalTransport
from tests.conformance.test_runners import Attempt, look
from tests.harness import wait_until
from tests.real.slurm import SlurmCluster
from tests.real.slurm_attempts import (
    NOISE,
    ended,
    facts_of,
    launched,
    queue_of,
    run,
    running,
    script_pid,
    terminated,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slurm]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
        os.kill(script_pid(attempt), signal.SIGKILL)
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
