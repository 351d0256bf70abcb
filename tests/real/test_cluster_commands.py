"""A cluster as its user meets it: `clusters` against a real OpenSSH."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath.errors import RpcError
from crystalmath.exits import Exit
from tests.harness import RunningDaemon, deck, submit
from tests.real.openssh import OpenSsh, make_key

pytestmark = pytest.mark.ssh
CANARY = "canary-77ab3e"


@pytest.fixture
def server(daemon: RunningDaemon) -> Iterator[OpenSsh]:
    """Start a server that the daemon's user knows as `hpc`."""
    server = OpenSsh(daemon.home / "sshd", alias="hpc").start()
    folder = daemon.home / ".ssh"
    folder.mkdir(mode=0o700)
    (folder / "config").write_text(server.config.read_text())
    # A server of our own does not mind how often somebody logs in.
    daemon.stop()
    daemon.start(CRYSTALMATH_SSH_LOGIN_SPACING_S="0.1")
    yield server
    server.stop()


def said_of(daemon: RunningDaemon, *words: str) -> tuple[int, str, str]:
    done = daemon.crystalmath(*words, check=False)
    return done.returncode, done.stdout, done.stderr


def checks(text: str) -> dict[str, tuple[str, str]]:
    """Return id → (status, evidence) of what `clusters test --json` prints."""
    found = json.loads(text)["checks"]
    return {one["id"]: (one["status"], one["evidence"]) for one in found}


def put_on_path(server: OpenSsh, daemon: RunningDaemon, *names: str) -> str:
    """Install the stand-in on the other side only; return its directory there."""
    folder = server.home / "bin"
    folder.mkdir(exist_ok=True)
    daemon.install_stand_in(*names)
    for name in names:
        (daemon.bin / name).rename(folder / name)
    return str(folder)


@pytest.mark.usefixtures("server")
def test_a_name_is_enough_if_ssh_config_knows_it(daemon: RunningDaemon) -> None:
    code, out, err = said_of(daemon, "clusters", "add", "hpc", "--scheduler", "direct")
    assert code == Exit.OK, out + err
    assert "home" in out
    code, out, _ = said_of(daemon, "clusters")
    line = out.splitlines()[2]
    assert line.split()[:3] == ["hpc", "hpc", "direct"]
    assert "answers" in line
    code, out, _ = said_of(daemon, "clusters", "show", "hpc", "--json")
    found = json.loads(out)["cluster"]
    assert found["facts"]["home"].endswith("/sshd/home")
    assert found["budget"]["n_logins"] == 1
    assert found["budget"]["bytes_received"] > 0


