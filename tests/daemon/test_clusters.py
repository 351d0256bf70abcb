"""Clusters through the socket: their names, what is said of them, and this machine."""

import socket
import time
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.clusters import ProfileAsked
from crystalmath_protocol.events import Event
from crystalmath_protocol.hosts import StoreSecretParams
from crystalmath_protocol.queues import QueueAsked
from tests.harness import RunningDaemon, deck, submit

ENDLESS = deck(CYCLE_S=0.1, CYCLES=10_000)
NOWHERE = {"host": "127.0.0.1", "port": 1}


def refusal(kind: str) -> pytest.RaisesExc[RpcError]:
    return pytest.raises(RpcError, check=lambda error: error.kind == kind)


def names(connection: Connection) -> list[str]:
    return [one.name for one in connection.fetch_clusters().clusters]


def changes(connection: Connection, cursor: str) -> list[Event]:
    found = connection.fetch_events(cursor=cursor, types=["cluster_changed"])
    return list(found.events)


# --- naming -------------------------------------------------------------------------


def test_this_machine_is_always_there(connection: Connection) -> None:
    assert names(connection) == ["local"]
    with refusal("cluster.refused"):
        connection.delete_cluster("local")
    with refusal("cluster.exists"):
        connection.create_cluster("local")
    assert connection.get_cluster("local").settings.max_cores == 4


def test_a_name_is_enough_and_nothing_is_asked(connection: Connection) -> None:
    made = connection.create_cluster("hpc").cluster
    assert (made.transport, made.scheduler, made.host) == ("ssh", "auto", "hpc")
    assert made.budget.n_logins == 0
    assert made.facts is None
    assert names(connection) == ["local", "hpc"]


def test_clusters_outlive_the_daemon(daemon: RunningDaemon) -> None:
    profile = ProfileAsked(code="espresso", modules=("gcc/12+cuda",))
    with daemon.connection() as connection:
        before = connection.create_cluster(
            "hpc", queue=QueueAsked(partition="gpu-a100"), profiles=[profile], **NOWHERE
        ).cluster
    daemon.kill()
    daemon.start()
    with daemon.connection() as connection:
        after = connection.get_cluster("hpc")
    assert (after.settings, after.version) == (before.settings, before.version)


def test_the_same_name_is_refused_unless_it_is_the_same_cluster(
    connection: Connection,
) -> None:
    first = connection.create_cluster("hpc", port=2222).cluster
    # What a client sends again that has lost the answer.
    again = connection.create_cluster("hpc", port=2222).cluster
    assert again.version == first.version
    with refusal("cluster.exists"):
        connection.create_cluster("hpc")
    assert connection.get_cluster("hpc").settings.port == 2222


def test_a_change_tells_who_follows(connection: Connection) -> None:
    cursor = connection.fetch_events(limit=1).cursor
    connection.create_cluster("hpc")
    connection.update_cluster("hpc", max_jobs=7)
    connection.pause_cluster("hpc")
    connection.pause_cluster("hpc")  # it is already
    connection.delete_cluster("hpc")
    said = [
        (e.payload["cluster"], e.payload["change"]) for e in changes(connection, cursor)
    ]
    assert said == [
        ("hpc", "created"),
        ("hpc", "changed"),
        ("hpc", "changed"),
        ("hpc", "removed"),
    ]


def test_a_change_from_an_older_version_is_refused(connection: Connection) -> None:
    version = connection.create_cluster("hpc").cluster.version
    changed = connection.update_cluster("hpc", max_jobs=7, version=version).cluster
    assert changed.version == version + 1
    with refusal("cluster.changed"):
        connection.update_cluster("hpc", max_jobs=8, version=version)
    assert connection.get_cluster("hpc").settings.max_jobs == 7


@pytest.mark.parametrize("name", ["nowhere", "Local"])
def test_a_cluster_that_is_not_there_is_told_with_those_that_are(
    connection: Connection, name: str
) -> None:
    connection.create_cluster("hpc")
    for ask in (
        *(connection.get_cluster, connection.update_cluster, connection.delete_cluster),
        *(connection.pause_cluster, connection.resume_cluster),
        *(connection.test_cluster_connection, connection.trust_host_key),
        *(connection.fetch_slurm_queue, connection.sync_remote_jobs),
    ):
        with refusal("cluster.not_found") as caught:
            ask(name)
        assert caught.value.message == f"There is no cluster {name}. Known: local, hpc."


