"""One suite for every scheduler over every transport: what a job may rely on."""

import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest

from crystalmathd.models.observations import (
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Unknown,
    Vanished,
)
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers import SCHEDULERS
from crystalmathd.runners.schedulers.base import Place, Scheduler
from crystalmathd.runners.schedulers.detached import Detached
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_fields import queue_name
from crystalmathd.runners.transports import TRANSPORTS
from tests.conformance.conftest import opened
from tests.harness import end_processes_below

pytestmark = pytest.mark.anyio
OF_PROCESSES = [("direct", "local"), ("detached", "local"), ("direct", "ssh")]
"""What they start is a process on this machine, which a test can end."""
IN_A_QUEUE = [("slurm", "local"), ("slurm", "ssh")]
PAIRS = OF_PROCESSES + IN_A_QUEUE


def named(pairs: list[tuple[str, str]]) -> list[Any]:
    marks = {"slurm": pytest.mark.slurm, "ssh": pytest.mark.ssh}
    return [
        pytest.param(
            pair, id="-".join(pair), marks=[marks[one] for one in pair if one in marks]
        )
        for pair in pairs
    ]


# Slurm keeps a job by its cgroup, not by a process that can be killed from here; its
# wall time counts in minutes. What holds there is in tests/real/test_slurm_ends.py.
only_of_processes = pytest.mark.parametrize(
    "runner", named(OF_PROCESSES), indirect=True
)


@pytest.fixture(params=named(PAIRS))
async def runner(
    request: pytest.FixtureRequest,
    anyio_backend: str,  # noqa: ARG001  # says which loop
) -> AsyncIterator[Runner]:
    name, way = request.param
    scheduler: Scheduler
    if name == "slurm":
        cluster = request.getfixturevalue("slurm")
        scheduler = Slurm(path=(str(cluster.bin),))
    elif name == "detached":
        scheduler = Detached()
    else:
        scheduler = SCHEDULERS[name](way, (), None)
    async with opened(way, request) as transport:
        yield Runner(scheduler, transport)


def test_every_scheduler_and_every_transport_is_in_the_suite() -> None:
    assert {name for name, _ in PAIRS} - {"detached"} == set(SCHEDULERS)
    assert {transport for _, transport in PAIRS} == set(TRANSPORTS)


SHELL = ("/bin/sh", "-c")


class Attempt:
    """A prepared directory with one or more shell scripts as its programs."""

    def __init__(
        self,
        home: Path,
        scheduler: Scheduler,
        token: str | None = None,
    ) -> None:
        self.home = home
        self.scheduler = scheduler
        self.directory = home / "attempt"
        self.scratch = home / "scratch"
        token = token or f"cm-{uuid4().hex}"
        self.place = Place(
            directory=str(self.directory),
            token=token,
            queue_name=queue_name("test", token),
        )
        for part in ("inputs", "outputs", "run"):
            (self.directory / part).mkdir(parents=True)

    def prepare(
        self,
        *scripts: str,
        clean_stop: dict[str, Any] | None = None,
        restart: str | None = None,
        **changes: Any,
    ) -> Place:
        for_restart = [
            {
                "name": restart,
                "scratch_name": restart,
                "role": "restart",
                "is_for_restart": True,
            }
        ]
        launch = {
            "token": self.place.token,
            "name": "test",
            "directory": str(self.directory),
            "ranks": 1,
            "threads": 1,
            "queue": {},
            "modules": [],
            "setup": [],
            "scratch_base": str(self.scratch),
            "scratch_prefix": "cry_test_",
            "stage_in": [],
            "stage_out": [
                {"name": "x.f9", "scratch_name": "fort.9", "role": "wavefunction"},
                {"name": "opt*", "scratch_name": "opt*", "role": "geometry"},
                *(for_restart if restart else ()),
            ],
            "steps": [
                {
                    "program": f"step{number}",
                    "argv": script.split() if "/no/" in script else [*SHELL, script],
                    "input_name": "none",
                    "input_as": None,
                    "stdin": None,
                    "stdout": f"{number}.out",
                    "stderr": f"{number}.out",
                    "good_codes": [0],
                    "clean_stop": clean_stop,
                }
                for number, script in enumerate(scripts)
            ],
            "walltime_s": None,
            "grace_s": 1,
            "memory_mb": None,
            "keep_scratch": False,
            **changes,
        }
        run = self.directory / "run"
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            TOKEN_VARIABLE: self.place.token,
        }
        (run / "launch.json").write_text(json.dumps(launch))
        (run / "environment.json").write_text(json.dumps(environment))
        scripts = self.scheduler.scripts(self.place, launch, environment)
        for name, text in scripts.items():
            (run / name).write_bytes(text)
        return self.place

    def output(self, name: str) -> str:
        return (self.directory / "outputs" / name).read_text()


