"""kill -9 of the daemon at any moment, with a Slurm that errs and lies.

`CRYSTALMATH_TEST_SLURM_KILLS` says how many; `CRYSTALMATH_TEST_SEED` repeats a run.
"""

import os
import time
from functools import partial

import pytest

from crystalmath_protocol.control import RetryJobParams
from tests.harness import deck, wait_until
from tests.torture import FAULTS, NAME, PEACE_S, torture

KILLS = int(os.environ.get("CRYSTALMATH_TEST_SLURM_KILLS", "60"))
SEED = int(os.environ.get("CRYSTALMATH_TEST_SEED", str(time.time_ns() % 10**6)))
N_EMPTY = 8
"""Lists without the job: more than the daemon needs to give an attempt up."""


@pytest.mark.crash
def test_each_job_computes_once_whatever_is_killed_and_whatever_slurm_says() -> None:
    print(f"seed {SEED}, {KILLS} kills")
    with torture("hasty_daemon.py", SEED, FAULTS) as one:
        one.kill_for(KILLS)
        verdict = one.verdict()
        assert verdict.is_clean(), verdict
        assert verdict.jobs > KILLS // 10


@pytest.mark.crash
def test_a_daemon_that_stores_the_number_after_sbatch_is_caught() -> None:
    """The check above can fail: this variant takes an error for "not submitted"."""
    with torture("naive_daemon.py", 7, {"unclear": 0.9}) as one:
        one.client.pause_s = 0.1
        one.kill_for(5, n_jobs=6)
        assert one.verdict().duplicates


def test_a_copy_that_comes_too_late_computes_nothing() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        one.slurm.next("late")
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            job_id = connection.submit_job(inputs=[path], cluster=NAME).jobs[0].job_id
            connection.wait(job_id)
            job = connection.get_job_details(job_id)
        assert [a.state for a in job.attempts] == ["abandoned", "collected"]
        wait_until(one.copies_stopped, PEACE_S, "no copy came")
        assert one.ledger.starts() == {job.attempts[1].token: 1}
        assert {len(ids) for ids in one.slurm.ids_by_token().values()} == {1}


def test_a_job_that_is_run_again_has_all_its_attempts_again() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            job_id = connection.submit_job(inputs=[path], cluster=NAME).jobs[0].job_id
            connection.wait(job_id)
            for n_before in (1, 2):
                if n_before == 2:
                    one.slurm.next("refused")
                again = RetryJobParams(job_id=job_id, after_attempt=n_before)
                connection.call("retry_job", again)
                connection.wait(job_id)
            job = connection.get_job_details(job_id)
        states = [attempt.state for attempt in job.attempts]
        assert states == ["collected", "collected", "abandoned", "collected"]
        assert one.ledger.starts().total() == 3


def test_a_queue_that_forgets_a_waiting_job_ends_nothing() -> None:
    with torture("hasty_daemon.py", 1, {}) as one:
        path = str(one.daemon.write("mgo.d12", deck(EXIT=3)))
        with one.daemon.connection() as connection:
            queue = {"directives": ["--hold"]}
            done = connection.submit_job(
                inputs=[path], cluster=NAME, resources={"queue": queue}
            )
            job_id = done.jobs[0].job_id
            details = partial(connection.get_job_details, job_id)
            wait_until(lambda: details().state == "pending", 20)
            number = details().attempts[0].scheduler_id
            one.slurm.set(faults="squeue_empty=1", sacct="off")
            before = len(one.slurm.queue.calls("squeue"))

            def has_been_asked_often() -> bool:
                assert (details().state, len(details().attempts)) == ("pending", 1)
                return len(one.slurm.queue.calls("squeue")) > before + N_EMPTY

            wait_until(has_been_asked_often, PEACE_S)
            assert details().doubt
            one.slurm.set()
            one.slurm.run("scontrol", "release", str(number))
            connection.wait(job_id)
            job = details()
        assert [exit_.code for exit_ in job.attempts[0].exits] == [3]
        assert one.ledger.attempts_by_job([job]) == {job_id: 1}
