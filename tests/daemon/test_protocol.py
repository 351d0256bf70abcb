"""JSON-RPC on a real socket, said rightly, wrongly and with intent to do harm."""

import base64
import hashlib
import os
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import MAX_REPLY_BYTES, MAX_REQUEST_BYTES
from tests.daemon.raw_client import RawClient, fill_log_of_events, line, request
from tests.harness import DATA, RunningDaemon, deck, wait_until


@pytest.fixture
def client(shared: RunningDaemon) -> Iterator[RawClient]:
    with RawClient(shared.socket) as client:
        yield client


# --- framing ---------------------------------------------------------------------


def test_pipelined_requests_are_all_answered(client: RawClient) -> None:
    client.send(*(request(number, "ping") for number in range(1000)))
    assert set(client.receive_all(1000)) == set(range(1000))


def test_a_conversation_with_content_length_is_held_in_it(
    shared: RunningDaemon,
) -> None:
    with RawClient(shared.socket) as client:
        for call_id in (1, 2):
            body = line(request(call_id, "ping"))[:-1]
            client.socket.sendall(b"content-length: %d\r\n\r\n%b" % (len(body), body))
            header = client._file.readline()
            length = int(header.removeprefix(b"Content-Length: "))
            assert client._file.readline() == b"\r\n"
            assert b'"id":%d' % call_id in client._file.read(length)


def test_a_request_may_come_byte_by_byte(client: RawClient) -> None:
    for byte in line(request(1, "ping")):
        client.socket.sendall(bytes([byte]))
    assert "result" in client.receive()


def test_after_a_bad_line_the_next_one_is_read(client: RawClient) -> None:
    client.socket.sendall(b"{nonsense\n" + line(request(1, "ping")))
    replies = client.receive_all(2)
    assert replies[None]["error"]["code"] == ErrorCode.PARSE_ERROR.code
    assert "result" in replies[1]


def test_blank_lines_and_carriage_returns_are_passed_over(client: RawClient) -> None:
    client.socket.sendall(b"\r\n\n " + line(request(1, "ping"))[:-1] + b"\r\n\n")
    assert "result" in client.receive()


def test_a_line_above_the_limit_is_refused_and_the_next_one_read(
    client: RawClient,
) -> None:
    too_long = b'{"a":"' + b"x" * MAX_REQUEST_BYTES + b'"}\n'
    client.socket.sendall(too_long + line(request(1, "ping")))
    replies = client.receive_all(2)
    error = replies[None]["error"]
    assert error["data"]["kind"] == "rpc.frame_too_large"
    assert "put_blob" in error["message"]
    assert "result" in replies[1]


def test_a_request_of_the_limit_is_read(client: RawClient) -> None:
    text = line(request(1, "ping"))[:-1]
    client.socket.sendall(text + b" " * (MAX_REQUEST_BYTES - len(text)) + b"\n")
    assert "result" in client.receive()


@pytest.mark.parametrize(
    "nonsense",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"hello\n", b"\0", b'"a"\n'],
)
def test_another_protocol_is_refused_and_let_go(
    client: RawClient, nonsense: bytes
) -> None:
    client.socket.sendall(nonsense)
    assert client.receive()["error"]["code"] == ErrorCode.PARSE_ERROR.code
    assert client.has_ended()


def test_a_bad_header_ends_the_connection_also_while_it_is_subscribed(
    shared: RunningDaemon,
) -> None:
    with RawClient(shared.socket) as client:
        body = line(request(1, "subscribe"))[:-1]
        client.socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        assert client._file.readline().startswith(b"Content-Length: ")
        client.socket.sendall(b"no header\r\n\r\n")
        client.socket.settimeout(5)
        assert client.has_ended()


def test_a_client_that_stops_sending_still_gets_its_replies(client: RawClient) -> None:
    client.send(request(1, "ping"), request(2, "fetch_events", wait_ms=1200))
    client.half_close()
    assert list(client.receive_all(2)) == [1, 2]
    client.socket.settimeout(5)
    assert client.has_ended()


def test_the_last_request_needs_no_newline(client: RawClient) -> None:
    """So do the likes of `printf '{…}' | nc -U`."""
    client.socket.sendall(line(request(1, "ping")) + line(request(2, "ping"))[:-1])
    client.half_close()
    assert list(client.receive_all(2)) == [1, 2]
    assert client.has_ended()


def test_a_request_that_was_cut_is_not_carried_out(
    daemon: RunningDaemon, client: RawClient
) -> None:
    call = line(request(1, "submit_job", inputs=[{"name": "a.d12", "text": deck()}]))
    client.socket.sendall(call[:-2])
    client.half_close()
    assert client.receive()["error"]["data"]["kind"] == "rpc.parse_error"
    with daemon.connection() as other:
        assert other.fetch_jobs().jobs == ()


def test_a_subscriber_that_stops_sending_still_gets_its_events(
    daemon: RunningDaemon,
) -> None:
    with RawClient(daemon.socket) as client:
        client.result("subscribe")
        client.half_close()
        with daemon.connection() as other:
            other.submit_job(inputs=[daemon.write("mgo.d12", deck())])
        assert next(client.notifications())["events"][0]["type"] == "job_created"