@pytest.fixture
def attempt(runner: Runner, tmp_path: Path) -> Iterator[Attempt]:
    yield Attempt(tmp_path, runner.scheduler)
    end_processes_below(tmp_path)


async def look(runner: Runner, place: Place) -> Observation:
    return (await runner.look([place]))[place.token]


def runs(pid: int) -> bool:
    """Tell whether a process runs; init collects ended ones when it likes."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def look_until(
    runner: Runner, place: Place, *wanted: type[Observation]
) -> Observation:
    with anyio.fail_after(20):
        while True:
            seen = await look(runner, place)
            if isinstance(seen, wanted):
                return seen
            await anyio.sleep(0.05)


async def test_the_exit_code_of_each_program_is_exact(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("echo one", "echo two; exit 17", "echo three")
    assert isinstance(await runner.launch(place), Alive)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert [step.code for step in seen.record.steps] == [0, 17]
    assert seen.record.token == place.token
    assert attempt.output("1.out") == "two\n"


async def test_a_job_that_ends_at_once_does_not_end_its_launcher(
    runner: Runner, tmp_path: Path
) -> None:
    for number in range(5):
        name = f"cm-quick-{number}"
        attempt = Attempt(tmp_path / str(number), runner.scheduler, name)
        place = attempt.prepare("true")
        assert isinstance(await runner.launch(place), Alive)
        await look_until(runner, place, Ended)


async def test_a_signal_is_not_an_exit_code(runner: Runner, attempt: Attempt) -> None:
    place = attempt.prepare("kill -SEGV $$")
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.steps[0].code is None
    assert seen.record.steps[0].signal == signal.SIGSEGV


async def test_nothing_was_started_before_the_launch(
    runner: Runner, attempt: Attempt
) -> None:
    seen = await look(runner, attempt.prepare("echo x"))
    assert isinstance(seen, NeverStarted)
    assert not seen.is_spent


async def test_a_second_launch_of_the_same_attempt_starts_nothing(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(f"echo x >> {attempt.home}/ledger; sleep 1")
    answers = []
    async with anyio.create_task_group() as tasks:
        for _ in range(4):

            async def launch() -> None:
                answers.append(await runner.launch(place))

            tasks.start_soon(launch)
    # A script can tell of the one that runs, where the runner only says no.
    told = {one.scheduler_id for one in answers if isinstance(one, Alive)}
    assert len(told) == 1
    assert all(isinstance(answer, Alive | Unknown) for answer in answers)
    await look_until(runner, place, Ended)
    assert (attempt.home / "ledger").read_text() == "x\n"


async def test_files_come_home_and_empty_ones_do_not(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("echo w > fort.9; echo g > opta001; : > optc001")
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    roles = {file.name: file.role for file in seen.record.files}
    assert roles == {"0.out": "output", "opta001": "geometry", "x.f9": "wavefunction"}
    assert not seen.record.is_scratch_kept
    assert list(attempt.scratch.iterdir()) == []


async def test_a_file_that_cannot_be_saved_keeps_the_scratch_directory(
    runner: Runner, attempt: Attempt
) -> None:
    (attempt.directory / "outputs" / "x.f9").mkdir()
    (attempt.directory / "outputs" / "x.f9" / "in the way").touch()
    place = attempt.prepare("echo precious > fort.9")
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.errors
    assert seen.record.is_scratch_kept
    assert (Path(str(seen.record.scratch)) / "fort.9").read_text() == "precious\n"


async def test_an_input_that_is_missing_is_told_before_any_program_runs(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(
        "echo ran",
        stage_in=[{"source": str(attempt.home / "gone"), "scratch_name": "x"}],
    )
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert (seen.record.cause, seen.record.steps) == ("staging", ())


async def test_a_program_that_is_not_there_is_a_staging_error(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("/no/such/program")
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.cause == "staging"
    assert "/no/such/program" in seen.record.errors[0]


@only_of_processes
async def test_the_wall_time_is_kept_without_anybody_looking(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("trap '' TERM; sleep 60 & sleep 60", walltime_s=1)
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.cause == "walltime"


@only_of_processes
async def test_a_program_is_asked_to_end_before_its_wall_time_is_over(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare(
        "mkdir out; echo half > out.wfc; "
        "until [ -e out/EXIT ]; do sleep 0.1; done; exit 7",
        walltime_s=4,
        clean_stop={"files": [["out/EXIT", ""]], "margin_s": 3},
        restart="out.*",
    )
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.is_stopped
    assert [step.code for step in seen.record.steps] == [7]
    assert {file.name for file in seen.record.files} == {"0.out", "out.wfc"}


async def test_what_only_a_restart_needs_is_not_saved_of_a_whole_run(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("echo half > out.wfc", restart="out.*")
    await runner.launch(place)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert not seen.record.is_stopped
    assert {file.name for file in seen.record.files} == {"0.out"}


async def test_stop_ends_what_left_the_group_and_forgot_its_environment(
    runner: Runner, attempt: Attempt
) -> None:
    mark = attempt.home / "escaped"
    place = attempt.prepare(
        f"setsid sh -c 'echo $$ > {mark}; exec sleep 60' & env -i sleep 61 & wait"
    )
    await runner.launch(place)
    with anyio.fail_after(10):
        while not (mark.exists() and mark.read_text().strip()):
            await anyio.sleep(0.02)
    escaped = int(mark.read_text())
    await runner.stop(place, 1)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert seen.record.cause == "cancelled"
    assert not runs(escaped)


@only_of_processes
async def test_a_killed_runner_leaves_orphans_then_a_vanished_attempt(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("echo w > fort.9; sleep 2")
    alive = await runner.launch(place)
    assert isinstance(alive, Alive)
    with anyio.fail_after(10):
        while not list(attempt.scratch.glob("*/fort.9")):
            await anyio.sleep(0.02)
    os.kill(int(alive.scheduler_id), signal.SIGKILL)
    seen = await look_until(runner, place, Orphaned, Vanished)
    assert isinstance(seen, Orphaned)
    seen = await look_until(runner, place, Vanished)
    assert isinstance(seen, Vanished)
    assert seen.cause == "runner_killed"
    record = json.loads(await runner.rescue(place))
    assert [file["name"] for file in record["files"]] == ["0.out", "x.f9"]


@only_of_processes
async def test_stop_without_a_runner_ends_the_orphans(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("trap '' TERM; while :; do sleep 0.1; done")
    alive = await runner.launch(place)
    assert isinstance(alive, Alive)
    os.kill(int(alive.scheduler_id), signal.SIGKILL)
    await look_until(runner, place, Orphaned)
    await runner.stop(place, 1)
    assert isinstance(await look(runner, place), Vanished)


@only_of_processes
async def test_a_record_of_another_boot_is_no_living_process(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("sleep 60")
    alive = await runner.launch(place)
    assert isinstance(alive, Alive)
    await runner.stop(place, 1)
    await look_until(runner, place, Ended)
    run = attempt.directory / "run"
    (run / "exit.json").unlink()
    record = json.loads((run / "pid.json").read_text())
    # The number is that of a living process (this one), the boot is not.
    record |= {"pid": os.getpid(), "boot_id": "another"}
    (run / "pid.json").write_text(json.dumps(record))
    seen = await look(runner, place)
    assert isinstance(seen, Vanished)
    assert seen.cause == "reboot"


@only_of_processes
async def test_a_reused_process_number_is_not_taken_for_the_runner(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("true")
    await runner.launch(place)
    await look_until(runner, place, Ended)
    run = attempt.directory / "run"
    (run / "exit.json").unlink()
    record = json.loads((run / "pid.json").read_text())
    record["pid"] = os.getpid()
    (run / "pid.json").write_text(json.dumps(record))
    assert isinstance(await look(runner, place), Vanished)


async def test_a_record_of_another_attempt_says_nothing(
    runner: Runner, attempt: Attempt
) -> None:
    place = attempt.prepare("true")
    other = Place(directory=place.directory, token="cm-other")  # noqa: S106  # no secret
    assert isinstance(await look(runner, other), Unknown)


async def test_a_token_that_begins_like_another_is_not_the_other(
    runner: Runner, tmp_path: Path
) -> None:
    long = Attempt(tmp_path / "long", runner.scheduler, "cm-alike-and-longer")
    short = Attempt(tmp_path / "short", runner.scheduler, "cm-alike")
    runs, waits = long.prepare(f": > {long.home}/mark; sleep 60"), short.prepare("true")
    await runner.launch(runs)
    with anyio.fail_after(20):
        while not (long.home / "mark").exists():
            await anyio.sleep(0.02)
    seen = await runner.look([runs, waits])
    assert isinstance(seen[runs.token], Alive)
    assert isinstance(seen[waits.token], NeverStarted)
    await runner.stop(waits, 0)
    assert isinstance(await look(runner, runs), Alive)
    await runner.stop(runs, 1)
    await look_until(runner, runs, Ended)


async def test_many_attempts_are_looked_at_with_one_question(
    runner: Runner, tmp_path: Path
) -> None:
    scheduler = runner.scheduler
    attempts = [Attempt(tmp_path / str(n), scheduler, f"cm-{n}") for n in range(3)]
    places = [attempt.prepare("true") for attempt in attempts]
    await runner.launch(places[1])
    await look_until(runner, places[1], Ended)
    seen = await runner.look(places)
    assert [type(seen[place.token]) for place in places] == [
        NeverStarted,
        Ended,
        NeverStarted,
    ]
