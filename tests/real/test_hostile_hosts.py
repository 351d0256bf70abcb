"""Hosts that refuse, lie or are full: what a user is told, and what it costs."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import RunningDaemon, deck, wait_until
from tests.real.far import Far
from tests.real.hpc import NAME
from tests.real.openssh import PasswordUser, free_port, make_key

pytestmark = pytest.mark.ssh


@pytest.fixture
def far() -> Iterator[Far]:
    """Start a cluster that was looked over; its daemon has ended since."""
    daemon = RunningDaemon()
    far = Far(daemon)
    daemon.start()
    far.add()
    assert daemon.stop() == 0
    yield far
    log, wrong = daemon.log(), daemon.said_wrong()
    far.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def doubted_job(far: Far, connection: Connection) -> str:
    """Submit a job whose start meets what is in the way."""
    job_id = far.submit(connection, deck())
    far.doubted(connection, job_id, 30)
    return job_id


def assert_told_everywhere(
    far: Far, connection: Connection, sentence: str, remedy: str
) -> None:
    """See that every place where a user looks says the same, and what is to be done."""
    job_id = doubted_job(far, connection)
    waiting = far.submit(connection, deck())
    for words in (
        ("clusters", "test", NAME),
        ("clusters", "show", NAME),
        ("clusters",),
        ("status",),
        ("doctor",),
        ("why", job_id),
        ("why", waiting),
    ):
        said = far.said(*words)
        assert sentence in said, words
        assert "Traceback" not in said
        if words[0] in {"doctor", "why"} or words[1:2] == ("test",):
            assert remedy in said, words
    job = connection.get_job_details(job_id)
    assert (job.state, job.cause) == ("starting", None)
    assert job.stale_since_ms is not None
    # However long nobody settles it, the attempt keeps its number.
    directory = Path(job.directory)
    assert [one.name for one in directory.iterdir()] == ["1"]
    assert far.starts().total() == 0


def assert_all_completed(far: Far, connection: Connection) -> None:
    assert "fail" not in far.said("clusters", "test", NAME)
    jobs = connection.fetch_jobs().jobs
    for job in jobs:
        assert far.ended(connection, job.job_id).state == "completed"
    assert far.starts().total() == len(jobs)
    assert set(far.starts().values()) == {1}


def test_a_key_that_nobody_knows(far: Far) -> None:
    known = far.server.known_hosts.read_text()
    far.server.known_hosts.write_text("")
    far.daemon.start()
    with far.daemon.connection() as connection:
        assert_told_everywhere(
            far,
            connection,
            f"The key of {NAME} (port {far.network.port}) is not known: ssh-ed25519 "
            f"{fingerprint(far.server.host_key)}. Compare it with what the site "
            "publishes, then trust it.",
            f"`crystalmath clusters trust {NAME}` shows the key and asks",
        )
        words = ("--fingerprint", fingerprint(far.server.host_key))
        far.daemon.crystalmath("clusters", "trust", NAME, *words)
        key = known.split()[2]
        assert key in far.server.known_hosts.read_text()
        assert_all_completed(far, connection)


def test_a_key_that_has_changed(far: Far) -> None:
    before = fingerprint(far.server.host_key)
    far.server.new_host_key()
    file, line = far.server.known_hosts, 2  # the one of the way through the network
    far.daemon.start()
    with far.daemon.connection() as connection:
        assert_told_everywhere(
            far,
            connection,
            f"The key of {NAME} (port {far.network.port}) has changed: it shows "
            f"ssh-ed25519 {fingerprint(far.server.host_key)}, but {file}:{line} says "
            f"{before}. Nothing is sent there. If the site confirms the new key, "
            "remove that line and trust the key.",
            f"if the site says why, remove line {line} of {file}",
        )
        # As it was told to do.
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[: line - 1] + lines[line:]))
        words = ("--fingerprint", fingerprint(far.server.host_key))
        far.daemon.crystalmath("clusters", "trust", NAME, *words)
        assert_all_completed(far, connection)


def test_a_key_that_the_server_does_not_take(far: Far) -> None:
    far.server.authorized_keys.write_text("")
    far.daemon.start()
    with far.daemon.connection() as connection:
        assert_told_everywhere(
            far,
            connection,
            f"{NAME} refuses the login of {far.server.user}: Permission denied for "
            f"user {far.server.user} on host 127.0.0.1. Tried: key {far.server.key}. "
            "It is not tried again by itself.",
            f"`crystalmath clusters secret {NAME}` keeps a password",
        )
        far.server.authorize(far.server.key)
        assert_all_completed(far, connection)


def test_an_encrypted_key_whose_phrase_nobody_has_said(far: Far) -> None:
    locked = far.daemon.home / "locked"
    make_key(locked, "a phrase")
    far.server.authorize(locked)
    far.server.key = locked
    far.configure()
    far.daemon.start()
    with far.daemon.connection() as connection:
        assert_told_everywhere(
            far,
            connection,
            f"The key {locked} for {NAME} is encrypted, and its passphrase is not "
            f"known. Add it to the ssh-agent, or store the passphrase for {locked}.",
            f"`crystalmath clusters secret {NAME} --passphrase`, or ssh-add",
        )
        done = far.daemon.crystalmath(
            "clusters", "secret", NAME, "--passphrase", "--memory", input="a phrase\n"
        )
        assert "is kept in the memory of the daemon" in done.stdout
        assert_all_completed(far, connection)


def test_a_refused_password_is_sent_once_and_once_more_when_a_person_asks(
    far: Far,
) -> None:
    with PasswordUser() as user:
        far.server.stop()
        far.server.options.append("PasswordAuthentication yes")
        far.server.start()
        far.configure("PubkeyAuthentication no", user=user.name)
        far.daemon.start()
        far.daemon.crystalmath("clusters", "secret", NAME, "--memory", input="wrong\n")
        with far.daemon.connection() as connection:
            jobs = [far.submit(connection, deck()) for _ in range(5)]
            far.doubted(connection, jobs[0], 30)
            for _ in range(3):
                with pytest.raises(RpcError, match="refuses the login"):
                    connection.sync_remote_jobs(NAME)
            far.said("doctor")
            assert far.server.log().count("Failed password") == 1
            assert connection.get_cluster(NAME).budget.n_logins == 1
            said = far.said("clusters", "test", NAME)
            assert f"{NAME} refuses the login of {user.name}" in said
            assert ", password. It is not tried again by itself." in said
            assert far.server.log().count("Failed password") == 2
            said = far.said("why", jobs[0])
            assert f"`crystalmath clusters secret {NAME}` keeps a password" in said
            assert {connection.get_job_details(j).state for j in jobs} <= {
                "starting",
                "queued",
            }
            assert far.server.log().count("Failed password") == 2


def test_a_server_that_opens_one_channel_only_is_slow_and_no_more(far: Far) -> None:
    far.server.stop()
    far.server.options.append("MaxSessions 1")
    far.server.start()
    far.daemon.start()
    with far.daemon.connection() as connection:
        for _ in range(4):
            far.submit(connection, deck(CYCLE_S=0.1, CYCLES=5))
        assert_all_completed(far, connection)
        assert far.host(connection).state == "closed"
        assert connection.get_cluster(NAME).budget.n_logins == 1


def test_a_server_that_is_full_of_logins_is_tried_again(far: Far) -> None:
    far.server.stop()
    far.server.options.append("MaxStartups 1:100:1")
    far.server.start()
    with logging_in(far.server.port):
        far.daemon.start()
        with far.daemon.connection() as connection:
            job_id = doubted_job(far, connection)
            wait_until(lambda: far.host(connection).state == "open", 30)
            said = far.said("why", job_id)
            assert f"{NAME} cannot be reached: " in said
            assert "It waits for you" not in said
            assert "starting" in said
    with far.daemon.connection() as connection:
        assert far.ended(connection, job_id).state == "completed"
        assert_all_completed(far, connection)


@contextmanager
def logging_in(port: int) -> Iterator[None]:
    """Hold the one login open that the server allows to go on."""
    held = []

    def has_begun() -> bool:
        one = socket.create_connection(("127.0.0.1", port), 5)
        if one.recv(4) == b"SSH-":
            held.append(one)
            return True
        one.close()
        return False

    wait_until(has_begun, 30, "no login begins")
    try:
        yield
    finally:
        held[0].close()


def no_such_name(far: Far) -> str:
    return far.server.config.read_text().replace(
        "HostName 127.0.0.1", "HostName no-such-host.invalid"
    )


def closed_port(far: Far) -> str:
    text = far.server.config.read_text()
    return text.replace(f"Port {far.network.port}", f"Port {free_port()}")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (no_such_name, "its name is not known to this machine's resolver"),
        (closed_port, "Connection refused"),
    ],
)
def test_a_host_that_is_not_there(
    far: Far, config: Callable[[Far], str], sentence: str
) -> None:
    file = far.daemon.home / ".ssh" / "config"
    good = file.read_text()
    file.write_text(config(far))
    far.daemon.start()
    with far.daemon.connection() as connection:
        assert_told_everywhere(
            far,
            connection,
            f"{NAME} cannot be reached: {sentence}. Jobs there keep their last known "
            "state.",
            "",
        )
        file.write_text(good)
        assert_all_completed(far, connection)


def test_a_login_shell_that_runs_nothing(far: Far) -> None:
    with PasswordUser("/bin/false") as user:
        far.server.stop()
        far.server.options.append("PasswordAuthentication yes")
        far.server.start()
        far.configure(user=user.name)
        far.daemon.start()
        secret = f"{user.password.reveal()}\n"
        far.daemon.crystalmath("clusters", "secret", NAME, "--memory", input=secret)
        with far.daemon.connection() as connection:
            said = far.said("clusters", "test", NAME)
            assert f"the login shell of {NAME} ran nothing: " in said
            job_id = doubted_job(far, connection)
            said = far.said("why", job_id)
            assert f"In doubt: the login shell of {NAME} ran nothing: " in said
            assert far.host(connection).state == "closed", "it does answer"


def test_a_bashrc_that_prints_is_nobodys_output(far: Far) -> None:
    rc = "echo welcome; echo oops >&2; printf '\\377\\000\\n'; stty sane\n"
    (far.server.home / ".bashrc").write_text(rc)
    far.daemon.start()
    with far.daemon.connection() as connection:
        far.submit(connection, deck())
        assert_all_completed(far, connection)
        assert "welcome" not in far.said("clusters", "test", NAME)


def test_a_paused_cluster_takes_nothing_until_it_is_resumed(far: Far) -> None:
    far.daemon.start()
    far.daemon.crystalmath("clusters", "pause", NAME)
    with far.daemon.connection() as connection:
        job_id = far.submit(connection, deck())
        said = far.said("why", job_id)
        resume = f"`crystalmath clusters resume {NAME}`"
        assert f"Nothing starts on {NAME}: it is paused; {resume}." in said
        assert checks(connection)[f"cluster.{NAME}"].status == "warn"
        [line] = [one for one in far.said("status").splitlines() if NAME in one[:9]]
        assert "paused" in line
        assert connection.get_cluster(NAME).budget.n_logins == 0
        far.daemon.crystalmath("clusters", "resume", NAME)
        assert far.ended(connection, job_id).state == "completed"


def test_a_cluster_that_was_removed_leaves_its_ended_jobs_readable(far: Far) -> None:
    far.daemon.start()
    with far.daemon.connection() as connection:
        job = far.run(deck())
        done = far.daemon.crystalmath("clusters", "remove", NAME)
        assert "1 ended job keeps its name" in done.stderr
        assert connection.status().hosts == ()
        for words in (("show",), ("why",), ("log",)):
            done = far.daemon.crystalmath(*words, job.job_id)
            assert done.returncode == 0
        assert connection.get_job_details(job.job_id).energy_ev == job.energy_ev
        said = far.said("clone", job.job_id)
        assert f"There is no cluster {NAME}. Known: local." in said
        said = far.said("submit", str(far.daemon.write("a.d12", deck())), "-c", NAME)
        assert f"There is no cluster {NAME}. Known: local." in said
        far.daemon.crystalmath("delete", job.job_id, "--yes")


def checks(connection: Connection) -> dict[str, Any]:
    return {one.id: one for one in connection.doctor().checks}


def fingerprint(key: Path) -> str:
    """Return what a site would publish of a key."""
    command = ["ssh-keygen", "-lf", f"{key}.pub"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()[1]