def test_a_key_that_is_not_known_is_trusted_after_a_look(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    known = server.known_hosts.read_text()
    server.known_hosts.write_text("")
    code, out, err = said_of(daemon, "clusters", "add", "hpc", "--scheduler", "direct")
    assert code == Exit.ERROR
    assert "clusters trust hpc" in out + err
    code, out, err = said_of(daemon, "clusters", "trust", "hpc")
    assert code == Exit.ERROR  # nobody can be asked
    fingerprint = next(word for word in out.split() if word.startswith("SHA256:"))
    listed = subprocess.run(
        ["ssh-keygen", "-lf", f"{server.host_key}.pub"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert fingerprint in listed.stdout
    assert server.known_hosts.read_text() == ""
    other = fingerprint[:-3] + "AAA"
    code, _, _ = said_of(daemon, "clusters", "trust", "hpc", "--fingerprint", other)
    assert code == Exit.ERROR
    assert server.known_hosts.read_text() == ""
    words = ("clusters", "trust", "hpc", "--fingerprint", fingerprint)
    assert said_of(daemon, *words)[0] == Exit.OK
    assert server.known_hosts.read_text().split()[:3] == known.split()[:3]
    code, out, err = said_of(daemon, "clusters", "test", "hpc")
    assert code == Exit.OK, out + err


def test_a_key_that_has_changed_is_never_accepted(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    said_of(daemon, "clusters", "add", "hpc", "--no-test", "--scheduler", "direct")
    known = server.known_hosts.read_text()
    server.new_host_key()
    code, out, _ = said_of(daemon, "clusters", "test", "hpc", "--json")
    assert code == Exit.ERROR
    status, evidence = checks(out)["ssh"]
    assert status == "fail"
    assert str(server.known_hosts) in evidence
    listed = subprocess.run(
        ["ssh-keygen", "-lf", f"{server.host_key}.pub"],
        check=True,
        capture_output=True,
        text=True,
    )
    words = ("clusters", "trust", "hpc", "--fingerprint", listed.stdout.split()[1])
    assert said_of(daemon, *words)[0] == Exit.ERROR
    assert server.known_hosts.read_text() == known


def test_a_passphrase_opens_the_key_and_stands_nowhere(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    locked = daemon.home / "locked"
    make_key(locked, CANARY)
    server.authorize(locked)
    config = daemon.home / ".ssh" / "config"
    config.write_text(config.read_text().replace(str(server.key), str(locked)))
    said_of(daemon, "clusters", "add", "hpc", "--no-test", "--scheduler", "direct")
    code, _, err = said_of(daemon, "clusters", "test", "hpc")
    assert code == Exit.ERROR
    assert "crystalmath clusters secret hpc --passphrase" in err
    words = ("clusters", "secret", "hpc", "--passphrase", "--memory")
    done = daemon.crystalmath(*words, input=f"{CANARY}\n")
    assert "in the memory of the daemon" in done.stdout
    code, out, err = said_of(daemon, "clusters", "test", "hpc", "-v")
    assert code == Exit.OK, out + err
    assert CANARY not in out + err + done.stdout + done.stderr
    found = [
        path
        for path in daemon.home.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    assert found == []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            assert CANARY.encode() not in (process / "cmdline").read_bytes()
        except OSError:
            continue
    done = daemon.crystalmath("clusters", "secret", "hpc", "--passphrase", "--forget")
    assert done.stdout == "The passphrase of hpc is forgotten.\n"


def test_who_follows_is_told_when_a_host_begins_and_ceases_to_answer(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    said_of(daemon, "clusters", "add", "hpc", "--no-test", "--scheduler", "direct")
    with daemon.connection() as connection:
        cursor = connection.fetch_events(limit=1).cursor
        known = server.known_hosts.read_text()
        server.known_hosts.write_text("")
        connection.test_cluster_connection("hpc")
        connection.test_cluster_connection("hpc", wait_ms=20_000)  # the same again
        server.known_hosts.write_text(known)
        connection.test_cluster_connection("hpc", wait_ms=40_000)
        found = connection.fetch_events(
            cursor=cursor, types=["host_state_changed"], wait_ms=5_000
        )
    said = [(e.payload["is_answering"], e.payload["state"]) for e in found.events]
    assert said == [(False, "auth_required"), (True, "closed")]
    assert {event.payload["cluster"] for event in found.events} == {"hpc"}
    assert "is not known" in found.events[0].payload["reason"]


def test_what_is_missing_there_is_told_with_what_to_do(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    (server.home / "full").write_text("no directory")
    code, out, err = said_of(
        *(daemon, "clusters", "add", "hpc", "--json"),
        *("--scheduler", "slurm", "--path", str(server.home / "nowhere")),
        *("--module", "gcc/12+cuda", "--scratch", "/proc/scratch"),
        *("--profile", "vasp:executable=/opt/vasp_std"),
    )
    assert code == Exit.ERROR, out + err
    found = checks(out)
    assert found["ssh"][0] == "ok"
    assert found["modules"][0] == "fail"
    assert found["scratch"][0] == "fail"
    assert "nothing can be written in /proc" in found["scratch"][1]
    assert found["code.vasp"] == ("fail", "/opt/vasp_std: not found")
    assert found["clock"][0] == "ok"


def test_a_large_file_stays_there_until_it_is_fetched(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    there = put_on_path(server, daemon, "crystal")
    said_of(
        *(daemon, "clusters", "add", "hpc", "--scheduler", "direct", "--path", there),
        *("--poll", "1s", "--profile", f"crystal:executable={there}/crystal"),
    )
    with daemon.connection() as connection:
        connection.update_cluster("hpc", fetch_limit_mb=0)
        job_id = submit(daemon, connection, deck(), cluster="hpc")
        job = connection.wait(job_id, timeout_s=60)
        assert (job.state, job.grade) == ("completed", "converged"), job.evidence
        files = {file.name: file for file in job.files}
        assert files["outputs/mgo.out"].is_here
        away = files["outputs/mgo.f9"]
        assert not away.is_here
        code, out, err = said_of(daemon, "show", job_id)
        assert f"crystalmath fetch {job_id} NAME" in out
        here = Path(job.directory, "outputs", "mgo.f9")
        assert not here.exists()
        code, out, err = said_of(daemon, "-q", "fetch", job_id, "mgo.f9")
        assert (code, out) == (Exit.OK, f"{here}\n"), err
        assert here.stat().st_size == away.size
        files = {f.name: f for f in connection.get_job_details(job_id).files}
        assert files["outputs/mgo.f9"].is_here
        assert files["outputs/mgo.f9"].sha256 == away.sha256
        # One that was changed there is not what the job has left.
        another = next(f for f in files.values() if not f.is_here)
        remote = Path(job.attempts[-1].remote_directory or "", another.name)
        remote.chmod(0o600)
        remote.write_text("not that")
        code, out, err = said_of(daemon, "fetch", job_id, another.name)
        assert (code, out) == (Exit.ERROR, "")
        assert "is still on hpc" in err


def test_a_shell_opens_where_the_job_is(daemon: RunningDaemon, server: OpenSsh) -> None:
    there = put_on_path(server, daemon, "crystal")
    said_of(
        *(daemon, "clusters", "add", "hpc", "--scheduler", "direct", "--poll", "1s"),
        *("--profile", f"crystal:executable={there}/crystal"),
    )
    with daemon.connection() as connection:
        job_id = submit(daemon, connection, deck(), cluster="hpc")
        connection.wait(job_id, timeout_s=60)
    _, out, _ = said_of(daemon, "goto", job_id, "--json")
    found = json.loads(out)
    assert found["directory"].startswith(f"{server.home}/.crystalmath/")
    done = subprocess.run(
        [*found["command"][:1], "-F", str(server.config), *found["command"][1:]],
        input="pwd; ls; exit 3\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[0] == found["directory"]
    assert "outputs" in done.stdout


def test_a_cluster_without_a_queue_says_so(
    daemon: RunningDaemon, server: OpenSsh
) -> None:
    assert server.port
    said_of(daemon, "clusters", "add", "hpc", "--scheduler", "direct")
    with (
        daemon.connection() as connection,
        pytest.raises(RpcError, match="no batch system, its scheduler is direct"),
    ):
        connection.fetch_slurm_queue("hpc")
