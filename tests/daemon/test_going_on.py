"""Runs of CRYSTAL that were cut, or did not converge, are gone on with."""

from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.control import Edit
from crystalmath_protocol.jobs import JobDetails
from crystalmath_protocol.restarts import RestartJobResult
from tests.harness import RunningDaemon, deck, submit

GUI = """3 5 1
0.0 2.1 2.1
2.1 0.0 2.1
2.1 2.1 0.0
1
1 0 0
0 1 0
0 0 1
0 0 0
2
12 0.0 0.0 0.0
8 2.1 2.1 2.1
"""
"""Rock salt in the format of fort.34."""


def optimisation(**standin: object) -> str:
    """Return a deck that optimises; options of the stand-in stand in its title."""
    return deck(**standin).replace("BASISSET", "OPTGEOM\nFULLOPTG\nEND\nBASISSET")


def cut(
    daemon: RunningDaemon, connection: Connection, text: str, **asked: object
) -> JobDetails:
    """Run a deck until its wall time of a second is over."""
    job_id = submit(daemon, connection, text, resources={"walltime_s": 1}, **asked)
    job = connection.wait(job_id)
    assert (job.state, job.cause) == ("failed", "walltime")
    return job


def outputs(job: JobDetails) -> Path:
    return Path(job.directory, "outputs")


def test_an_optimisation_cut_by_its_wall_time_goes_on_at_the_next_point(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = cut(daemon, connection, optimisation(CYCLE_S=0.05, POINTS=99))
    n_done = len((outputs(job) / "mgo.optinfo").read_text().splitlines())
    assert n_done >= 1
    edits = [Edit(key="TITLE", value="MgO STANDIN_POINTS=2")]

    made = connection.restart_job(job.job_id, edits=edits)

    assert made.kind == "optimisation"
    assert "+RESTART" in made.diff.splitlines()
    assert made.job is not None
    done = connection.wait(made.job.job_id)
    assert done.state == "completed"
    said = (outputs(done) / "mgo.out").read_text()
    assert "RESTARTING FROM A PREVIOUS GEOMETRY OPTIMIZATION RUN" in said
    assert f"OPTIMIZATION - POINT {n_done + 1:4d}" in said
    assert (outputs(done) / "mgo.optinfo").read_text().count("point") == n_done + 2


def test_a_deck_with_an_external_geometry_begins_again_at_the_last_whole_point(
    daemon: RunningDaemon, connection: Connection
) -> None:
    gui = str(daemon.write("mgo.gui", GUI))
    head, _, rest = optimisation(CYCLE_S=0.05, POINTS=99).partition("\n")
    text = f"{head}\nEXTERNAL\n{rest[rest.index('OPTGEOM') :]}"
    job = cut(daemon, connection, text, auxiliary=[{"path": gui}])
    points = sorted(outputs(job).glob("optc*"))
    edits = [Edit(key="TITLE", value="MgO STANDIN_POINTS=1")]

    made = connection.restart_job(job.job_id, kind="geometry", edits=edits)

    assert made.job is not None
    assert "+++ b/mgo.gui" in made.diff.splitlines()
    done = connection.wait(made.job.job_id)
    assert done.state == "completed"
    taken = Path(done.directory, "inputs/mgo.gui").read_bytes()
    assert taken == points[-1].read_bytes()
    assert "POINT    1" in (outputs(done) / "mgo.out").read_text()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit(key="BASISSET", value="STO-6G"), "BASISSET = STO-6G instead of STO-3G"),
        (Edit(key="TOLINTEG", value="8 8 8 8 16"), "TOLINTEG = 8 8 8 8 16 instead of"),
        (Edit(key="UHF", value=""), "UHF = set instead of nothing"),
    ],
)
def test_a_density_is_not_taken_for_what_it_does_not_fit(
    daemon: RunningDaemon, connection: Connection, edit: Edit, said: str
) -> None:
    job_id = submit(daemon, connection, deck(TOO_MANY=1))
    assert connection.wait(job_id).cause == "not_converged"
    for dry_run in (True, False):
        with pytest.raises(RpcError, match=said) as refused:
            connection.restart_job(job_id, kind="guess", edits=[edit], dry_run=dry_run)
        assert refused.value.kind == "job.restart_refused"
    mesh = Edit(key="SHRINK", value="8 8")
    made = connection.restart_job(job_id, kind="guess", edits=[mesh], dry_run=True)
    assert "+GUESSP" in made.diff.splitlines()


def test_the_same_request_makes_one_job_also_when_the_old_one_is_gone(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(TOO_MANY=1))
    connection.wait(job_id)
    token = "going-on-only-once"  # noqa: S105  # no secret
    title = [Edit(key="TITLE", value="MgO")]

    def again() -> RestartJobResult:
        return connection.restart_job(
            job_id, kind="guess", edits=title, client_token=token
        )

    first = again()
    assert first.job is not None
    assert connection.wait(first.job.job_id).state == "completed"
    second = again()
    assert (second.job, second.created, second.kind) == (first.job, False, "guess")
    connection.delete_job(job_id)
    later = again()
    assert (later.job, later.created, later.options) == (first.job, False, ())


def test_a_run_cut_in_its_first_scf_has_no_way_to_go_on(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job = cut(daemon, connection, deck(CYCLE_S=30))

    with pytest.raises(RpcError, match="no wavefunction came back") as refused:
        connection.restart_job(job.job_id)

    assert refused.value.kind == "job.restart_refused"
