"""A store that is torn, cut, foreign, newer or locked away: a sentence each."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crystalmath.errors import RpcError
from crystalmath_protocol.system import BackUpParams
from tests.harness import (
    RunningDaemon,
    deck,
    terminal_states,
    wait_for_cycle,
    wait_until,
)

SOON_S = 30.0


def run(daemon: RunningDaemon, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the daemon to its end, which comes at once."""
    return subprocess.run(
        [sys.executable, "-m", "crystalmathd", *arguments],
        env=daemon.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def with_two_jobs(daemon: RunningDaemon, *, backs_up: bool) -> None:
    """Leave a store with a job that has ended and a held one, and perhaps a copy."""
    path = str(daemon.write("mgo.d12", deck(EXIT=7)))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        terminal_states(connection, [job_id])
        connection.submit_job(inputs=[path], hold=True)
        if backs_up:
            connection.call("back_up", BackUpParams())
    assert daemon.stop() == 0


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for start in range(100, len(data) - 2048, 4096):
        data[start : start + 2048] = random.Random(start).randbytes(2048)
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 5000)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    path.write_bytes(b"#!/bin/sh\n" * 1000)


def adopt(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 7")
    db.close()


def age(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 1000")
    db.close()


DAMAGES = [
    (scribble, "malformed"),
    (cut, "it was cut"),
    (empty, "gone or empty"),
    (overwrite, "not an SQLite database"),
    (adopt, "belongs to another program"),
    (age, "newer crystalmathd"),
]


@pytest.mark.parametrize(("damage", "reason"), DAMAGES)
def test_a_store_that_cannot_be_trusted_is_refused_and_left_as_it_is(
    daemon: RunningDaemon, damage: Callable[[Path], None], reason: str
) -> None:
    with_two_jobs(daemon, backs_up=False)
    damage(daemon.database)
    before = daemon.database.read_bytes()
    done = run(daemon)
    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert daemon.database.read_bytes() == before


@pytest.mark.parametrize("damage", [scribble, cut, empty, overwrite])
def test_a_copy_is_put_in_its_place_with_a_sentence(
    daemon: RunningDaemon, damage: Callable[[Path], None]
) -> None:
    with_two_jobs(daemon, backs_up=True)
    damage(daemon.database)
    refused = run(daemon)
    assert refused.returncode == 1
    assert "`crystalmathd --restore` puts " in refused.stderr
    damaged = daemon.database.read_bytes()
    restored = run(daemon, "--restore")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "is now the copy" in restored.stdout
    (aside,) = daemon.database.parent.glob("*.damaged-*")
    assert aside.read_bytes() == damaged
    daemon.start()
    with daemon.connection() as connection:
        states = {job.job_id: job.state for job in connection.fetch_jobs().jobs}
        assert states == {"1": "failed", "2": "held"}
        assert connection.get_job_details("1").attempts[0].exits[0].code == 7


def test_what_ran_after_the_copy_is_not_run_again(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck(EXIT=7)))
    with daemon.connection() as connection:
        block = str(daemon.write("block.d12", deck(CYCLE_S=0.1, CYCLES=10_000)))
        blocker = connection.submit_job(inputs=[block], resources={"threads": 4})
        waiting = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.call("back_up", BackUpParams())
        old_cursor = connection.fetch_jobs().cursor
        connection.cancel_job(blocker.jobs[0].job_id)
        connection.wait(waiting)
        later = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.wait(later)
    daemon.stop()
    said = run(daemon, "--restore").stdout
    today = time.strftime("%Y-%m-%d ")
    assert f".db, made {today}" in said
    assert f"Jobs that the old file knows and the copy does not: 1 ({later})." in said
    assert "1 queued jobs are held" in said
    daemon.start()
    with daemon.connection() as connection:
        job = connection.get_job_details(waiting)
        assert job.state == "held"
        assert "it may have run since" in (job.doubt or "")
        with pytest.raises(RpcError) as refused:
            connection.fetch_events(cursor=old_cursor)
        assert refused.value.kind == "events.cursor_invalid"
        again = connection.submit_job(inputs=[path]).jobs[0].job_id
        assert int(again) > int(later)
        deep = {one.id: one for one in connection.doctor(deep=True).checks}
        assert deep["store.knows_all"].status == "warn"
        assert f"1 job directories are unknown to the store: {later}" in (
            deep["store.knows_all"].evidence
        )


def test_a_job_that_was_deleted_after_the_copy_ends_with_a_sentence(
    daemon: RunningDaemon,
) -> None:
    with daemon.connection() as connection:
        path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1, CYCLES=10_000)))
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        wait_for_cycle(connection, job_id)
        connection.call("back_up", BackUpParams())
        connection.cancel_job(job_id)
        connection.delete_job(job_id)
    daemon.stop()
    said = run(daemon, "--restore").stdout
    assert f"Deleted since the copy was made, and in it again: 1 ({job_id})." in said
    daemon.start()
    with daemon.connection() as connection:
        job = connection.wait(job_id)
    assert (job.state, job.cause) == ("lost", "files_gone")
    assert job.evidence[-1].text == (
        f"its directory {daemon.database.parent / 'jobs' / job_id / '1'} is gone: it "
        "was deleted after this copy of the store was made; no process of it is left"
    )


