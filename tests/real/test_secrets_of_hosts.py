"""The password of a host and the phrase of a key: used, and found nowhere."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath_protocol.schema import METHODS
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck, wait_until
from tests.real.far import Far
from tests.real.hpc import NAME
from tests.real.openssh import PasswordUser, make_key

pytestmark = pytest.mark.ssh
PHRASE = "canary-phrase-5e1f09"
WRONG = "canary-wrong-password-7b2c"
MISPLACED = "canary-misplaced-c30a"
OTHER = "other"


@pytest.fixture
def far() -> Iterator[Far]:
    """Start a cluster whose key is encrypted, and a daemon that says all it can."""
    daemon = RunningDaemon()
    far = Far(daemon)
    locked = daemon.home / ".ssh" / "locked"
    make_key(locked, PHRASE)
    far.server.authorize(locked)
    far.server.key = locked
    far.server.stop()
    far.server.options.append("PasswordAuthentication yes")
    far.server.start()
    far.configure()
    daemon.environ["CRYSTALMATH_VERBOSITY"] = "verbose"
    daemon.start()
    yield far
    wrong = daemon.said_wrong()
    far.close()
    daemon.close()
    assert wrong == ""


class Canaries:
    """What must stand nowhere, and where it was looked for."""

    def __init__(self, *texts: str) -> None:
        self.texts = [one.encode() for one in texts]

    def in_text(self, text: str | bytes) -> list[bytes]:
        data = text.encode() if isinstance(text, str) else text
        return [one for one in self.texts if one in data]

    def in_files(self, home: Path) -> list[Path]:
        files = [file for file in home.rglob("*") if file.is_file()]
        names = {file.name for file in files}
        assert {"crystalmath.db", "daemon.log", "environment.json"} <= names
        return [file for file in files if self.in_text(file.read_bytes())]

    def in_processes(self, daemon: RunningDaemon) -> list[str]:
        """Return the processes of this machine that show one, however they began."""
        found, n_ours = [], 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                shown = (process / "cmdline").read_bytes()
                shown += (process / "environ").read_bytes()
            except OSError:
                continue
            n_ours += str(daemon.home).encode() in shown
            if self.in_text(shown):
                found.append(shown.decode(errors="replace"))
        assert n_ours >= 3, "the daemon, a runner and its program"
        return found


def test_neither_is_in_any_file_argument_environment_log_or_reply(far: Far) -> None:
    daemon = far.daemon
    with PasswordUser() as user:
        password = user.password.reveal()
        canaries = Canaries(PHRASE, password, WRONG, MISPLACED)
        far.add("--no-test")
        add_other(far, user.name)
        replies = [
            said(daemon, "clusters", "secret", OTHER, typed=WRONG),
            said(daemon, "clusters", "test", OTHER),
            said(daemon, "clusters", "secret", OTHER, "--memory", typed=password),
            said(daemon, "clusters", "test", OTHER, "--json"),
            said(daemon, "clusters", "secret", NAME, "--passphrase", typed=PHRASE),
        ]
        assert f"Accepted password for {user.name}" in far.server.log()
        replies.append(said(daemon, "clusters", "test", NAME))
        with daemon.connection() as connection:
            job_id = far.submit(connection, deck(CYCLE_S=0.2, CYCLES=300))
            wait_until(
                lambda: connection.get_job_details(job_id).state == "running", 30
            )
            assert canaries.in_processes(daemon) == []
            for words in (
                ("doctor",), ("config",), ("status", "-v"), ("metrics",), ("events",),
                ("clusters", "show", OTHER), ("clusters",), ("show", job_id),
                ("why", job_id), ("explain", str(daemon.home / "work" / "mgo.d12")),
            ):  # fmt: skip
                replies += [said(daemon, *words), said(daemon, *words, "--json")]
            with RawClient(daemon.socket) as client:
                client.send(request(1, "dump_tasks"))
                replies.append(client._file.readline().decode())
            assert daemon.process is not None
            daemon.process.send_signal(signal.SIGUSR1)
            replies += misplaced(daemon)
            connection.back_up()
            assert canaries.in_files(daemon.home) == []
            connection.cancel_job(job_id, wait_ms=20_000)
            far.ended(connection, job_id)
        assert [one for one in replies if canaries.in_text(one)] == []
        assert daemon.stop() == 0
        assert canaries.in_files(daemon.home) == []
        found = daemon.home / "work" / "found"
        found.write_text(f"a file with {password}")
        assert canaries.in_files(daemon.home) == [found], "the search can fail"


def add_other(far: Far, user: str) -> None:
    """Add a second way to the same server: by password, as another user."""
    file = far.daemon.home / ".ssh" / "config"
    text = far.server.config.read_text().replace(f"Host {NAME}", f"Host {OTHER}")
    text = text.replace(f"User {far.server.user}", f"User {user}")
    file.write_text(f"{file.read_text()}\n{text}")
    far.daemon.crystalmath("clusters", "add", OTHER, "--no-test")


def said(daemon: RunningDaemon, *words: str, typed: str | None = None) -> str:
    options = {} if typed is None else {"input": f"{typed}\n"}
    done = daemon.crystalmath(*words, check=False, **options)
    return done.stdout + done.stderr


def misplaced(daemon: RunningDaemon) -> list[str]:
    """Say a secret where it does not belong; return the refusals."""
    wrong: list[dict[str, object]] = [
        {"cluster": NAME, "kind": "password", "secret": [MISPLACED]},
        {"cluster": NAME, "kind": MISPLACED, "secret": "x"},
        {"cluster": NAME, "kind": "password", "secret": MISPLACED, "keep": MISPLACED},
        {"cluster": "nowhere", "kind": "password", "secret": MISPLACED},
        {"cluster": NAME, "kind": "password", "secret": MISPLACED + "\u0000\n" * 9000},
        {"secret": MISPLACED},
    ]
    refusals = []
    with RawClient(daemon.socket) as client:
        for method in ("store_secret", "submit_job", "hello"):
            assert method in METHODS
            for params in wrong:
                client.send(request(1, method, **params))
                refusal = client._file.readline()
                assert b'"error"' in refusal, (method, params)
                refusals.append(refusal.decode())
    return refusals