# --- jobs and their cluster ---------------------------------------------------------


def test_a_job_for_a_cluster_that_is_not_there_is_refused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    with refusal("cluster.not_found"):
        submit(daemon, connection, deck(), cluster="hpc")
    with refusal("cluster.not_found"):
        path = str(daemon.write("mgo.d12", deck()))
        connection.explain_job(inputs=[path], cluster="hpc")
    assert connection.fetch_jobs().jobs == ()


def test_jobs_are_found_and_counted_by_their_cluster(
    daemon: RunningDaemon, connection: Connection
) -> None:
    connection.create_cluster("hpc")
    job_id = submit(daemon, connection, deck(), hold=True)
    assert [job.job_id for job in connection.fetch_jobs(cluster="local").jobs] == [
        job_id
    ]
    assert connection.fetch_jobs(cluster="hpc").jobs == ()
    assert connection.get_cluster("local").jobs_by_state == {"held": 1}
    assert connection.get_cluster("hpc").jobs_by_state == {}


def test_no_job_starts_on_a_machine_that_is_paused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    running = submit(daemon, connection, ENDLESS)
    cursor = connection.fetch_events(limit=1).cursor
    connection.pause_cluster("local")
    job_id = submit(daemon, connection, deck())
    assert connection.get_job_details(job_id).state == "queued"
    why = " ".join(connection.why_job(job_id).sentences)
    assert "crystalmath clusters resume local" in why
    assert connection.get_job_details(running).state in {"running", "starting"}
    daemon.kill()  # it stays so
    daemon.start()
    assert connection.get_cluster("local").is_paused
    assert connection.get_job_details(job_id).state == "queued"
    connection.resume_cluster("local")
    assert connection.wait(job_id, timeout_s=20).state == "completed"
    assert changes(connection, cursor)
    connection.cancel_job(running)


def test_all_jobs_of_a_cluster_are_looked_at_by_request(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, ENDLESS)
    assert connection.sync_remote_jobs("local").job_ids == (job_id,)
    connection.cancel_job(job_id)
    assert connection.sync_remote_jobs("local").job_ids == ()


def test_a_file_that_is_here_is_named(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck())
    connection.wait(job_id)
    for name in ("mgo.f9", "outputs/mgo.f9"):
        fetched = connection.fetch_file(job_id, name)
        assert Path(fetched.path).stat().st_size == fetched.size
        assert fetched.name == "mgo.f9"
    with refusal("job.file_not_found") as caught:
        connection.fetch_file(job_id, "WAVECAR")
    assert "mgo.out" in caught.value.message
    assert all(file.is_here for file in connection.get_job_details(job_id).files)


# --- this machine -------------------------------------------------------------------


def test_this_machine_is_looked_over_for_real(
    daemon: RunningDaemon, connection: Connection
) -> None:
    found = connection.test_cluster_connection("local")
    checks = {check.id: check for check in found.checks}
    assert {"local", "scheduler", "root", "scratch", "clock", "modules"} <= set(checks)
    assert checks["code.crystal"].evidence.startswith(f"{daemon.bin}/")
    assert all(one.status != "fail" for one in found.checks), found.checks
    assert found.facts is not None
    assert found.facts.home == str(daemon.home)
    assert found.facts.executables["crystal"] == f"{daemon.bin}/crystal"
    assert abs(found.facts.checked_ms / 1000 - time.time()) < 60
    seen = connection.get_cluster("local")
    assert (seen.facts, seen.checked_ms) == (found.facts, found.facts.checked_ms)


def test_what_is_said_of_this_machine_is_kept_and_the_settings_win(
    daemon: RunningDaemon, connection: Connection
) -> None:
    before = connection.update_cluster("local", setup=["ulimit -c 0"]).cluster
    assert before.settings.root == str(daemon.database.parent)
    daemon.stop()
    daemon.start(CRYSTALMATH_CORES="3")
    with daemon.connection() as later:
        after = later.get_cluster("local")
    assert after.settings.setup == ("ulimit -c 0",)
    assert (before.settings.max_cores, after.settings.max_cores) == (4, 3)
    assert after.version == before.version


def test_what_only_the_settings_say_is_refused(connection: Connection) -> None:
    with refusal("cluster.refused") as caught:
        connection.update_cluster("local", scratch_base="/elsewhere")
    assert "scratch_base of this machine" in caught.value.message
    with refusal("cluster.refused"):
        connection.update_cluster("local", clear=["queue"])


