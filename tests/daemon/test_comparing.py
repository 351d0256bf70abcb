"""Two jobs held against each other."""

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import RunningDaemon, deck, submit


def ran(daemon: RunningDaemon, connection: Connection, text: str) -> str:
    job_id = submit(daemon, connection, text)
    connection.wait(job_id)
    return job_id


def test_runs_of_one_method_are_subtracted(
    daemon: RunningDaemon, connection: Connection
) -> None:
    first = ran(daemon, connection, deck())
    second = ran(daemon, connection, deck(CYCLES=9))
    found = connection.diff_jobs(first, second)
    assert "+MgO STANDIN_CYCLES=9" in found.inputs
    assert found.obstacles == ()
    assert found.energy_ev_per_cell is not None
    values = {one.name: one for one in found.values}
    energy = values["energy_ev"]
    assert energy.delta is None  # one place says it, or why not
    assert float(str(energy.second)) - float(str(energy.first)) == pytest.approx(
        found.energy_ev_per_cell
    )
    assert not values["n_scf_cycles"].is_same
    assert values["code"].is_same
    said = daemon.crystalmath("diff", first, second).stdout
    assert "ΔE per cell" in said
    assert f"job {second} minus job {first}" in said
    assert "scf cycles" in said
    assert "\ncode" not in said
    assert "\ncode" in daemon.crystalmath("diff", first, second, "-v").stdout


def test_runs_of_other_methods_or_grades_are_not(
    daemon: RunningDaemon, connection: Connection
) -> None:
    first = ran(daemon, connection, deck())
    text = deck().replace("SHRINK", "TOLINTEG\n8 8 8 8 16\nSHRINK")
    second = ran(daemon, connection, text.replace("STO-3G", "POB-DZVP"))
    found = connection.diff_jobs(first, second)
    assert (found.energy_ev_per_cell, found.energy_ev_per_atom) == (None, None)
    assert {one.delta for one in found.values if "energy" in one.name} == {None}
    obstacles = {one.what: (one.first, one.second) for one in found.obstacles}
    assert obstacles == {
        "basis or potential of basis": ("STO-3G", "POB-DZVP"),
        "TOLINTEG": ("default", "8 8 8 8 16"),
    }
    said = daemon.crystalmath("diff", first, second).stdout
    assert "ΔE is refused" in said
    assert "8 8 8 8 16" in said
    loose = ran(daemon, connection, deck(TOO_MANY=1))
    grades = [one.what for one in connection.diff_jobs(first, loose).obstacles]
    assert "grade" in grades


def test_a_job_without_a_result_is_refused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    first = ran(daemon, connection, deck())
    held = submit(daemon, connection, deck(), hold=True)
    with pytest.raises(RpcError, match="no result") as refused:
        connection.diff_jobs(first, held)
    assert refused.value.kind == "job.wrong_state"
    with pytest.raises(RpcError, match="no job 99"):
        connection.diff_jobs(first, 99)


def test_jobs_of_one_method_have_one_fingerprint(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = deck().replace("SHRINK", "DFT\nPBEXC\nEND\nSHRINK")
    jobs = [
        ran(daemon, connection, text),
        ran(daemon, connection, text.replace("4 4", "8 8")),
        ran(daemon, connection, text.replace("PBEXC", "PBESOLXC")),
    ]
    columns = ["job", "fingerprint"]
    rows = dict(connection.query_results(columns=columns).rows)  # type: ignore[arg-type]
    one, other, third = (rows[float(job)] for job in jobs)
    assert one is not None
    assert one == other != third


def test_inputs_of_other_names_are_held_together_by_their_ending(
    daemon: RunningDaemon, connection: Connection
) -> None:
    jobs = []
    for name, text in (("a.d12", deck("one")), ("b.d12", deck("two"))):
        job_id = submit(daemon, connection, text, name=name)
        connection.wait(job_id)
        jobs.append(job_id)
    lines = connection.diff_jobs(*jobs).inputs.splitlines()
    assert lines[0] == f"--- job {jobs[0]}: a.d12"
    assert lines[1] == f"+++ job {jobs[1]}: b.d12"
    assert "-one" in lines
    assert "+two" in lines
