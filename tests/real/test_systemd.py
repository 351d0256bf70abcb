"""The installed units under a real `systemd --user`, with real control groups."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath_protocol.jobs import JobDetails
from crystalmathd.models.observations import Alive, Ended, Unknown, Vanished
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.units import Units
from crystalmathd.runners.transports.local import LocalTransport
from tests.conformance.test_runners import Attempt, look_until
from tests.harness import RunningDaemon, deck, wait_for_cycle, wait_until
from tests.real.programs import require
from tests.real.user_manager import UserManager

pytestmark = [
    pytest.mark.systemd,
    pytest.mark.skipif(os.geteuid() != 0, reason="a manager of one's own needs root"),
]
SERVICE = "crystalmathd.service"
SOCKET = "crystalmathd.socket"
START_S = 30.0


@pytest.fixture(scope="module")
def manager() -> Iterator[UserManager]:
    require("systemd")
    home = RunningDaemon()
    home.install_stand_in("crystal")
    manager = UserManager(home.home)
    try:
        yield manager
    finally:
        manager.close()
        home.close()


@pytest.fixture
def service(manager: UserManager) -> Iterator["Service"]:
    service = Service(manager)
    yield service
    service.close()


class Service:
    """crystalmathd as `crystalmath daemon install` makes it a service."""

    def __init__(self, manager: UserManager) -> None:
        self.manager = manager
        self.socket = manager.runtime / "crystalmath" / "d.sock"
        config = manager.home / ".config" / "crystalmath" / "config.toml"
        config.write_text(
            f"cores = 4\ngrace_s = 1\n[environment]\nCRY_BIN_DIR = "
            f'"{manager.home / "bin"}"\n'
        )
        self.said = self.crystalmath("daemon", "install")
        manager.systemctl("enable", "--now", SOCKET)

    def crystalmath(self, *words: str, check: bool = True) -> str:
        command = [sys.executable, "-m", "crystalmath", *words]
        done = self.manager.run(*command, check=False)
        assert not check or done.returncode == 0, done
        return done.stdout + done.stderr

    def connection(self) -> Connection:
        return Connection(socket=self.socket, start=False)

    def pid(self) -> int:
        return int(self.manager.show(SERVICE, "MainPID"))

    def submit(self, **standin: object) -> str:
        path = self.manager.home / "mgo.d12"
        path.write_text(deck(**standin))
        with self.connection() as connection:
            return connection.submit_job(inputs=[path]).jobs[0].job_id

    def wait(self, job_id: str) -> JobDetails:
        with self.connection() as connection:
            return connection.wait(job_id, timeout_s=60)

    def close(self) -> None:
        self.crystalmath("daemon", "uninstall")
        self.manager.run("systemctl", "--user", "reset-failed")


def groups_of_jobs(manager: UserManager) -> list[Path]:
    return list(manager.groups[0].rglob("cm-job-*.service"))


def test_the_first_request_starts_the_service(service: Service) -> None:
    assert service.pid() == 0
    with service.connection() as connection:
        status = connection.status()
    assert status.pid == service.pid()
    assert status.socket == str(service.socket)
    assert service.manager.show(SERVICE, "StatusText") == f"ready on {service.socket}"
    assert service.socket.stat().st_mode & 0o777 == 0o600
    assert service.socket.parent.stat().st_mode & 0o777 == 0o700


def test_a_job_is_a_unit_that_goes_on_when_the_service_is_restarted(
    service: Service,
) -> None:
    job_id = service.submit(CYCLES=30, CYCLE_S=0.1)
    with service.connection() as connection:
        wait_for_cycle(connection, job_id)
        before = connection.status().pid
    [group] = groups_of_jobs(service.manager)
    in_group = (group / "cgroup.procs").read_text().split()
    assert len(in_group) >= 2  # the runner and the program
    service.manager.systemctl("restart", SERVICE)
    assert service.pid() != before
    assert (group / "cgroup.procs").read_text().split() == in_group
    job = service.wait(job_id)
    assert job.state == "completed", job
    assert job.energy_ev is not None
    wait_until(lambda: not groups_of_jobs(service.manager), 20)


def test_a_killed_service_comes_back_and_answers_who_waited(service: Service) -> None:
    with service.connection() as connection:
        before = connection.status().pid
    job_id = service.submit(CYCLES=20, CYCLE_S=0.1)
    os.kill(before, signal.SIGKILL)
    with service.connection() as connection:  # in the backlog of systemd's socket
        assert connection.status().pid != before
    assert service.wait(job_id).state == "completed"


def test_a_cancelled_job_leaves_no_process_in_its_group(service: Service) -> None:
    job_id = service.submit(CYCLES=2, CYCLE_S=1000)
    with service.connection() as connection:
        wait_for_cycle(connection, job_id)
        assert connection.cancel_job(job_id).state == "cancelled"
    wait_until(lambda: not groups_of_jobs(service.manager), 20)


def test_a_daemon_started_by_hand_makes_the_unit_fail_once_with_a_sentence(
    service: Service,
) -> None:
    environ = service.manager.environ | {"CRYSTALMATHD_SOCKET": str(service.socket)}
    service.manager.systemctl("stop", SOCKET)
    by_hand = subprocess.Popen(
        [sys.executable, "-m", "crystalmathd"], env=environ, stderr=subprocess.PIPE
    )
    assert by_hand.stderr is not None
    try:
        wait_until(lambda: b"ready" in by_hand.stderr.readline(), START_S)  # type: ignore[union-attr]
        service.manager.run("systemctl", "--user", "start", SERVICE)
        wait_until(lambda: shown(service, "ActiveState") == "failed", START_S)
        assert shown(service, "ExecMainStatus") == "3"
        assert shown(service, "NRestarts") == "0"
        reason = f"pid {by_hand.pid}"
        assert reason in shown(service, "StatusText")
        said = service.manager.journal("-t", "crystalmathd")
        assert f"Another crystalmathd ({reason}) holds" in said
        with service.connection() as connection:
            assert connection.status().pid == by_hand.pid
    finally:
        by_hand.terminate()
        by_hand.communicate(timeout=20)


def shown(service: Service, name: str) -> str:
    return service.manager.show(SERVICE, name)


def test_wrong_settings_do_not_start_the_service_for_ever(service: Service) -> None:
    config = service.manager.home / ".config" / "crystalmath" / "config.toml"
    config.write_text("cores = 'many'\n")
    said = service.crystalmath("status", check=False)
    assert "was lost" in said
    wait_until(lambda: shown(service, "ActiveState") == "failed", 60)
    assert "cores = 'many'" in shown(service, "StatusText")
    assert int(shown(service, "NRestarts")) <= 5


def test_daemon_stop_stops_the_socket_too_and_says_so(service: Service) -> None:
    with service.connection() as connection:
        pid = connection.status().pid
    said = service.crystalmath("daemon", "stop")
    assert f"The daemon (pid {pid}) has stopped." in said
    assert "systemctl --user start crystalmathd.socket" in said
    assert service.manager.show(SOCKET, "ActiveState") == "inactive"
    assert service.pid() == 0
    assert not service.socket.exists()


def test_daemon_stop_starts_nothing_in_order_to_stop_it(service: Service) -> None:
    said = service.crystalmath("daemon", "stop")
    assert "No daemon is running" in said
    assert service.manager.show(SOCKET, "ActiveState") == "inactive"
    assert shown(service, "ExecMainStartTimestamp") == ""


def test_a_watchdog_that_is_not_fed_ends_the_service(service: Service) -> None:
    drop_in = service.manager.home / ".config/systemd/user/crystalmathd.service.d"
    drop_in.mkdir(exist_ok=True)
    (drop_in / "watchdog.conf").write_text("[Service]\nWatchdogSec=2\n")
    service.manager.systemctl("daemon-reload")
    with service.connection() as connection:
        pid = connection.status().pid
    try:
        fed = service.manager.show(SERVICE, "WatchdogTimestampMonotonic")
        wait_until(
            lambda: service.manager.show(SERVICE, "WatchdogTimestampMonotonic") != fed,
            20,
        )
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: service.pid() not in {0, pid}, 30)
        with service.connection() as connection:
            assert connection.status().pid != pid
    finally:
        (drop_in / "watchdog.conf").unlink()
        service.manager.systemctl("daemon-reload")


def test_the_journal_finds_the_lines_of_a_job(service: Service) -> None:
    job_id = service.submit()
    service.wait(job_id)
    with service.connection() as connection:
        pid = connection.status().pid
    found = service.manager.journal(f"_PID={pid}", f"CM_JOB_ID={job_id}", "-o", "json")
    lines = [json.loads(line) for line in found.splitlines()]
    assert any(f"job {job_id} is running" in line["MESSAGE"] for line in lines)
    for line in lines:
        assert line["CM_HOST"] == "local"
        assert line["PRIORITY"] == "6"
        assert line["SYSLOG_IDENTIFIER"] == "crystalmathd"
        assert line["CODE_FILE"].endswith("carrier.py")


@pytest.mark.usefixtures("manager")
class TestUnits:
    """What a runner may rely on, with a transient unit as the place of a job."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def runner(self, manager: UserManager) -> Runner:
        return Runner(Units(manager.environ), LocalTransport())

    @pytest.fixture
    def attempt(self, manager: UserManager, runner: Runner) -> Attempt:
        place = manager.home / f'an $odd %n "place" {time.monotonic_ns()}'
        return Attempt(place, runner.scheduler)

    async def test_the_exit_code_is_exact_and_the_place_may_have_any_name(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare("echo $CRYSTALMATH_TOKEN; exit 7")
        assert isinstance(await runner.launch(place), Alive)
        ended = await look_until(runner, place, Ended)
        assert isinstance(ended, Ended)
        assert ended.record.steps[0].code == 7
        assert attempt.output("0.out") == f"{place.token}\n"

    async def test_a_second_launch_starts_nothing(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare("echo once >> ../../count; sleep 1000")
        assert isinstance(await runner.launch(place), Alive)
        again = await runner.launch(place)
        assert isinstance(again, Unknown)
        assert isinstance(await look_until(runner, place, Alive), Alive)
        await runner.stop(place, 1)
        await look_until(runner, place, Ended)

    async def test_a_killed_runner_takes_every_process_along(
        self, runner: Runner, attempt: Attempt
    ) -> None:
        place = attempt.prepare("setsid env -i sleep 1000 & sleep 1000")
        alive = await runner.launch(place)
        assert isinstance(alive, Alive)
        os.kill(int(alive.scheduler_id), signal.SIGKILL)
        assert isinstance(await look_until(runner, place, Vanished), Vanished)

    async def test_nothing_is_started_without_a_manager_and_the_remedy_is_said(
        self, attempt: Attempt, manager: UserManager
    ) -> None:
        nowhere = manager.environ | {"XDG_RUNTIME_DIR": str(manager.home / "nowhere")}
        runner = Runner(Units(nowhere), LocalTransport())
        place = attempt.prepare("exit 0")
        seen = await runner.launch(place)
        assert isinstance(seen, Unknown)
        assert "KillMode=process" in seen.reason
        assert await runner.refusal() is not None

    async def test_the_probe_finds_the_manager(self, runner: Runner) -> None:
        assert await runner.refusal() is None