# --- batches and ids --------------------------------------------------------------


def test_a_batch_is_answered_in_order_with_its_bad_entries(client: RawClient) -> None:
    client.send(
        [
            request("slow", "fetch_events", wait_ms=300),
            {"jsonrpc": "2.0", "method": "ping"},
            1,
            request("bad", "no_such_method"),
            request(5, "ping", no_such_parameter=1),
            request(6, "ping"),
        ]
    )
    replies = client.receive()
    assert [reply["id"] for reply in replies] == ["slow", None, "bad", 5, 6]
    codes = [reply.get("error", {}).get("code") for reply in replies]
    assert codes == [None, -32600, -32601, -32602, None]


def test_a_batch_answer_is_no_larger_than_a_frame_may_be(client: RawClient) -> None:
    data = random.Random(1).randbytes(500_000)
    sha256 = hashlib.sha256(data).hexdigest()
    text = base64.b64encode(data).decode()
    client.result("put_blob", sha256=sha256, size=len(data), offset=0, data_base64=text)
    client.send([request(number, "get_blob", sha256=sha256) for number in range(40)])
    raw = client._file.readline()
    assert MAX_REPLY_BYTES // 2 < len(raw) < MAX_REPLY_BYTES + (1 << 16)
    assert raw.count(b'"data_base64"') + raw.count(b"rpc.frame_too_large") == 40


def test_a_long_wait_holds_up_nobody_on_the_same_connection(client: RawClient) -> None:
    client.send(request("long", "fetch_events", wait_ms=3000))
    started = time.monotonic()
    assert "result" in client.ask("ping")
    assert time.monotonic() - started < 1.5


def test_what_is_written_happens_in_the_order_sent(daemon: RunningDaemon) -> None:
    def submit(call_id: int) -> dict[str, Any]:
        inputs = [{"text": deck(), "name": f"n{call_id}.d12"}]
        return request(call_id, "submit_job", inputs=inputs)

    with RawClient(daemon.socket) as client:
        client.send(*map(submit, range(10)), [submit(10), submit(11)], submit(12))
        said = [client.receive() for _ in range(12)]
    replies = {r["id"]: r for m in said for r in (m if isinstance(m, list) else [m])}
    numbers = [int(replies[i]["result"]["jobs"][0]["job_id"]) for i in range(13)]
    assert numbers == sorted(numbers)


# --- methods and parameters --------------------------------------------------------


def test_a_method_that_is_not_there_is_not_found(client: RawClient) -> None:
    for method in ("no_such_method", "", "rpc.nothing", "__class__", "x" * 100_000):
        assert client.kind(method) == "rpc.method_not_found"
    assert client.kind("rpc.describe", method="nothing") == "rpc.method_not_found"


LARGEST_JOB = "9" * 18


@pytest.mark.parametrize(
    ("method", "params", "kind"),
    [
        ("get_job_details", {"job_id": LARGEST_JOB}, "job.not_found"),
        ("cancel_job", {"job_id": LARGEST_JOB}, "job.not_found"),
        ("fetch_job_log", {"job_id": LARGEST_JOB}, "job.not_found"),
        ("fetch_job_progress", {"job_id": LARGEST_JOB}, "job.not_found"),
        ("get_job_details", {"job_id": "9" * 19}, "rpc.invalid_params"),
        ("fetch_jobs", {"page": "9" * 19}, "events.cursor_invalid"),
        ("fetch_jobs", {"collection": "9" * 19}, "events.cursor_invalid"),
        ("fetch_jobs", {"page": "\u0665"}, "events.cursor_invalid"),
        ("fetch_events", {"job_ids": ["9" * 19]}, "rpc.invalid_params"),
        ("subscribe", {"job_ids": ["9" * 19]}, "rpc.invalid_params"),
        ("get_blob", {"sha256": "0" * 64, "offset": 2**43}, "blob.not_found"),
        ("get_blob", {"sha256": "0" * 64, "offset": 2**53}, "rpc.invalid_params"),
        ("submit_job", {"inputs": [{"path": "/no/such.d12"}]}, "job.input_refused"),
        ("submit_job", {"inputs": [{}]}, "job.input_refused"),
        ("submit_job", {"inputs": [{"text": "x"}]}, "job.input_refused"),
        ("unsubscribe", {"subscription": "s0"}, "events.subscription_not_found"),
    ],
)
def test_values_at_the_border_get_an_error_of_their_own(
    client: RawClient, method: str, params: dict[str, Any], kind: str
) -> None:
    assert client.kind(method, **params) == kind


def test_a_closing_newline_is_part_of_no_name(client: RawClient) -> None:
    good = {"text": deck(), "name": "mgo.d12"}
    for params in (
        {"inputs": [good], "name": "mgo\n"},
        {"inputs": [{**good, "name": "mgo.d12\n"}], "code": "crystal"},
        {"inputs": [good], "tags": ["tag\n"]},
        {"inputs": [good], "client_token": "12345678\n"},
    ):
        assert client.kind("submit_job", **params) == "rpc.invalid_params"
    assert client.kind("get_job_details", job_id="1\n") == "rpc.invalid_params"


