"""Files of ended jobs are removed by their role, when somebody says so."""

from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle

GUESS = deck("child").replace("SHRINK", "GUESSP\nSHRINK")


def refusal(kind: str, words: str) -> pytest.RaisesExc[RpcError]:
    def is_it(error: RpcError) -> bool:
        return error.kind == kind and words in str(error)

    return pytest.raises(RpcError, check=is_it)


@pytest.fixture
def done(daemon: RunningDaemon, connection: Connection) -> str:
    job_id = submit(daemon, connection, deck())
    assert connection.wait(job_id).state == "completed"
    return job_id


def outputs(connection: Connection, job_id: str) -> set[str]:
    directory = connection.get_job_details(job_id).directory
    return {path.name for path in Path(directory, "outputs").iterdir()}


def test_a_role_is_removed_and_nothing_else(connection: Connection, done: str) -> None:
    before = outputs(connection, done)
    found = connection.clean_job(done, ["wavefunction"], here=True, dry_run=True)
    assert outputs(connection, done) == before
    again = connection.clean_job(done, ["wavefunction"], here=True)
    assert again == found
    assert found.size_bytes == sum(file.size for file in found.files) > 0
    removed = {file.name for file in found.files}
    assert removed == {"mgo.f9", "mgo.f98"}
    assert outputs(connection, done) == before - removed
    with refusal("job.artefact_not_found", "no file in the role wavefunction"):
        connection.clean_job(done, ["wavefunction"], here=True)


def test_files_of_this_machine_go_only_by_that_word(
    connection: Connection, done: str
) -> None:
    before = outputs(connection, done)
    with refusal("job.wrong_state", "on this machine"):
        connection.clean_job(done, ["wavefunction"])
    assert outputs(connection, done) == before


def test_what_another_job_waits_for_stays(
    daemon: RunningDaemon, connection: Connection, done: str
) -> None:
    source = {"job_id": done, "role": "wavefunction"}
    child = submit(
        daemon, connection, GUESS, name="child.d12", inputs_from=[source], hold=True
    )
    with refusal("job.wrong_state", f"job {child} waits for its files"):
        connection.clean_job(done, ["output"], here=True)
    connection.cancel_job(child)
    connection.clean_job(done, ["output"], here=True)


def test_a_running_job_is_not_cleaned(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(CYCLE_S=0.1, CYCLES=10_000))
    wait_for_cycle(connection, job_id)
    with refusal("job.wrong_state", "when it has ended"):
        connection.clean_job(job_id, ["output"], here=True)
    connection.cancel_job(job_id)
