"""Today's daemon on a store that an earlier release has written."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from crystalmath.errors import RpcError
from tests.harness import (
    DATA,
    RunningDaemon,
    deck,
    submit,
    terminal_states,
    wait_until,
)

TOKEN = "token-of-v1-1"  # noqa: S105  # no secret
ENERGY_EV = -7483.158013818193


@pytest.fixture
def old_store(stopped_daemon: RunningDaemon) -> RunningDaemon:
    """Put the store of the first schema in place, as if it had been written here.

    In it two jobs have completed, one runs (and its files are gone), two wait.
    """
    daemon = stopped_daemon
    daemon.environ["CRYSTALMATH_CORES"] = "1"
    daemon.database.parent.mkdir(0o700, parents=True)
    shutil.copyfile(DATA / "store" / "v1.db", daemon.database)
    with contextlib.closing(sqlite3.connect(daemon.database)) as db, db:
        [plan] = db.execute("SELECT plan FROM plans WHERE job_id = 1").fetchone()
        home = Path(json.loads(plan)["steps"][0]["executable"]).parents[1]
        values = (str(home), str(daemon.home))
        db.execute("UPDATE plans SET plan = replace(plan, ?, ?)", values)
    return daemon


def test_jobs_of_an_old_store_are_all_there_and_the_queue_goes_on(
    old_store: RunningDaemon,
) -> None:
    daemon = old_store.start()
    assert daemon.database.with_name("crystalmath.db.bak-v1").is_file()
    with daemon.connection() as connection:
        jobs = {job.job_id: job for job in connection.fetch_jobs().jobs}
        assert sorted(jobs) == ["1", "2", "3", "4", "5"]
        for done in ("1", "2"):
            assert jobs[done].state == "completed"
            assert jobs[done].energy_ev == pytest.approx(ENERGY_EV)
            [result] = connection.get_job_details(done).results
            assert result.energy_ev == jobs[done].energy_ev
        [found] = connection.fetch_jobs(text="50%_ ÄÖÜ").jobs
        assert (found.job_id, found.project) == ("1", "oxides")
        assert terminal_states(connection, ["3", "4", "5"]) == {
            "3": "lost",
            "4": "completed",
            "5": "completed",
        }
        times = {one: connection.get_job_details(one) for one in "45"}
        assert (times["4"].ended_ms or 0) <= (times["5"].started_ms or 0)
        with pytest.raises(RpcError) as refused:
            submit(daemon, connection, deck(), client_token=TOKEN)
        assert refused.value.kind == "job.token_reused"
        new = submit(daemon, connection, deck())
        assert int(new) == 6
        assert connection.wait(new).state == "completed"


@pytest.mark.parametrize("place", ["copied", "step", "stepped"])
def test_a_migration_that_was_broken_off_is_done_by_the_next_daemon(
    old_store: RunningDaemon, place: str
) -> None:
    daemon = old_store
    with pytest.raises(AssertionError, match="the daemon ended with -9"):
        daemon.start(CRYSTALMATHD_FAILPOINT=f"migrate.{place}:kill")
    wait_until(lambda: daemon.process and daemon.process.poll() is not None, 20)
    daemon.start()
    with daemon.connection() as connection:
        assert len(connection.fetch_jobs().jobs) == 5
        assert len(connection.fetch_jobs(text="waits").jobs) == 2
        ends = terminal_states(connection, ["4", "5"])
        assert set(ends.values()) == {"completed"}
    backup = daemon.database.with_name("crystalmath.db.bak-v1")
    with contextlib.closing(sqlite3.connect(backup)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM jobs").fetchone() == (5,)