def test_a_path_that_the_system_refuses_is_a_refused_input(
    daemon: RunningDaemon,
) -> None:
    with RawClient(daemon.socket) as client:
        inputs = [{"path": "/" + "a" * 300}]
        assert client.kind("submit_job", inputs=inputs) == "job.input_refused"


def test_a_directory_with_a_name_that_is_no_text_is_a_refused_input(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    daemon = stopped_daemon.start()
    for name in ("INCAR", "POSCAR", "POTCAR", "KPOINTS", os.fsdecode(b"bad\xff")):
        directory = daemon.write(f"si/{name}", "Si\n").parent
    with RawClient(daemon.socket) as client:
        inputs = [{"path": str(directory)}]
        assert client.kind("submit_job", inputs=inputs) == "job.input_refused"


def test_another_major_version_is_refused_with_both(client: RawClient) -> None:
    for low, high, is_good in (
        ("1.0", "1.0", True),
        ("0.9", "1.0", True),
        ("1.0", "2.0", True),
        ("2.0", "2.5", False),
        ("0.1", "0.9", False),
    ):
        reply = client.ask("hello", client="x", protocol={"min": low, "max": high})
        assert ("result" in reply) == is_good, reply
        if not is_good:
            assert reply["error"]["data"]["kind"] == "rpc.protocol_mismatch"
            assert "1.0" in reply["error"]["message"]


# --- clients that come, go, and do not behave ---------------------------------------


def test_a_submission_whose_sender_hangs_up_is_finished(daemon: RunningDaemon) -> None:
    def params(number: int) -> dict[str, Any]:
        return {
            "inputs": [{"text": deck(), "name": f"left{number}.d12"}],
            "client_token": f"left-alone-{number}",
        }

    for number in range(20):
        with RawClient(daemon.socket) as client:
            client.send(request(1, "submit_job", **params(number)))
    with RawClient(daemon.socket) as client:

        def all_are_there() -> bool:
            return len(client.result("fetch_jobs", text="left")["jobs"]) == 20

        wait_until(all_are_there, 10, "not every submission was finished")
        for number in range(20):
            again = client.result("submit_job", **params(number))
            assert not again["created"]


def test_the_waits_of_a_client_end_when_it_hangs_up(daemon: RunningDaemon) -> None:
    with RawClient(daemon.socket) as gone:
        gone.send(*(request(n, "fetch_events", wait_ms=600_000) for n in range(70)))
        gone.send(request("s", "subscribe"))
    with RawClient(daemon.socket) as client:
        wait_until(
            lambda: client.result("status")["n_clients"] == 1, 5, "it is still served"
        )


def test_what_is_asked_of_a_daemon_that_stops_is_refused_in_its_words(
    daemon: RunningDaemon,
) -> None:
    put = {"sha256": "0" * 64, "size": 4, "offset": 0, "data_base64": "AAAA"}
    with RawClient(daemon.socket) as client, RawClient(daemon.socket) as other:
        other.result("ping")
        client.result("shutdown")
        other.send(request(1, "put_blob", **put))
        try:
            reply = other.receive()
        except (EOFError, ConnectionResetError):
            return  # it was faster
        assert reply.get("error", {}).get("code") != ErrorCode.INTERNAL_ERROR.code


def test_a_call_that_waits_is_answered_when_it_is_cancelled(
    shared: RunningDaemon,
) -> None:
    with RawClient(shared.socket) as client:
        client.send(request(7, "fetch_events", cursor="now", wait_ms=600_000))
        client.send(
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 8}}
        )
        client.send(
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": []}}
        )
        client.send(
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 7}}
        )
        reply = client.receive()
        assert (reply["id"], reply["error"]["code"]) == (7, -32800)
        assert client.ask("ping")["result"]
        assert client.ask("$/cancelRequest", id=7)["error"]["code"] == -32601


def test_a_client_that_never_reads_harms_nobody(stopped_daemon: RunningDaemon) -> None:
    daemon = stopped_daemon.start(CRYSTALMATH_CORES="1")
    with RawClient(daemon.socket) as idle, RawClient(daemon.socket) as client:
        store = client.result(
            "hello", client="x", protocol={"min": "1.0", "max": "1.0"}
        )["store_id"]
        for number in range(4):
            idle.send(request(number, "subscribe", since=f"{store}:0"))
        fill_log_of_events(daemon, 2000)
        idle.send(*(request(n, "rpc.discover") for n in range(40)))
        waits = []
        for _ in range(200):
            started = time.monotonic()
            client.result("ping")
            waits.append(time.monotonic() - started)
        assert statistics.median(waits) < 0.05
        assert max(waits) < 1.0
        client.result("submit_job", inputs=[{"text": deck(), "name": "new.d12"}])


def test_a_client_that_says_nothing_is_let_go(shared: RunningDaemon) -> None:
    with RawClient(shared.socket) as silent, RawClient(shared.socket) as client:
        client.result("ping")
        started = time.monotonic()
        assert silent.has_ended()
        assert 9 < time.monotonic() - started < 15
        client.result("ping")  # having spoken once, one may be silent for ever