def test_this_machine_has_no_login_and_no_queue(connection: Connection) -> None:
    with refusal("cluster.refused"):
        connection.trust_host_key("local")
    with refusal("cluster.refused") as caught:
        connection.store_secret("local", "password", "canary")
    assert "canary" not in str(caught.value.data) + caught.value.message
    with refusal("cluster.refused"):
        connection.forget_secret("local", "passphrase")
    with refusal("cluster.refused"):
        connection.fetch_slurm_queue("local")
    with refusal("cluster.refused"):
        connection.cancel_slurm_job("local", "4711")


def test_a_secret_stands_in_no_message_for_people() -> None:
    params = StoreSecretParams(cluster="hpc", kind="password", secret="canary")  # noqa: S106
    assert "canary" not in f"{params!r} {params}"


# --- a host that is not there -------------------------------------------------------


def test_a_host_that_does_not_answer_is_told_in_time_and_nothing_is_stored(
    connection: Connection,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        connection.create_cluster("hpc", host="127.0.0.1", port=port)
        started = time.monotonic()
        found = connection.test_cluster_connection("hpc", wait_ms=2_000)
        assert time.monotonic() - started < 10
    [check] = found.checks
    assert (check.id, check.status) == ("ssh", "fail")
    assert "has not answered within 2 s" in check.evidence
    assert check.remedy
    assert found.facts is None
    seen = connection.get_cluster("hpc")
    assert seen.facts is None
    assert seen.scheduler == "auto"


def test_a_host_that_refuses_is_told_of_at_once(connection: Connection) -> None:
    connection.create_cluster("hpc", **NOWHERE)
    found = connection.test_cluster_connection("hpc", wait_ms=60_000)
    assert "Connection refused" in found.checks[0].evidence


def test_a_job_for_a_cluster_that_was_never_reached_names_the_command(
    daemon: RunningDaemon, connection: Connection
) -> None:
    connection.create_cluster("hpc", **NOWHERE)
    with pytest.raises(RpcError, match="crystalmath clusters test hpc"):
        submit(daemon, connection, deck(), cluster="hpc")
    assert connection.fetch_jobs().jobs == ()


# --- a second cluster on this machine -----------------------------------------------


@pytest.fixture
def here(daemon: RunningDaemon, connection: Connection) -> str:
    """Name this machine once more, and look it over."""
    scratch = str(daemon.home / "scratch-of-here")
    connection.create_cluster(
        "here", transport="local", scheduler="direct", scratch_base=scratch, max_cores=1
    )
    found = connection.test_cluster_connection("here")
    assert [one for one in found.checks if one.status == "fail"] == []
    return "here"


def test_a_cluster_stays_as_it_is_while_its_jobs_have_not_ended(
    daemon: RunningDaemon, connection: Connection, here: str
) -> None:
    job_id = submit(daemon, connection, deck(), cluster=here, hold=True)
    with refusal("cluster.busy") as caught:
        connection.delete_cluster(here)
    assert f"({job_id})" in caught.value.message
    with refusal("cluster.busy") as caught:
        connection.update_cluster(here, root="/elsewhere")
    assert "root" in caught.value.message
    connection.update_cluster(here, max_jobs=5)  # nobody loses a job by that
    connection.cancel_job(job_id)
    assert connection.update_cluster(here, root="/elsewhere").cluster.version > 1
    assert connection.delete_cluster(here).n_jobs == 1
    assert connection.get_job_details(job_id).cluster == here


def test_a_job_runs_there_with_what_the_cluster_gives_it(
    daemon: RunningDaemon, connection: Connection, here: str
) -> None:
    connection.update_cluster(here, environment={"OMP_STACKSIZE": "1G"})
    job_id = submit(daemon, connection, deck(), cluster=here)
    job = connection.wait(job_id, timeout_s=30)
    assert (job.state, job.cluster) == ("completed", here)
    environment = {one.name: one.value for one in job.plan.environment}
    assert environment["OMP_STACKSIZE"] == "1G"
    scratch = job.attempts[-1].scratch
    assert scratch is not None
    assert scratch.startswith(f"{daemon.home}/scratch-of-here/")


def test_a_failed_job_is_run_again_elsewhere(
    daemon: RunningDaemon, connection: Connection, here: str
) -> None:
    job_id = submit(daemon, connection, deck(EXIT=3))
    assert connection.wait(job_id, timeout_s=30).state == "failed"
    first = connection.get_job_details(job_id).plan
    connection.update_cluster(here, queue=QueueAsked(partition="of-here"))
    connection.retry_job(job_id, cluster=here)
    moved = connection.wait(job_id, timeout_s=30)
    assert moved.cluster == here
    # What the first machine was is left behind.
    assert first.scratch.startswith(f"{daemon.scratch}/")
    assert moved.plan.scratch.startswith(f"{daemon.home}/scratch-of-here/")
    assert moved.plan.queue.partition == "of-here"
    clone = connection.clone_job(job_id, cluster="local").job
    assert clone is not None
    back = connection.get_job_details(clone.job_id)
    assert back.cluster == "local"
    assert back.plan.queue.partition is None
    assert back.plan.scratch.startswith(f"{daemon.scratch}/")


# --- what the site needs ------------------------------------------------------------

MODULE = """\
module() {{
    [ "$2" = crystal/23 ] || {{ echo "Unable to locate $2" >&2; return 1; }}
    PATH="{there}":$PATH; OMP_NUM_THREADS=99; export PATH OMP_NUM_THREADS
}}
"""


@pytest.fixture
def with_modules(daemon: RunningDaemon) -> RunningDaemon:
    """Hide the program where only a module finds it."""
    there = daemon.home / "opt" / "a crystal's"
    there.mkdir(parents=True)
    (daemon.bin / "crystal").rename(there / "crystal")
    init = daemon.home / "modules" / "init" / "sh"
    init.parent.mkdir(parents=True)
    init.write_text(MODULE.format(there=there))
    daemon.stop()
    return daemon.start(MODULESHOME=str(init.parent.parent))


def set_up(daemon: RunningDaemon, *modules: str, setup: str = ":") -> ProfileAsked:
    executable = f"{daemon.home}/opt/a crystal's/crystal"
    lines = (f"export MODULESHOME={daemon.home}/modules", setup)
    return ProfileAsked(
        code="crystal", executable=executable, modules=modules, setup=lines
    )


def test_lines_of_shell_run_before_the_program_and_modules_before_them(
    with_modules: RunningDaemon,
) -> None:
    daemon = with_modules
    told = daemon.home / "told"
    line = f'ulimit -c 0; echo "$OMP_NUM_THREADS $PATH" > {told}'
    with daemon.connection() as connection:
        connection.update_cluster(
            "local",
            environment={"MODULESHOME": f"{daemon.home}/modules"},
            profiles=[set_up(daemon, "crystal/23", setup=line)],
        )
        checks = connection.test_cluster_connection("local").checks
        assert {c.id: c.status for c in checks}["modules"] == "ok"
        job_id = submit(daemon, connection, deck())
        job = connection.wait(job_id, timeout_s=30)
        assert (job.state, job.grade) == ("completed", "converged")
        assert job.plan.modules == ("crystal/23",)
        threads, _, path = told.read_text().partition(" ")
        assert threads == "1"  # not what the module says
        assert path.startswith(f"{daemon.home}/opt/a crystal's:")
        (attempt,) = job.attempts
        assert [(one.program, one.code) for one in attempt.exits] == [("crystal", 0)]


@pytest.mark.parametrize(
    ("module", "setup", "words"),
    [
        ("nowhere/1", ":", "module load nowhere/1: Unable to locate nowhere/1"),
        (None, "cd /; PATH=/nowhere; exit 4", None),
    ],
)
def test_a_set_up_that_fails_starts_no_program_and_says_why(
    with_modules: RunningDaemon, module: str | None, setup: str, words: str | None
) -> None:
    daemon = with_modules
    with daemon.connection() as connection:
        connection.update_cluster(
            "local",
            environment={"MODULESHOME": f"{daemon.home}/modules"},
            profiles=[set_up(daemon, *([module] if module else []), setup=setup)],
        )
        job_id = submit(daemon, connection, deck())
        job = connection.wait(job_id, timeout_s=30)
        assert job.state == "failed"
        if words is None:
            assert job.attempts[0].exits[0].code == 4
        else:
            assert job.cause == "staging"
            assert words in " ".join(one.text for one in job.evidence)
            assert job.attempts[0].exits == ()