def test_damage_that_only_a_full_look_finds_stops_all_writing(
    daemon: RunningDaemon,
) -> None:
    with_two_jobs(daemon, backs_up=True)
    with sqlite3.connect(daemon.database) as db:
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'artefacts_by_sha256'"
        ).fetchone()
        db.execute("UPDATE owner SET is_clean = 0")
    db.close()
    with daemon.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 64)
    daemon.start()
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        wait_until(lambda: connection.status().degraded, SOON_S)
        assert "damaged" in connection.status().degraded[0]
        with pytest.raises(RpcError) as refused:
            connection.submit_job(inputs=[path])
        assert refused.value.kind == "store.unavailable"
        assert "--restore" in refused.value.message
        assert len(connection.fetch_jobs().jobs) == 2


def pages_of_jobs(path: Path) -> list[int]:
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'jobs'")
        pages = [row[0] for row in rows if row[0]]
    db.close()
    return pages


def overwrite_pages(path: Path, pages: list[int]) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 4096)


def test_damage_after_a_clean_stop_is_a_sentence_when_it_is_met(
    daemon: RunningDaemon,
) -> None:
    with_two_jobs(daemon, backs_up=True)
    overwrite_pages(daemon.database, pages_of_jobs(daemon.database))
    done = run(daemon)
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert "--restore" in done.stderr
    assert "Traceback" not in done.stderr


def test_damage_under_a_running_daemon_stops_writing_and_is_told(
    daemon: RunningDaemon,
) -> None:
    with_two_jobs(daemon, backs_up=True)
    pages = pages_of_jobs(daemon.database)
    daemon.start()
    overwrite_pages(daemon.database, pages)
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        for _ in range(2):
            with pytest.raises(RpcError) as refused:
                connection.submit_job(inputs=[path])
            assert refused.value.kind == "store.unavailable"
            assert "--restore" in refused.value.message
        failed = {one.id for one in connection.doctor().checks if one.status == "fail"}
        assert "store.works" in failed


@pytest.mark.parametrize("how", ["cut", "flipped", "removed"])
def test_a_torn_log_never_gives_an_empty_store(daemon: RunningDaemon, how: str) -> None:
    """Without its last pages the store is older; numbers are not given again."""
    path = str(daemon.write("mgo.d12", deck(EXIT=7)))
    with daemon.connection() as connection:
        first = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.wait(first)
    daemon.stop()
    daemon.start()
    with daemon.connection() as connection:
        last = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.wait(last)
    daemon.kill()
    wal = daemon.database.with_name(f"{daemon.database.name}-wal")
    assert wal.stat().st_size > 0
    if how == "cut":
        os.truncate(wal, wal.stat().st_size // 2)
    elif how == "flipped":
        data = bytearray(wal.read_bytes())
        data[len(data) // 3] ^= 0xFF
        wal.write_bytes(data)
    else:
        wal.unlink()
    daemon.start()
    with daemon.connection() as connection:
        assert connection.get_job_details(first).attempts[0].exits[0].code == 7
        assert connection.wait(first).state == "failed"
        again = connection.submit_job(inputs=[path]).jobs[0].job_id
        assert int(again) > int(last)
        connection.wait(again)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write into a folder; root is kept out by a read-only mount."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m,mode=700", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_directory_that_may_not_be_written_is_a_sentence(
    stopped_daemon: RunningDaemon,
) -> None:
    folder = stopped_daemon.database.parent
    with read_only(folder):
        done = run(stopped_daemon)
    assert done.returncode == 1
    assert str(folder) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_store_that_is_gone_while_its_copies_are_there_is_not_begun_anew(
    daemon: RunningDaemon,
) -> None:
    with_two_jobs(daemon, backs_up=True)
    daemon.database.unlink()
    done = run(daemon)
    assert done.returncode == 1
    assert "gone or empty" in done.stderr
    shutil.rmtree(daemon.database.parent / "backups")
    daemon.start()
    with daemon.connection() as connection:
        assert connection.fetch_jobs().jobs == ()
