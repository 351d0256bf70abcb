"""Outputs read on request, and the process that reads the large ones."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import msgspec
import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck, submit, wait_until

LARGE_BYTES = 3 << 20


def output_of(daemon: RunningDaemon, connection: Connection) -> Path:
    """Run the stand-in once; return what it printed."""
    job_id = submit(daemon, connection, deck())
    directory = Path(connection.wait(job_id).directory)
    return directory / "outputs" / "mgo.out"


def padded(output: Path, target: Path, size: int) -> Path:
    """Write an output that is as large as asked, with lines that mean nothing."""
    lines = output.read_bytes().splitlines(keepends=True)
    half = len(lines) // 2
    line = b" INFORMATION **** PADDING OF A TEST ****************************\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    padding = line * (size // len(line))
    target.write_bytes(b"".join([*lines[:half], padding, *lines[half:]]))
    return target


def workers(daemon: RunningDaemon) -> list[int]:
    """Return the numbers of the processes that read outputs for a daemon."""
    assert daemon.process is not None
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        is_ours = words[-2:] == [str(daemon.process.pid).encode(), b""]
        if is_ours and b"crystalmathd.services.worker" in words:
            found.append(int(entry.name))
    return found


def test_an_output_says_the_same_as_the_job_that_printed_it(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck())
    job = connection.wait(job_id)
    path = f"{job.directory}/outputs/mgo.out"
    parsed = connection.parse_output(path)
    assert (parsed.path, parsed.code, parsed.program) == (path, "crystal", "crystal")
    assert parsed.energy_ev == job.energy_ev
    assert parsed.headline_energy_kind == job.energy_kind
    assert parsed.grade == job.grade == "converged"
    assert parsed.scf_converged
    assert parsed.normal_termination
    assert parsed.result.scf_loops == ()
    whole = connection.parse_output(path, series=True).result
    [loop] = whole.scf_loops
    assert loop.n_cycles == parsed.scf_cycles
    assert loop.energies_ev[-1] == pytest.approx(parsed.energy_ev)
    stored = json.loads(Path(job.directory, "results.json").read_text())
    assert stored["results"] == [json.loads(msgspec.json.encode(whole))]


def test_a_large_output_is_read_by_another_process_that_may_be_killed(
    daemon: RunningDaemon, connection: Connection
) -> None:
    output = output_of(daemon, connection)
    small = connection.parse_output(output)
    assert workers(daemon) == []
    large = padded(output, daemon.home / "large.out", LARGE_BYTES)
    parsed = connection.parse_output(large)
    assert parsed.energy_ev == small.energy_ev
    [worker] = workers(daemon)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in workers(daemon), 10)
    assert connection.parse_output(large).energy_ev == small.energy_ev
    [other] = workers(daemon)
    assert other != worker
    daemon.stop()
    wait_until(lambda: not workers(daemon), 10)


def test_a_worker_that_dies_of_an_output_each_time_is_told(
    daemon: RunningDaemon, connection: Connection
) -> None:
    output = output_of(daemon, connection)
    large = padded(output, daemon.home / "large.out", 10 * LARGE_BYTES)
    is_over = threading.Event()

    def kill() -> None:
        while not is_over.is_set():
            for worker in workers(daemon):
                os.kill(worker, signal.SIGKILL)
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RpcError, match="ended twice") as refused:
            connection.parse_output(large)
    finally:
        is_over.set()
        killer.join()
    assert refused.value.kind == "output.unreadable"
    assert connection.parse_output(large).grade == "converged"


def test_the_daemon_answers_while_a_large_output_is_read(
    daemon: RunningDaemon, connection: Connection
) -> None:
    output = output_of(daemon, connection)
    large = padded(output, daemon.home / "large.out", 20 * LARGE_BYTES)
    answers: list[str] = []

    def parse() -> None:
        with daemon.connection() as other:
            answers.append(other.parse_output(large).grade)

    reader = threading.Thread(target=parse)
    reader.start()
    n_pings = 0
    while reader.is_alive():
        connection.ping()
        n_pings += 1
    reader.join()
    assert answers == ["converged"]
    assert n_pings > 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no output of"),
        (b"\x7fELF\0\0\xff" * 1000, "no output of"),
        (b"just text\n", "no output of"),
    ],
)
def test_a_file_that_no_code_has_written_is_refused(
    daemon: RunningDaemon, connection: Connection, content: bytes, words: str
) -> None:
    path = daemon.home / "what.out"
    path.write_bytes(content)
    with pytest.raises(RpcError, match=words) as refused:
        connection.parse_output(path)
    assert refused.value.kind == "output.unknown"
    forced = connection.parse_output(path, code="crystal")
    assert (forced.energy_ev, forced.grade) == (None, "unknown")


def test_what_cannot_be_read_is_named_with_its_reason(
    daemon: RunningDaemon, connection: Connection
) -> None:
    pipe = daemon.home / "pipe"
    os.mkfifo(pipe)
    empty = daemon.home / "empty"
    empty.mkdir()
    for path, kind, words in (
        (daemon.home / "nothing", "job.input_refused", "No such file"),
        (pipe, "job.input_refused", "no regular file"),
        (empty, "output.unknown", "no file in it"),
    ):
        with pytest.raises(RpcError, match=words) as refused:
            connection.parse_output(path)
        assert refused.value.kind == kind
    with pytest.raises(RpcError, match="no code abinit"):
        connection.parse_output(empty, code="abinit")


def test_the_command_prints_units_and_the_line_that_was_read(
    daemon: RunningDaemon, connection: Connection
) -> None:
    output = output_of(daemon, connection)
    said = daemon.crystalmath("parse", str(output)).stdout
    assert "eV per cell (total" in said
    assert "hartree as printed" in said
    assert "mgo.out:" in said
    answer = daemon.crystalmath("parse", output.name, "--json", cwd=output.parent)
    parsed = json.loads(answer.stdout)
    assert parsed["path"] == str(output)
    assert parsed["result"]["energy_ev"] == parsed["energy_ev"]
    whole = daemon.crystalmath(*("parse", str(output), "--json", "--series"))
    assert json.loads(whole.stdout)["result"]["scf_loops"]


def test_a_parse_that_is_withdrawn_ends_its_worker(
    daemon: RunningDaemon, connection: Connection
) -> None:
    output = output_of(daemon, connection)
    large = padded(output, daemon.home / "large.out", 50 * LARGE_BYTES)
    with RawClient(daemon.socket) as client:
        client.send(request(7, "parse_output", path=str(large)))
        wait_until(lambda: workers(daemon), 10)
        client.send(
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 7}}
        )
        reply = client.receive()
        assert reply["error"]["data"]["kind"] == "rpc.cancelled"
    wait_until(lambda: not workers(daemon), 10)
    assert connection.parse_output(output).grade == "converged"


def test_series_that_are_large_come_in_pieces(
    daemon: RunningDaemon, connection: Connection
) -> None:
    text = deck(CYCLES=60_000)
    job_id = submit(daemon, connection, text)
    output = Path(connection.wait(job_id).directory, "outputs", "mgo.out")
    with RawClient(daemon.socket) as client:
        reply = client.result("parse_output", path=str(output), series=True)
    assert reply["series_blob"] is not None
    assert reply["result"]["scf_loops"] == []
    whole = connection.parse_output(output, series=True)
    assert whole.series_blob is None
    [loop] = whole.result.scf_loops
    assert len(loop.energies_ev) >= 60_000
    said = daemon.crystalmath("parse", str(output), "--json", "--series").stdout
    assert len(json.loads(said)["result"]["scf_loops"][0]["energies_ev"]) >= 60_000
