"""Cloning jobs: the same inputs with other values, shown before and stored once."""

from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.control import Edit
from crystalmath_protocol.submissions import ResourcesAsked
from tests.harness import DATA, RunningDaemon, deck, submit

TOKEN = "a-token-of-a-test"  # noqa: S105  # no secret
FINER = (Edit(key="SHRINK", value="8 8"),)
BANDS = "BAND\nMgO\n1 4 10 1 8 1 0\n0 0 0 2 0 2\nEND\n"


@pytest.fixture
def original(daemon: RunningDaemon, connection: Connection) -> str:
    """Return a job that has completed."""
    job_id = submit(daemon, connection, deck(), project="oxides", tags=["rocksalt"])
    assert connection.wait(job_id).state == "completed"
    return job_id


def n_jobs(connection: Connection) -> int:
    return len(connection.fetch_jobs().jobs)


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def test_a_clone_runs_the_same_deck_with_another_value(
    connection: Connection, original: str
) -> None:
    done = connection.clone_job(original, edits=FINER, name="finer", tags=["mesh"])
    assert done.created
    assert done.job is not None
    assert done.diff.splitlines() == [
        "--- a/mgo.d12",
        "+++ b/mgo.d12",
        "@@ -11,3 +11,3 @@",
        " SHRINK",
        "-4 4",
        "+8 8",
        " END",
    ]
    job = connection.wait(done.job.job_id)
    assert (job.state, job.name) == ("completed", "finer")
    assert (job.project, job.tags) == ("oxides", ("mesh",))
    text = Path(job.directory, "inputs", "mgo.d12").read_text()
    assert text == deck().replace("4 4", "8 8")
    kept = connection.get_job_details(original)
    assert Path(kept.directory, "inputs", "mgo.d12").read_text() == deck()


