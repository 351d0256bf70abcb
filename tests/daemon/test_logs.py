"""The log of a real daemon: every line can be read, and found again."""

import json
import socket
from collections.abc import Iterator

import pytest

from crystalmath import Connection
from tests.daemon.raw_client import RawClient
from tests.harness import RunningDaemon, deck, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def verbose(stopped_daemon: RunningDaemon) -> RunningDaemon:
    return stopped_daemon.start(CRYSTALMATH_VERBOSITY="verbose")


def lines(daemon: RunningDaemon) -> Iterator[dict[str, str]]:
    """Yield every whole line; each must be JSON."""
    for line in daemon.log().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def test_every_line_is_json(verbose: RunningDaemon, connection: Connection) -> None:
    assert verbose.process is not None
    connection.ping()
    assert verbose.stop() == 0
    found = list(lines(verbose))
    assert {"time", "level", "logger", "event", "message"} <= set(found[0])
    assert found[-1]["message"].startswith("stopping")


@pytest.fixture
def connection(verbose: RunningDaemon) -> Iterator[Connection]:
    with verbose.connection() as connection:
        yield connection


def test_the_trace_that_a_client_sends_stands_in_every_line_of_its_call(
    verbose: RunningDaemon,
) -> None:
    with RawClient(verbose.socket) as client:
        meta = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        client.result("ping", _meta=meta)
        client.result("ping")
    wait_until(lambda: len(pings(verbose)) > 1, 10)
    assert TRACE in [line["trace"] for line in pings(verbose)]
    assert sum(line["trace"] == TRACE for line in pings(verbose)) == 1


def pings(daemon: RunningDaemon) -> list[dict[str, str]]:
    return [line for line in lines(daemon) if line["message"].startswith("ping took")]


def test_the_python_client_sends_a_trace_with_each_call(
    verbose: RunningDaemon, connection: Connection
) -> None:
    before = len(pings(verbose))
    connection.ping()
    connection.ping()
    wait_until(lambda: len(pings(verbose)) >= before + 2, 10)
    traces = {line["trace"] for line in pings(verbose)}
    assert len(traces) == len(pings(verbose))


def test_a_refusal_names_the_trace_under_which_the_log_knows_it(
    verbose: RunningDaemon,
) -> None:
    said = verbose.crystalmath("show", "99", "-v", check=False).stderr
    [trace] = [
        row.removeprefix("trace id: ").split()[0]
        for row in said.splitlines()
        if row.startswith("trace id: ")
    ]
    assert trace in [line.get("trace") for line in lines(verbose)]


def test_a_daemon_that_hangs_up_is_named_with_the_trace_of_the_call(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.socket.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(stopped_daemon.socket))
        deaf.listen()
        said = stopped_daemon.crystalmath("status", "-v", check=False)
    assert "does not answer" in said.stderr
    assert "trace id: " in said.stderr


def test_lines_about_a_job_carry_its_number(
    verbose: RunningDaemon, connection: Connection
) -> None:
    path = verbose.write("mgo.d12", deck())
    job_id = connection.submit_job(inputs=[path]).jobs[0].job_id
    connection.wait(job_id)
    about = [line for line in lines(verbose) if line.get("job_id") == job_id]
    assert any("is running" in line["message"] for line in about)
    assert all(line["host"] == "local" for line in about)
    assert all("trace" not in line for line in about)
