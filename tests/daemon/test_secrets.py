"""No secret leaves the place where the user put it."""

import json
from pathlib import Path

from tests.harness import RunningDaemon, deck, wait_for_cycle

CANARY = "canary-8f3a1c"
SECRETS = ("MP_API_KEY", "MPCONTRIBS_API_KEY", "ANTHROPIC_API_KEY")


def test_a_canary_is_in_no_file_no_reply_and_no_environment_of_a_job(
    stopped_daemon: RunningDaemon,
) -> None:
    daemon = stopped_daemon.start(**dict.fromkeys(SECRETS, CANARY))
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1)))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        wait_for_cycle(connection, job_id)
        scheduler_id = connection.get_job_details(job_id).attempts[0].scheduler_id
        for pid in [scheduler_id, *children_of(str(scheduler_id))]:
            assert CANARY.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            assert CANARY.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        connection.wait(job_id)
        settings = {s.name: s.value for s in connection.doctor().settings}
    assert {settings[name] for name in SECRETS} == {"set"}
    for command in ("doctor", "config", "status", "show 1", "events"):
        done = daemon.crystalmath(*command.split(), "--json", check=False)
        assert CANARY not in done.stdout + done.stderr
    daemon.stop()
    for file in daemon.home.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file


def children_of(pid: str) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return children + [c for child in children for c in children_of(child)]


def test_the_jobs_environment_file_is_private(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.wait(job_id)
        directory = Path(connection.get_job_details(job_id).directory)
    file = directory / "run" / "environment.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "HOME" in json.loads(file.read_text())