def test_what_is_not_named_is_as_in_the_original(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(
        daemon,
        connection,
        deck(),
        name="base.d12",
        hold=True,
        project="p",
        tags=["a", "b"],
        resources={"threads": 2, "walltime_s": 300},
    )
    cloned = connection.clone_job(job_id, hold=True).job
    assert cloned is not None
    before = connection.get_job_details(job_id)
    after = connection.get_job_details(cloned.job_id)
    for name in ("name", "project", "tags", "code", "cores", "state"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.plan.limits.walltime_s == 300
    assert after.plan.steps == before.plan.steps
    other = connection.clone_job(
        job_id, hold=True, resources=ResourcesAsked(threads=3), priority=4
    ).job
    assert other is not None
    changed = connection.get_job_details(other.job_id)
    assert (changed.cores, changed.plan.limits.walltime_s) == (3, 300)
    assert changed.priority == 4


def test_a_dry_run_shows_the_difference_and_stores_nothing(
    connection: Connection, original: str
) -> None:
    before = n_jobs(connection)
    tried = connection.clone_job(original, edits=FINER, dry_run=True)
    assert (tried.job, tried.created) == (None, False)
    assert "+8 8" in tried.diff
    assert connection.clone_job(original, dry_run=True).diff == ""
    assert n_jobs(connection) == before


def test_a_clone_that_is_asked_for_twice_is_made_once(
    connection: Connection, original: str
) -> None:
    first, again = (
        connection.clone_job(original, edits=FINER, client_token=TOKEN)
        for _ in range(2)
    )
    assert (first.created, again.created) == (True, False)
    assert (first.job, first.diff) == (again.job, again.diff)
    assert n_jobs(connection) == 2
    with refusal("job.token_reused"):
        connection.clone_job(original, client_token=TOKEN)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(key="SHRONK", value="8 8"), "did you mean SHRINK"),
        (Edit(key="SHRINK", value="8 8", input="other.d12"), "it has mgo.d12"),
        (Edit(key="FULLOPTG", value=""), "belongs to OPTGEOM"),
        (Edit(key="SHRINK", value=""), "SHRINK"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_with_a_hint(
    connection: Connection, original: str, edit: Edit, words: str
) -> None:
    for dry_run in (False, True):
        with refusal("job.input_refused") as refused:
            connection.clone_job(original, edits=[edit], dry_run=dry_run)
        assert words in refused.value.message
    assert n_jobs(connection) == 1


def test_every_step_can_be_edited_and_later_edits_see_earlier_ones(
    daemon: RunningDaemon, connection: Connection
) -> None:
    bands = str(daemon.write("mgo.d3", BANDS))
    job_id = submit(daemon, connection, deck(), steps=[{"path": bands}], hold=True)
    edits = [Edit(key="MAXCYCLE", value="50"), Edit(key="MAXCYCLE", value="60")]
    done = connection.clone_job(job_id, edits=edits)
    assert "+MAXCYCLE\n+60" in done.diff
    assert "50" not in done.diff
    assert done.job is not None
    job = connection.wait(done.job.job_id)
    assert job.state == "completed", job.evidence
    assert len(job.attempts[0].exits) == 2
    assert Path(job.directory, "inputs", "mgo.d3").read_text() == BANDS


def test_a_clone_takes_auxiliary_files_along(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = "MgO\nEXTERNAL\nBASISSET\nSTO-3G\nSHRINK\n4 4\nEND\n"
    gui = daemon.write("mgo.gui", "3 1 1\n")
    job_id = submit(daemon, connection, text, auxiliary=[{"path": str(gui)}])
    connection.wait(job_id)
    gui.unlink()
    done = connection.clone_job(job_id, edits=FINER, name="finer")
    assert done.job is not None
    job = connection.wait(done.job.job_id)
    assert job.state == "completed", job.evidence
    [kept] = Path(job.directory, "inputs").glob("*.gui")
    assert kept.read_text() == "3 1 1\n"


def test_a_clone_takes_files_of_the_same_job_as_the_original(
    daemon: RunningDaemon, connection: Connection, original: str
) -> None:
    text = deck("again").replace("SHRINK", "GUESSP\nSHRINK")
    link = [{"job_id": original, "role": "wavefunction"}]
    child = submit(daemon, connection, text, name="again.d12", inputs_from=link)
    connection.wait(child)
    done = connection.clone_job(child, edits=FINER)
    assert done.job is not None
    job = connection.wait(done.job.job_id)
    assert job.state == "completed", job.evidence
    theirs = Path(connection.get_job_details(original).directory, "outputs", "mgo.f9")
    ours = Path(job.directory, "inputs", "again.f9")
    assert ours.read_bytes() == theirs.read_bytes()
    connection.delete_job(original)
    with refusal("job.deleted") as refused:
        connection.clone_job(child, edits=FINER)
    assert f"Job {original} (mgo)" in refused.value.message


def test_a_deleted_job_is_not_cloned(connection: Connection, original: str) -> None:
    connection.delete_job(original)
    for dry_run in (False, True):
        with refusal("job.deleted"):
            connection.clone_job(original, edits=FINER, dry_run=dry_run)
    assert n_jobs(connection) == 0


def test_a_job_whose_input_is_a_directory_is_cloned_whole(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    daemon = stopped_daemon.start()
    poscar = "Si\n5.43\n1 0 0\n0 1 0\n0 0 1\nSi\n1\nDirect\n0 0 0\n"
    texts = {
        "INCAR": "ENCUT = 300 ! low\n",
        "POSCAR": poscar,
        "KPOINTS": "mesh\n0\nGamma\n2 2 2\n",
        "POTCAR": "a test has none\n",
    }
    for name, text in texts.items():
        directory = daemon.write(f"si/{name}", text).parent
    with daemon.connection() as connection:
        [first] = connection.submit_job(inputs=[str(directory)]).jobs
        connection.wait(first.job_id)
        done = connection.clone_job(
            first.job_id, edits=[Edit(key="ENCUT", value="400")]
        )
        assert done.job is not None
        job = connection.wait(done.job.job_id)
    assert job.state == "completed", job.evidence
    inputs = Path(job.directory, "inputs")
    texts["INCAR"] = "ENCUT = 400 ! low\n"
    assert {name: (inputs / name).read_text() for name in texts} == texts
