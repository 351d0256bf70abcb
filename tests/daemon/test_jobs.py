"""The life of a job, with real processes: the CRYSTAL stand-in under the daemon."""

import hashlib
import json
import os
import signal
from pathlib import Path

import msgspec
import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.jobs import JobDetails
from tests.harness import (
    DATA,
    RunningDaemon,
    deck,
    terminal_states,
    wait_for_cycle,
    wait_until,
)

VASP_INPUTS = {
    "INCAR": "ENCUT = 300\n",
    "POSCAR": "Si\n5.43\n1 0 0\n0 1 0\n0 0 1\nSi\n1\nDirect\n0 0 0\n",
    "KPOINTS": "mesh\n0\nGamma\n2 2 2\n",
    "POTCAR": "a test has none\n",
}
FULL_OPTIMISATION = "OPTGEOM\nFULLOPTG\nENDOPT"


def processes_of(token: str) -> list[int]:
    """Find living processes of an attempt, as anybody could."""
    mark = f"CRYSTALMATH_TOKEN={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environ = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark in environ.split(b"\0") and state != "Z":
            found.append(int(entry.name))
    return found


def run(
    daemon: RunningDaemon, text: str, name: str = "mgo.d12", **asked: object
) -> JobDetails:
    """Submit a deck, wait for its end and return the details."""
    path = daemon.write(name, text)
    with daemon.connection() as connection:
        submitted = connection.submit_job(inputs=[str(path)], **asked)  # type: ignore[arg-type]
        connection.wait(submitted.jobs[0].job_id)
        return connection.get_job_details(submitted.jobs[0].job_id)


