"""The first cause of a failure is named, with its lines and what helps."""

from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath_protocol.control import Edit
from crystalmath_protocol.diagnoses import DiagnoseJobResult
from tests.daemon.raw_client import RawClient
from tests.harness import RunningDaemon, deck, submit, wait_for_cycle

LIMIT = "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 12:00 DUE TO TIME LIMIT ***"


def diagnosed(
    daemon: RunningDaemon, connection: Connection, text: str, **asked: object
) -> DiagnoseJobResult:
    job_id = submit(daemon, connection, text, **asked)
    connection.wait(job_id)
    return connection.diagnose_job(job_id)


def keys(found: DiagnoseJobResult) -> list[str]:
    return [one.key for one in found.findings]


def test_cycles_that_are_used_up_are_named_with_the_line_and_an_edit(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = diagnosed(daemon, connection, deck(TOO_MANY=1))

    assert (found.code, found.program, found.grade) == (
        "crystal",
        "crystal",
        "not_converged",
    )
    assert keys(found) == ["scf_cycles"]
    (finding,) = found.findings
    assert found.first_cause == finding.cause
    (line,) = finding.evidence
    output = Path(
        connection.get_job_details(found.job_id or "").directory, "outputs/mgo.out"
    )
    assert line.file == "mgo.out"
    assert output.read_text().splitlines()[line.line - 1].strip() == line.text
    more_cycles = finding.remedies[0]
    assert more_cycles.effect == "none"
    assert more_cycles.restarts == ("guess",)
    assert more_cycles.diff.splitlines()[-3:] == ["+MAXCYCLE", "+100", " END"]
    assert [(one.input, one.value) for one in more_cycles.edits] == [("mgo.d12", "100")]
    effects = {one.effect for one in finding.remedies if "Smear" in one.text}
    assert effects == {"physics"}
    assert "guess" in {one.kind for one in found.restarts if not one.obstacles}


def test_what_it_proposes_can_be_carried_out(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = diagnosed(daemon, connection, deck(TOO_MANY=1))
    remedy = found.findings[0].remedies[0]
    edits = [
        Edit(input=one.input, key=one.key, value=one.value or "")
        for one in remedy.edits
    ]

    made = connection.restart_job(found.job_id or "", kind="guess", edits=edits)

    assert made.job is not None
    job = connection.wait(made.job.job_id)
    text = Path(job.directory, "inputs/mgo.d12").read_text()
    assert "\nGUESSP\n" in text
    assert "\nMAXCYCLE\n100\n" in text
    again = connection.diagnose_job(made.job.job_id)
    assert keys(again) == ["scf_cycles"], "the density was found where it must be"


def test_a_message_that_no_table_knows_is_shown_as_it_stands(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = diagnosed(daemon, connection, deck(FAIL_AT=3))
    assert keys(found)[0] == "unnamed_stop"
    assert "STAND-IN WAS TOLD TO FAIL" in found.findings[0].evidence[0].text
    files = {line.file for line in found.findings[0].evidence}
    assert files <= {"mgo.out", "mgo.ERROR"}


def test_an_end_by_the_wall_time_is_known_though_no_file_says_it(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = diagnosed(
        daemon,
        connection,
        deck(CYCLE_S=30),
        resources={"walltime_s": 1},
    )
    assert found.state == "failed"
    assert keys(found) == ["wall_time"]
    assert found.findings[0].evidence[0].file == "the record of the job"


def test_what_the_batch_system_has_written_is_read_where_the_job_ran(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(DIE_AT=3))
    job = connection.wait(job_id)
    Path(job.directory, "run/slurm.out").write_text(f"\n{LIMIT}\n")

    found = connection.diagnose_job(job_id)

    assert "run/slurm.out" in found.looked_at
    assert keys(found) == ["wall_time"]
    (line,) = found.findings[0].evidence
    assert (line.file, line.line, line.text) == ("run/slurm.out", 2, LIMIT)


def test_a_run_that_stops_without_a_word_is_said_to(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = diagnosed(daemon, connection, deck(DIE_AT=3))
    assert keys(found) == []
    assert found.normal_termination is False
    assert found.first_cause.startswith("It ")


def test_a_good_run_has_no_failure_and_a_running_one_no_way_to_go_on(
    daemon: RunningDaemon, connection: Connection
) -> None:
    good = diagnosed(daemon, connection, deck())
    assert good.findings == ()
    assert "ended normally" in good.first_cause

    job_id = submit(daemon, connection, deck(CYCLE_S=30), name="long.d12")
    wait_for_cycle(connection, job_id)
    running = connection.diagnose_job(job_id)
    assert (running.state, running.findings, running.restarts) == ("running", (), ())
    connection.cancel_job(job_id)
    connection.wait(job_id)


def test_a_job_that_never_began_is_diagnosed_too(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(), hold=True)
    found = connection.diagnose_job(job_id)
    assert (found.state, found.looked_at, found.findings) == ("held", (), ())


def test_an_output_of_elsewhere_is_diagnosed_with_the_schedulers_text(
    daemon: RunningDaemon, connection: Connection
) -> None:
    directory = daemon.home / "old"
    daemon.write("../old/mgo.out", " CYC   0 ETOT(AU) -2.7E+02 DETOT -2.7E+02\n")
    daemon.write("../old/slurm-7.out", f"\n{LIMIT}\n")

    found = connection.diagnose_path(directory / "mgo.out", code="crystal")

    assert found.path == str(directory / "mgo.out")
    assert found.job_id is None
    assert set(found.looked_at) == {"mgo.out", "slurm-7.out"}
    assert keys(found) == ["wall_time"]
    assert [(one.file, one.line) for one in found.findings[0].evidence] == [
        ("slurm-7.out", 2)
    ]


def test_the_input_is_edited_that_stands_beside_an_output_or_in_it(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(TOO_MANY=1))
    job = connection.wait(job_id)
    printed = Path(job.directory, "outputs/mgo.out").read_text()
    beside = daemon.write("beside/mgo.out", printed)
    daemon.write("beside/mgo.d12", deck())
    inside = daemon.write("inside/mgo.out", f"{deck()}{printed}")
    alone = daemon.write("alone/mgo.out", printed)

    for path in (beside, inside):
        found = connection.diagnose_path(path)
        assert keys(found) == ["scf_cycles"]
        diff = found.findings[0].remedies[0].diff.splitlines()
        assert diff[:2] == ["--- a/mgo.d12", "+++ b/mgo.d12"]
        assert diff[-3:] == ["+MAXCYCLE", "+100", " END"]
    (first, *_) = connection.diagnose_path(alone).findings[0].remedies
    assert (first.diff, first.obstacle) == ("", "the run has no input")


def test_a_large_output_is_searched_by_another_process(
    daemon: RunningDaemon, connection: Connection
) -> None:
    line = " INFORMATION **** PADDING OF A TEST ****************************\n"
    n_lines = (3 << 20) // len(line)
    error = " ERROR **** CHOLSK **** BASIS SET LINEARLY DEPENDENT\n"
    path = daemon.write("large.out", line * n_lines + error)

    found = connection.diagnose_path(path, code="crystal")

    assert keys(found) == ["linear_dependence"]
    assert found.findings[0].evidence[0].line == n_lines + 1
    remedies = found.findings[0].remedies
    assert all(one.obstacle for one in remedies if "LDREMO" in one.text)


@pytest.mark.parametrize("params", [{}, {"job_id": "1", "path": "/old/mgo.out"}])
def test_one_of_job_and_path_is_named(
    daemon: RunningDaemon, params: dict[str, str]
) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "diagnose_job", "params": params}
    with RawClient(daemon.socket) as client:
        client.send(asked)
        error = client.receive()["error"]
    assert error["data"]["kind"] == "job.input_refused"
    assert "one of the two" in error["message"]


def test_the_command_line_names_the_cause_and_how_to_go_on(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(TOO_MANY=1))
    connection.wait(job_id)

    said = daemon.crystalmath("diagnose", job_id).stdout

    first, *rest = said.splitlines()
    assert first == (
        f"job {job_id} (crystal: crystal): The SCF was not converged when its cycles"
        " were used up."
    )
    assert any("mgo.out:" in line for line in rest)
    assert any(line.strip() == "+MAXCYCLE" for line in rest)
    restart = f"crystalmath restart {job_id} --kind guess --set mgo.d12:"
    assert any(restart in line for line in rest)
