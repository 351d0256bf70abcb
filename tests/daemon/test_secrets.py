"""No secret leaves the place where the user put it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.schema import METHODS
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck, wait_for_cycle
from tests.real.databases import materials_project
from tests.real.local_servers import Control, Fault

CANARY = "canary-8f3a1c".ljust(32, "0")
"""As long as a key of the Materials Project: others are never sent."""
IN_DOTENV = "canary-in-dotenv-51b7"
IN_CONFIG = "canary-in-config-90d2"
FROM_CLIENT = "canary-from-client-c4e0"
OF_LOGIN = "canary-of-login-2d9e"
KEPT = "canary-kept-key-77ab"
CANARIES = (CANARY, IN_DOTENV, IN_CONFIG, FROM_CLIENT, OF_LOGIN, KEPT)
SECRETS = ("MP_API_KEY", "MPCONTRIBS_API_KEY", "ANTHROPIC_API_KEY")


def found_in(data: bytes) -> list[str]:
    return [one for one in CANARIES if one.encode() in data]


@pytest.fixture
def project() -> Iterator[Control]:
    """Run a Materials Project that refuses every key, and repeats it."""
    with materials_project() as control:
        control.fault = Fault("401", path="/materials")
        yield control


@pytest.fixture
def keeper(
    stopped_daemon: RunningDaemon, project: Control
) -> tuple[RunningDaemon, set[Path]]:
    """Start a daemon with a secret in each place that it reads; it says all it can."""
    dotenv = stopped_daemon.home / ".env"
    dotenv.write_text(f"ANTHROPIC_API_KEY={IN_DOTENV}\n")
    stopped_daemon.config.write_text(
        f'verbosity = "verbose"\n[environment]\nMPCONTRIBS_API_KEY = "{IN_CONFIG}"\n'
    )
    stopped_daemon.start(
        MP_API_KEY=CANARY,
        MP_API_ENDPOINT=project.endpoint,
        MPCONTRIBS_API_HOST="127.0.0.1:9",
        CRYSTALMATH_OPTIMADE_PROVIDERS="mp=http://127.0.0.1:9",
    )
    return stopped_daemon, {dotenv, stopped_daemon.config}


def test_a_canary_is_in_no_file_no_reply_and_no_environment_of_a_job(
    keeper: tuple[RunningDaemon, set[Path]],
) -> None:
    daemon, its_places = keeper
    path = str(daemon.write("mgo.d12", deck(CYCLE_S=0.1)))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        wait_for_cycle(connection, job_id)
        assert daemon.process is not None
        seen = 0
        for pid in processes_of(daemon):
            assert found_in(pid.joinpath("cmdline").read_bytes()) == []
            if pid.name != str(daemon.process.pid):
                assert found_in(pid.joinpath("environ").read_bytes()) == []
                seen += 1
        assert seen >= 2  # the runner and the program
        ask_everything_wrongly(daemon)
        ask_everything_rightly(daemon, connection)
        keep_what_a_login_needs(connection)
        connection.wait(job_id)
    # With its log still beside it, and again when it was closed in order.
    assert files_with_canaries(daemon, its_places) == []
    assert daemon.stop() == 0
    assert files_with_canaries(daemon, its_places) == []


def processes_of(daemon: RunningDaemon) -> Iterator[Path]:
    """Yield what runs for this home: the daemon, its runners and their programs."""
    mark = f"HOME={daemon.home}".encode()
    places = [str(daemon.database.parent).encode(), str(daemon.scratch).encode()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = process.joinpath("environ").read_bytes()
            command = process.joinpath("cmdline").read_bytes()
            directory = os.fsencode(process.joinpath("cwd").readlink())
        except OSError:
            continue
        is_near = any(place in command + directory for place in places)
        if mark in environ.split(b"\0") or is_near:
            yield process


def files_with_canaries(daemon: RunningDaemon, allowed: set[Path]) -> list[Path]:
    files = [file for file in daemon.home.rglob("*") if file.is_file()]
    assert any(file.name == "crystalmath.db" for file in files)
    return [f for f in files if f not in allowed and found_in(f.read_bytes())]


def ask_everything_wrongly(daemon: RunningDaemon) -> None:
    """Say secrets where they do not belong: the refusal does not repeat them."""
    wrong: list[dict[str, Any]] = [
        {"environment": [{"name": "MP_API_KEY", "value": FROM_CLIENT}]},
        {"environment": {"MP_API_KEY": [FROM_CLIENT]}},
        {"environment": FROM_CLIENT},
        {"_meta": {"traceparent": FROM_CLIENT}},
        {"client_token": {"secret": FROM_CLIENT}},
        {"job_id": [FROM_CLIENT], "sha256": 1},
        {"protocol": FROM_CLIENT, "client": 1},
        {"x": FROM_CLIENT},
    ]
    good = {"name": "mgo.d12", "text": deck()}
    variable = {"name": "MP_API_KEY", "value": FROM_CLIENT, "origin": "environment"}
    foreign = [{**variable, "name": name} for name in (*SECRETS, "LD_PRELOAD", "PATH")]
    with RawClient(daemon.socket) as client:
        for method in sorted(set(METHODS) - {"shutdown"}):
            for params in wrong:
                client.send(request(1, method, **params))
                said = client._file.readline()
                assert b'"error"' in said, (method, params)
                assert found_in(said) == [], (method, params)
        for one in foreign:
            for method in ("submit_job", "explain_job"):
                params = {"inputs": [good], "environment": [one]}
                client.send(request(1, method, **params))
                said = client._file.readline()
                assert b'"error"' in said
                assert found_in(said) == []


def keep_what_a_login_needs(connection: Connection) -> None:
    """Store a password for a host that is not there, and try to reach it."""
    connection.create_cluster("hpc", host="127.0.0.1", port=1)
    kept = connection.store_secret("hpc", "password", OF_LOGIN, keep=False)
    assert (kept.kept_in, kept.note) == ("memory", None)
    assert found_in(connection.last_result) == []
    checks = connection.test_cluster_connection("hpc", wait_ms=1_000).checks
    assert found_in(repr(checks).encode()) == []
    assert connection.forget_secret("hpc", "password").was_kept
    assert connection.store_secret("hpc", "password", OF_LOGIN, keep=False).kept_in
    for text in (OF_LOGIN * 1000, ""):
        with pytest.raises(RpcError) as caught:
            connection.store_secret("hpc", "password", text)
        assert found_in(f"{caught.value} {caught.value.data}".encode()) == []


def ask_everything_rightly(daemon: RunningDaemon, connection: Connection) -> None:
    settings = {setting.name: setting.value for setting in connection.doctor().settings}
    assert settings["MP_API_KEY"] == "set"
    assert {settings[name] for name in SECRETS} <= {"set", "not set"}
    with RawClient(daemon.socket) as client:
        environment = dict.fromkeys(SECRETS, FROM_CLIENT)
        client.send(request(1, "doctor", environment=environment))
        assert found_in(client._file.readline()) == []
    for command in ("doctor", "config", "status", "show 1", "events", "jobs", "log 1"):
        for option in ("--json", None):
            arguments = [*command.split(), *([option] if option else [])]
            done = daemon.crystalmath(*arguments, check=False, stdin=None)
            assert found_in((done.stdout + done.stderr).encode()) == [], command


def test_a_key_goes_to_the_database_and_nowhere_else(
    keeper: tuple[RunningDaemon, set[Path]], project: Control
) -> None:
    daemon, its_places = keeper
    with daemon.connection() as connection:
        with pytest.raises(RpcError) as refused:
            connection.search_materials("MgO", sources=["mp"])
        assert refused.value.kind == "materials.authentication"
        assert found_in(f"{refused.value} {refused.value.data}".encode()) == []
        kept = connection.store_secret(None, "mp-api-key", KEPT, keep=False)
        assert found_in(repr(kept).encode()) == []
    assert set(project.keys) >= {CANARY}
    assert daemon.process is not None
    workers = [
        one for one in processes_of(daemon) if one.name != str(daemon.process.pid)
    ]
    assert workers
    for worker in workers:
        for name in ("cmdline", "environ"):
            assert found_in(worker.joinpath(name).read_bytes()) == []
    for words in ("search MgO", "search MgO --source mp -v", "show mp-1265", "cache"):
        for option in ("--json", "-v"):
            done = daemon.crystalmath("materials", *words.split(), option, check=False)
            assert found_in((done.stdout + done.stderr).encode()) == [], words
    assert files_with_canaries(daemon, its_places) == []
    assert daemon.stop() == 0
    assert files_with_canaries(daemon, its_places) == []


def test_a_canary_in_a_file_would_be_found(
    keeper: tuple[RunningDaemon, set[Path]],
) -> None:
    """The search above can fail: it finds the places where the user put them."""
    daemon, its_places = keeper
    assert set(files_with_canaries(daemon, set())) == its_places
    assert daemon.process is not None
    environ = Path("/proc", str(daemon.process.pid), "environ").read_bytes()
    assert found_in(environ) == [CANARY]


def test_the_jobs_environment_file_is_private(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
        connection.wait(job_id)
        directory = Path(connection.get_job_details(job_id).directory)
    file = directory / "run" / "environment.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "HOME" in json.loads(file.read_text())
