"""A disk without room: nothing half done, said at once, and it goes on by itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.system import BackUpParams
from tests.daemon.test_jobs import processes_of
from tests.harness import (
    ROOT,
    RunningDaemon,
    deck,
    terminal_states,
    wait_for_cycle,
    wait_until,
)
from tests.ledger import Ledger, files_are_exact

SAID_WITHIN_S = 5.0
SOON_S = 30.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 32 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", tmp_path],
        check=True,
    )
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


@pytest.fixture
def daemon(small_disk: Path) -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    daemon.database = small_disk / "store" / "crystalmath.db"
    daemon.environ["CRYSTAL_TUI_DB"] = str(daemon.database)
    yield daemon
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def fill(disk: Path, leave: int = 0) -> Path:
    """Take all room but `leave` bytes."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        while (free := shutil.disk_usage(disk).free) > leave:
            file.write(bytes(min(free - leave, 1 << 20)))
            file.flush()
    return filler


def submitted(connection: Connection, path: Path, number: int) -> str | None:
    """Submit; return the job, or None if there was no room for it."""
    try:
        done = connection.submit_job(
            inputs=[str(path)], client_token=f"client-token-{number}"
        )
    except RpcError as error:
        if error.kind != "store.full":
            raise
        return None
    return done.jobs[0].job_id


def test_a_full_disk_is_said_stops_nothing_and_is_overcome_without_a_restart(
    daemon: RunningDaemon, small_disk: Path
) -> None:
    ledger = Ledger(daemon)
    running = daemon.write("run.d12", deck(CYCLE_S=0.05, EXIT=5, CYCLES=40))
    other = daemon.write("other.d12", deck(EXIT=6))
    with daemon.start().connection() as connection:
        first = connection.submit_job(inputs=[str(running)]).jobs[0].job_id
        wait_for_cycle(connection, first)
        filler = fill(small_disk)
        accepted = 0
        while submitted(connection, other, accepted) is not None:
            accepted += 1  # half-filled pages take some
        wait_until(lambda: connection.status().degraded, SAID_WITHIN_S)
        assert submitted(connection, other, accepted) is None
        assert len(connection.fetch_jobs().jobs) == accepted + 1
        filler.unlink()
        wait_until(lambda: not connection.status().degraded, SOON_S)
        assert submitted(connection, other, accepted) is not None
        numbers = [job.job_id for job in connection.fetch_jobs().jobs]
        terminal_states(connection, numbers)
        jobs = [connection.get_job_details(number) for number in numbers]
    codes = {job.name: job.attempts[-1].exits[0].code for job in jobs}
    assert codes == {"run": 5, "other": 6}
    assert set(ledger.attempts_by_job(jobs).values()) == {1}
    assert all(files_are_exact(job) for job in jobs)


def cancel_without_room(
    daemon: RunningDaemon, connection: Connection, disk: Path
) -> tuple[str, Path]:
    """Cancel a running job on a full disk; return it and what fills the disk."""
    path = str(daemon.write("run.d12", deck(CYCLE_S=0.05, CYCLES=10_000)))
    job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    token = connection.get_job_details(job_id).attempts[0].token
    filler = fill(disk)
    number = 0
    while submitted(connection, daemon.write("x.d12", deck()), number) is not None:
        number += 1
    with pytest.raises(RpcError) as refused:
        connection.cancel_job(job_id)
    assert refused.value.kind == "store.full"
    assert "no process of it is left" in refused.value.message
    assert processes_of(token) == []
    assert connection.get_job_details(job_id).state == "running", "nothing is stored"
    said = " ".join(connection.why_job(job_id).sentences)
    assert "make room" in said
    assert "resolve" not in said
    assert ".." not in said
    return job_id, filler


def test_a_running_job_is_cancelled_on_a_full_disk_and_that_is_stored_later(
    daemon: RunningDaemon, small_disk: Path
) -> None:
    with daemon.start().connection() as connection:
        job_id, filler = cancel_without_room(daemon, connection, small_disk)
        filler.unlink()
        job = connection.wait(job_id)
        assert (job.state, job.cause) == ("cancelled", "cancelled")
        wait_until(lambda: not connection.status().degraded, SOON_S)


def test_a_cancellation_without_room_outlives_the_daemon(
    daemon: RunningDaemon, small_disk: Path
) -> None:
    with daemon.start().connection() as connection:
        job_id, filler = cancel_without_room(daemon, connection, small_disk)
    daemon.kill()
    filler.unlink()
    with daemon.start().connection() as connection:
        job = connection.wait(job_id)
    assert (job.state, job.cause) == ("cancelled", "cancelled")


def test_a_queued_job_is_not_cancelled_on_a_full_disk(
    daemon: RunningDaemon, small_disk: Path
) -> None:
    """Nothing of it runs, and it could start before the wish is stored."""
    path = str(daemon.write("held.d12", deck()))
    with daemon.start().connection() as connection:
        held = connection.submit_job(inputs=[path], hold=True).jobs[0].job_id
        fill(small_disk)
        number = 0
        while submitted(connection, daemon.write("x.d12", deck()), number) is not None:
            number += 1
        with pytest.raises(RpcError) as refused:
            connection.cancel_job(held)
        assert refused.value.kind == "store.full"
        assert connection.get_job_details(held).state == "held"