def test_a_deck_becomes_an_energy_with_unit_source_and_files(
    daemon: RunningDaemon,
) -> None:
    job = run(daemon, deck())
    assert (job.state, job.cause, job.grade) == ("completed", None, "converged")
    [result] = job.results
    assert result.energy_ev == pytest.approx(-7483.158, abs=1e-3)
    assert result.energy_unit == "hartree"
    assert result.energy_source is not None
    assert result.energy_source.file == "mgo.out"
    record = json.loads(Path(job.directory, "results.json").read_text())
    assert record["energy_ev"] == result.energy_ev
    assert record["results_version"] == 1
    for file in record["files"]:
        data = Path(job.directory, "outputs", file["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert {"mgo.out", "mgo.f9"} <= {file["name"] for file in record["files"]}
    assert Path(job.directory, "inputs", "mgo.d12").read_text() == deck()
    plan = json.loads(Path(job.directory, "plan.json").read_text())
    assert plan["steps"][0]["program"] == "crystal"


def test_scratch_is_named_after_job_and_process_and_is_gone_afterwards(
    daemon: RunningDaemon,
) -> None:
    job = run(daemon, deck())
    [attempt] = job.attempts
    expected = daemon.scratch / f"cry_mgo_{attempt.scheduler_id}"
    assert attempt.scratch == str(expected)
    assert not expected.exists()


def test_what_explain_shows_is_what_is_stored(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        [plan] = connection.explain_job(inputs=[path]).plans
        assert connection.fetch_jobs().jobs == ()
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        stored = connection.get_job_details(job_id).plan
        assert stored is not None
        # Warnings that need the symmetry are found where there is time for it.
        assert set(stored.warnings) <= set(plan.warnings)
        assert msgspec.structs.replace(plan, warnings=stored.warnings) == stored


def test_an_exit_code_is_kept_exactly(daemon: RunningDaemon) -> None:
    job = run(daemon, deck(EXIT=37))
    assert (job.state, job.cause) == ("failed", "exit_code")
    assert job.attempts[0].exits[0].code == 37
    assert "37" in job.evidence[-1].text


def test_too_many_cycles_is_not_converged_though_the_program_ends_with_zero(
    daemon: RunningDaemon,
) -> None:
    job = run(daemon, deck(TOO_MANY=1))
    assert (job.state, job.cause) == ("failed", "not_converged")
    assert job.attempts[0].exits[0].code == 0
    assert job.grade == "not_converged"


def test_a_failure_in_the_middle_names_the_programs_own_words(
    daemon: RunningDaemon,
) -> None:
    job = run(daemon, deck(FAIL_AT=3))
    assert (job.state, job.cause) == ("failed", "code_error")
    assert job.results[0].cause is not None
    assert "outputs/mgo.out" in {file.name for file in job.files}


def test_cancel_ends_the_whole_group_and_what_has_left_it(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = deck(CYCLE_S=0.2, CYCLES=1000, IGNORE_TERM=1, ESCAPED_S=600)
    path = daemon.write("mgo.d12", text)
    job_id = connection.submit_job(inputs=[str(path)]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    token = connection.get_job_details(job_id).attempts[0].token
    assert len(processes_of(token)) >= 2
    answer = connection.cancel_job(job_id)
    assert (answer.state, answer.is_confirmed) == ("cancelled", True)
    assert processes_of(token) == []
    job = connection.get_job_details(job_id)
    assert job.attempts[0].exits[0].signal == signal.SIGKILL
    assert "outputs/mgo.out" in {file.name for file in job.files}


def test_a_queued_job_is_cancelled_at_once(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = daemon.write("mgo.d12", deck(CYCLE_S=0.2, CYCLES=1000))
    first, second = (
        connection.submit_job(inputs=[str(path)], resources={"threads": 4})
        .jobs[0]
        .job_id
        for _ in range(2)
    )
    answer = connection.cancel_job(second)
    assert (answer.state, answer.is_confirmed) == ("cancelled", True)
    assert connection.get_job_details(second).attempts == ()
    connection.cancel_job(first)


def test_a_job_over_its_wall_time_is_ended_and_its_files_are_saved(
    daemon: RunningDaemon,
) -> None:
    job = run(
        daemon,
        deck(CYCLE_S=0.05, CYCLES=10_000),
        resources={"walltime_s": 1},
    )
    assert (job.state, job.cause) == ("failed", "walltime")
    assert "1 s" in job.evidence[-1].text
    assert "outputs/mgo.out" in {file.name for file in job.files}


def test_files_go_in_and_come_out_under_the_names_users_know(
    daemon: RunningDaemon,
) -> None:
    ending = "BASISSET\nSTO-3G\nSHRINK\n4 4\nGUESSP\nEND\n"
    text = f"MgO\nEXTERNAL\n{FULL_OPTIMISATION}\n{ending}"
    gui = daemon.write("mgo.gui", "3 1 1\n")
    guess = daemon.write("mgo.f9", "a density")
    auxiliary = [{"path": str(gui)}, {"path": str(guess)}]
    job = run(daemon, text, auxiliary=auxiliary)
    assert job.state == "completed", job.evidence
    names = {file.name for file in job.files}
    assert {"inputs/mgo.gui", "inputs/mgo.f9"} <= names
    assert {"outputs/mgo.gui", "outputs/mgo.f9", "outputs/mgo.optinfo"} <= names
    optimised = Path(job.directory, "outputs", "mgo.gui").read_text()
    assert optimised != "3 1 1\n"
    assert Path(job.directory, "inputs", "mgo.gui").read_text() == "3 1 1\n"


def test_a_run_killed_in_the_middle_leaves_its_restart_files(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = deck(CYCLE_S=0.02, POINTS=500).replace(
        "BASISSET", f"{FULL_OPTIMISATION}\nBASISSET"
    )
    path = daemon.write("mgo.d12", text)
    job_id = connection.submit_job(inputs=[str(path)]).jobs[0].job_id

    def has_two_points() -> bool:
        progress = connection.fetch_job_progress(job_id)
        attempts = connection.get_job_details(job_id).attempts
        scratch = Path((attempts and attempts[0].scratch) or "/nowhere")
        return progress.state == "running" and len(list(scratch.glob("optc*"))) > 1

    wait_until(has_two_points, 20)
    token = connection.get_job_details(job_id).attempts[0].token
    runner = int(connection.get_job_details(job_id).attempts[0].scheduler_id or 0)
    for pid in processes_of(token):
        if pid != runner:
            os.kill(pid, signal.SIGKILL)
    connection.wait(job_id)
    job = connection.get_job_details(job_id)
    assert (job.state, job.cause) == ("failed", "signal")
    names = {file.name for file in job.files}
    assert {"outputs/mgo.optinfo", "outputs/mgo.SCFLOG", "outputs/mgo.out"} <= names
    assert any(name.startswith("outputs/optc") for name in names)


def test_a_killed_runner_leaves_a_lost_job_with_its_files_and_no_exit_code(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = daemon.write("mgo.d12", deck(CYCLE_S=0.3, CYCLES=8))
    job_id = connection.submit_job(inputs=[str(path)]).jobs[0].job_id
    wait_for_cycle(connection, job_id)
    runner = int(connection.get_job_details(job_id).attempts[0].scheduler_id or 0)
    os.kill(runner, signal.SIGKILL)
    wait_until(lambda: connection.get_job_details(job_id).doubt, 10)
    job = connection.get_job_details(job_id)
    assert job.state == "running"
    assert "without their runner" in (job.doubt or "")
    connection.wait(job_id)
    job = connection.get_job_details(job_id)
    assert (job.state, job.cause) == ("lost", "runner_killed")
    assert job.attempts[0].exits == ()
    assert "outputs/mgo.f9" in {file.name for file in job.files}
    assert job.results[0].energy_ev is not None


def test_steps_share_one_scratch(daemon: RunningDaemon) -> None:
    bands = daemon.write("mgo.d3", "BAND\nMgO\n1 4 10 1 8 1 0\n0 0 0 2 0 2\nEND\n")
    job = run(daemon, deck(), steps=[{"path": str(bands)}])
    assert job.state == "completed", job.evidence
    assert [step.program for step in job.attempts[0].exits] == [
        "crystal",
        "properties",
    ]


def test_a_later_step_does_not_run_after_a_failed_one(daemon: RunningDaemon) -> None:
    bands = daemon.write("mgo.d3", "BAND\nMgO\n1 4 10 1 8 1 0\n0 0 0 2 0 2\nEND\n")
    job = run(daemon, deck(EXIT=3), steps=[{"path": str(bands)}])
    assert (job.state, len(job.attempts[0].exits)) == ("failed", 1)


def test_a_job_takes_the_wavefunction_of_another(
    daemon: RunningDaemon, connection: Connection
) -> None:
    parent = run(daemon, deck())
    text = deck("again").replace("SHRINK", "GUESSP\nSHRINK")
    child = run(
        daemon,
        text,
        name="again.d12",
        inputs_from=[{"job_id": parent.job_id, "role": "wavefunction"}],
    )
    assert child.state == "completed", child.evidence
    ours = Path(child.directory, "inputs", "again.f9").read_bytes()
    assert ours == Path(parent.directory, "outputs", "mgo.f9").read_bytes()
    with pytest.raises(RpcError) as refused:
        connection.explain_job(
            inputs=[str(daemon.write("b.d12", text))],
            inputs_from=[{"job_id": parent.job_id, "role": "phonons"}],
        )
    assert refused.value.kind == "job.artefact_not_found"


def test_dependents_of_a_cancelled_job_do_not_run_down_the_line(
    daemon: RunningDaemon, connection: Connection
) -> None:
    slow = daemon.write("slow.d12", deck(CYCLE_S=0.2, CYCLES=1000))
    guess = daemon.write("guess.d12", deck().replace("SHRINK", "GUESSP\nSHRINK"))
    first = connection.submit_job(inputs=[str(slow)]).jobs[0].job_id
    link = [{"job_id": first, "role": "wavefunction"}]
    second = connection.submit_job(inputs=[str(guess)], inputs_from=link)
    link = [{"job_id": second.jobs[0].job_id, "role": "wavefunction"}]
    third = connection.submit_job(inputs=[str(guess)], inputs_from=link)
    connection.cancel_job(first)
    ids = [second.jobs[0].job_id, third.jobs[0].job_id]
    assert set(terminal_states(connection, ids).values()) == {"failed"}
    for job_id in ids:
        job = connection.get_job_details(job_id)
        assert (job.cause, job.attempts) == ("parent_not_completed", ())


def test_a_sweep_is_a_collection_of_different_inputs(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = daemon.write("mgo.d12", deck().replace("4 4", "${shrink} ${shrink}"))
    submitted = connection.submit_job(
        inputs=[str(path)], sweep=[{"name": "shrink", "values": ["2", "4", "6"]}]
    )
    assert [job.name for job in submitted.jobs] == [
        "mgo_shrink2",
        "mgo_shrink4",
        "mgo_shrink6",
    ]
    terminal_states(connection, [job.job_id for job in submitted.jobs])
    found = connection.fetch_jobs(collection=submitted.collection).jobs
    assert len(found) == 3
    texts = {
        Path(connection.get_job_details(j.job_id).directory, "inputs", "mgo.d12")
        .read_text()
        .splitlines()[-2]
        for j in found
    }
    assert texts == {"2 2", "4 4", "6 6"}


def test_the_same_token_never_makes_a_second_job(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    token = "a-token-of-a-test"  # noqa: S105  # no secret
    first = connection.submit_job(inputs=[path], client_token=token)
    again = connection.submit_job(inputs=[path], client_token=token)
    assert (first.created, again.created) == (True, False)
    assert first.jobs == again.jobs
    with pytest.raises(RpcError) as refused:
        connection.submit_job(inputs=[path], name="other", client_token=token)
    assert refused.value.kind == "job.token_reused"


def test_the_clients_value_of_a_variable_goes_with_the_job(
    daemon: RunningDaemon, connection: Connection
) -> None:
    root = daemon.home / "crystal23" / "bin" / "Linux-ifort_i64_omp" / "v1.0.1"
    root.mkdir(parents=True)
    (root / "crystal").write_bytes((daemon.bin / "crystal").read_bytes())
    (root / "crystal").chmod(0o755)
    sent = {
        "name": "CRY23_ROOT",
        "value": str(daemon.home / "crystal23"),
        "origin": "environment of the client",
    }
    path = str(daemon.write("mgo.d12", deck()))
    [plan] = connection.explain_job(inputs=[path], environment=[sent]).plans
    assert plan.steps[0].executable == str(root / "crystal")
    assert "CRY23_ROOT" in plan.steps[0].executable_origin
    secret = {"name": "MP_API_KEY", "value": "x", "origin": "environment"}
    with pytest.raises(RpcError):
        connection.explain_job(inputs=[path], environment=[secret])


def test_ten_clients_at_once_make_ten_jobs_in_ten_directories(
    daemon: RunningDaemon,
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = str(daemon.write("mgo.d12", deck()))

    def submit(_: int) -> str:
        with daemon.connection() as connection:
            return connection.submit_job(inputs=[path]).jobs[0].job_id

    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(submit, range(10)))
    assert len(set(ids)) == 10
    with daemon.connection() as connection:
        assert set(terminal_states(connection, ids).values()) == {"completed"}
        places = {connection.get_job_details(i).directory for i in ids}
    assert len(places) == 10


def test_the_log_is_read_by_offset_and_followed_to_its_end(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = daemon.write("mgo.d12", deck(CYCLE_S=0.05))
    job_id = connection.submit_job(inputs=[str(path)]).jobs[0].job_id
    text, offset = "", 0
    while True:
        part = connection.fetch_job_log(job_id, offset=offset, wait_ms=5000)
        text, offset = text + part.data, part.next_offset
        if part.at_end:
            break
    directory = connection.get_job_details(job_id).directory
    assert text == Path(directory, "outputs", "mgo.out").read_text()
    tail = connection.fetch_job_log(job_id, offset=-10)
    assert tail.data == text[-10:]
    with pytest.raises(RpcError) as refused:
        connection.fetch_job_log(job_id, file="../../../../etc/passwd")
    assert refused.value.kind == "job.file_not_found"


def test_progress_shows_the_cycles_while_they_come(
    daemon: RunningDaemon, connection: Connection
) -> None:
    path = daemon.write("mgo.d12", deck(CYCLE_S=0.1))
    job_id = connection.submit_job(inputs=[str(path)]).jobs[0].job_id
    seen: list[int] = []
    while True:
        progress = connection.fetch_job_progress(
            job_id, since_cycle=len(seen), wait_ms=5000
        )
        seen += [cycle.index for cycle in progress.cycles]
        if progress.state not in {"queued", "starting", "running", "collecting"}:
            break
    assert seen == list(range(1, 9))
    assert progress.max_cycles == 8


def test_each_of_several_inputs_gets_only_its_own_companions(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = f"MgO\nEXTERNAL\n{FULL_OPTIMISATION}\nBASISSET\nSTO-3G\nEND\n"
    decks = [str(daemon.write(f"{stem}.d12", text)) for stem in "ab"]
    files = [{"path": str(daemon.write(f"{stem}.gui", stem))} for stem in "ab"]
    submitted = connection.submit_job(inputs=decks, auxiliary=files)
    for job, own in zip(submitted.jobs, "ab", strict=True):
        assert connection.wait(job.job_id).state == "completed"
        listed = connection.get_job_details(job.job_id).files
        names = {file.name for file in listed if file.name.startswith("inputs/")}
        assert names == {f"inputs/{own}.d12", f"inputs/{own}.gui"}


def test_a_directory_is_the_input_of_a_code_that_reads_one(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    daemon = stopped_daemon.start()
    for name, text in VASP_INPUTS.items():
        directory = daemon.write(f"si/{name}", text).parent
    with daemon.connection() as connection:
        [submitted] = connection.submit_job(inputs=[str(directory)]).jobs
        connection.wait(submitted.job_id)
        job = connection.get_job_details(submitted.job_id)
    assert (job.code, job.name, job.state) == ("vasp", "si", "completed"), job.evidence
    assert job.energy_kind == "energy_sigma_zero"
    names = {file.name for file in job.files}
    assert {f"inputs/{name}" for name in VASP_INPUTS} <= names
    assert {"outputs/OUTCAR", "outputs/OSZICAR"} <= names