def test_full_scratch_is_told_and_is_the_cause_of_a_failure(small_disk: Path) -> None:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    daemon.environ["CRY_SCRATCH_BASE"] = str(small_disk)
    try:
        fails = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=30, EXIT=1)))
        with daemon.start().connection() as connection:
            job_id = connection.submit_job(inputs=[fails]).jobs[0].job_id
            wait_for_cycle(connection, job_id)
            fill(small_disk)
            wait_until(lambda: connection.status().degraded, SAID_WITHIN_S)
            [said] = connection.status().degraded
            assert f"free for scratch in {small_disk}" in said
            assert said.endswith(f"jobs that run there: {job_id}")
            checks = {one.id: one.status for one in connection.doctor().checks}
            assert (checks["scratch.room"], checks["scratch.space"]) == ("fail",) * 2
            job = connection.wait(job_id)
            assert (job.state, job.cause) == ("failed", "scratch_full")
            assert "0 MB were free at its scratch directory" in job.evidence[-1].text
            # Nothing can be put there at all: neither lost nor a riddle.
            (small_disk / "filler").rename(small_disk / "more")
            fill(small_disk)
            later = connection.submit_job(inputs=[fails]).jobs[0].job_id
            job = connection.wait(later)
            assert (job.state, job.cause) == ("failed", "scratch_full")
            assert job.evidence[-1].text.count("No space left on device") == 1
    finally:
        daemon.close()


@pytest.mark.parametrize("leave_kb", [0, 16, 64, 128, 256, 512])
def test_no_write_that_fails_leaves_half_a_job(
    daemon: RunningDaemon, small_disk: Path, leave_kb: int
) -> None:
    """Run with less and less room: each job waits or ends, and none is lost."""
    ledger = Ledger(daemon)
    path = daemon.write("mgo.d12", deck(EXIT=7))
    with daemon.start().connection() as connection:
        filler = fill(small_disk, leave_kb << 10)
        asked = [submitted(connection, path, number) for number in range(6)]
        accepted = [job_id for job_id in asked if job_id is not None]
        seen = {job.job_id for job in connection.fetch_jobs().jobs}
        assert seen == set(accepted)
        filler.unlink()
        wait_until(lambda: not connection.status().degraded, SOON_S)
        terminal_states(connection, accepted)
        jobs = [connection.get_job_details(job_id) for job_id in accepted]
    for job in jobs:
        assert job.state == "failed", job
        assert [one.code for one in job.attempts[-1].exits] == [7], job
        assert files_are_exact(job)
    assert all(count == 1 for count in ledger.attempts_by_job(jobs).values())


def test_a_daemon_that_starts_on_a_full_disk_asks_for_room_not_for_a_copy(
    daemon: RunningDaemon, small_disk: Path
) -> None:
    with daemon.start().connection() as connection:
        connection.call("back_up", BackUpParams())
        filler = fill(small_disk)
        with pytest.raises(RpcError) as refused:
            connection.call("back_up", BackUpParams())
        assert refused.value.kind in {"store.full", "store.unavailable"}
    daemon.kill()
    done = subprocess.run(
        [sys.executable, "-m", "crystalmathd"],
        env=daemon.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "--restore" not in done.stderr
    assert "make room" in done.stderr or "No space left" in done.stderr
    filler.unlink()
    daemon.start()


@pytest.mark.parametrize("n_free_pages", [0, 1, 2, 3, 5, 8, 13, 21, 34])
def test_a_store_that_may_not_grow_refuses_and_goes_on_when_it_may(
    n_free_pages: int,
) -> None:
    """The same with SQLite's own limit, which fails at any write that is wanted."""
    daemon = RunningDaemon(ROOT / "tests" / "narrow_daemon.py")
    daemon.install_stand_in("crystal")
    limit = daemon.home / "limit.txt"
    daemon.environ["NARROW_DAEMON_LIMIT"] = str(limit)
    try:
        path = daemon.write("mgo.d12", deck(EXIT=7))
        with daemon.start().connection() as connection:
            limit.write_text(str(n_free_pages))
            asked = [submitted(connection, path, number) for number in range(4)]
            if None in asked:
                wait_until(lambda: connection.status().degraded, SAID_WITHIN_S)
            limit.unlink()
            wait_until(lambda: not connection.status().degraded, SOON_S)
            asked.append(submitted(connection, path, 3))
            accepted = {job_id for job_id in asked if job_id is not None}
            terminal_states(connection, sorted(accepted))
            jobs = [connection.get_job_details(job_id) for job_id in accepted]
            assert {job.job_id for job in connection.fetch_jobs().jobs} == accepted
        assert {job.state for job in jobs} == {"failed"}
        assert {job.attempts[-1].exits[0].code for job in jobs} == {7}
        assert "Traceback" not in daemon.log()
    finally:
        daemon.close()
