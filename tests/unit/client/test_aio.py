"""The client for many tasks: calls and their replies."""

import inspect
import threading
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

import crystalmath
from crystalmath import Connection, aio, calls
from crystalmath.call import Call
from crystalmath.errors import (
    DaemonNotRunningError,
    DaemonSilentError,
    JobGoesOnError,
    ProtocolMismatchError,
    ReplyUnreadableError,
    RpcError,
)
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.jobs import GetJobDetailsResult
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.system import PingResult
from tests.unit.client.fake_daemon import FakeDaemon, Refusal, hello, pong
from tests.unit.client.messages import DETAILS, changed, no_events
from tests.unit.client.scripted_daemon import Scripted, connected, with_script


def test_both_clients_have_every_method_with_the_same_words() -> None:
    for name in METHODS:
        method = name.removeprefix("rpc.")
        ours, theirs = getattr(aio.Connection, method), getattr(Connection, method)
        assert inspect.iscoroutinefunction(ours)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )


def test_both_clients_export_the_same_names() -> None:
    ours, theirs = set(aio.__all__), set(crystalmath.__all__)
    assert ours - {"connect"} == theirs - {"__version__"}
    for name in ours - {"connect", "Connection"}:
        assert getattr(aio, name) is getattr(crystalmath, name)


@pytest.mark.parametrize("client", [Connection, aio.Connection])
def test_a_method_has_the_docstring_and_signature_of_its_call(client: type) -> None:
    method = client.cancel_job  # type: ignore[attr-defined]
    assert method.__doc__ == calls.cancel_job.__doc__
    words = str(inspect.signature(method))
    assert words.startswith("(self, /, job_id: str | int, *, wait_ms: int = 15000)")
    assert words.endswith("CancelJobResult")


def test_a_call_answers_with_its_message(fake: FakeDaemon) -> None:
    fake.answers["ping"] = pong

    async def work(daemon: aio.Connection) -> PingResult:
        assert daemon.hello_result is not None
        return await daemon.ping()

    assert connected(work) == PingResult(time_ms=7)


def test_errors_come_bare_and_not_in_a_group(fake: FakeDaemon) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.JOB_NOT_FOUND, "There is no job 9.")

    fake.answers["get_job_details"] = refuse
    with pytest.raises(RpcError, match=r"There is no job 9\."):
        connected(lambda daemon: daemon.get_job_details(9))
    fake.answers["hello"] = lambda p: changed(hello(p), protocol="2.0")
    with pytest.raises(ProtocolMismatchError):
        connected(lambda daemon: daemon.ping())


def test_without_a_daemon_the_error_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DaemonNotRunningError, match="crystalmath daemon start"):
        connected(lambda d: d.ping(), socket=tmp_path / "d.sock", start=False)


def test_replies_find_their_calls_in_any_order(scripted: Scripted) -> None:
    def script() -> None:
        asked = [scripted.read() for _ in range(3)]
        for request in reversed(asked):
            time_ms = int(request["params"]["job_id"])
            scripted.say(id=request["id"], result={"text": str(time_ms)})

    async def work(daemon: aio.Connection) -> dict[int, str]:
        said = {}

        async def ask(number: int) -> None:
            call = Call(
                "metrics", calls.why_job(number).params, METHODS["metrics"].result
            )
            result: Any = await daemon.ask(call)
            said[number] = result.text

        async with anyio.create_task_group() as tasks:
            for number in (1, 2, 3):
                tasks.start_soon(ask, number)
        return said

    assert with_script(scripted, script, work) == {1: "1", 2: "2", 3: "3"}


def test_a_cancelled_call_leaves_the_connection_usable(scripted: Scripted) -> None:
    has_asked = threading.Event()

    def script() -> None:
        first = scripted.read()
        has_asked.set()
        second = scripted.read()
        scripted.say(id=first["id"], result={"time_ms": 1})
        scripted.say(id=second["id"], result={"time_ms": 2})

    async def work(daemon: aio.Connection) -> int:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(daemon.ping)
            await anyio.to_thread.run_sync(has_asked.wait)
            tasks.cancel_scope.cancel()
        return (await daemon.ping()).time_ms

    assert with_script(scripted, script, work) == 2


def test_a_cancelled_wait_is_withdrawn_from_the_daemon(scripted: Scripted) -> None:
    has_asked = threading.Event()

    def script() -> None:
        waiting = scripted.read()
        has_asked.set()
        withdrawn = scripted.read()
        assert withdrawn["method"] == "$/cancelRequest"
        assert withdrawn["params"] == {"id": waiting["id"]}
        assert "id" not in withdrawn
        error = {"code": -32800, "message": "cancelled by the client"}
        scripted.say(id=waiting["id"], error=error)
        scripted.say(id=scripted.read()["id"], result={"time_ms": 2})

    async def work(daemon: aio.Connection) -> int:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(daemon.fetch_events, wait_ms=600_000))
            await anyio.to_thread.run_sync(has_asked.wait)
            tasks.cancel_scope.cancel()
        return (await daemon.ping()).time_ms

    assert with_script(scripted, script, work) == 2


def test_a_silent_daemon_is_an_error_after_the_timeout(fake: FakeDaemon) -> None:
    release = threading.Event()

    def silent(_: Any) -> PingResult:
        release.wait(10)
        return PingResult(time_ms=0)

    fake.answers["ping"] = silent

    async def work(daemon: aio.Connection) -> None:
        try:
            with pytest.raises(DaemonSilentError, match=r"within 0\.1s") as caught:
                await daemon.ping()
        finally:
            release.set()
        assert caught.value.trace_id == fake.traces[-1]

    connected(work, timeout_s=0.1)


def test_nonsense_fails_the_calls_that_wait(scripted: Scripted) -> None:
    def script() -> None:
        scripted.read()
        scripted.peer.sendall(b"nonsense\n")

    async def work(daemon: aio.Connection) -> None:
        with pytest.raises(ReplyUnreadableError, match="ping"):
            await daemon.ping()

    with_script(scripted, script, work)


def test_a_refusal_without_an_id_fails_the_calls_that_wait(scripted: Scripted) -> None:
    def script() -> None:
        scripted.read()
        scripted.say(id=None, error={"code": -32700, "message": "what?"})

    async def work(daemon: aio.Connection) -> None:
        with pytest.raises(RpcError, match=r"what\?"):
            await daemon.ping()

    with_script(scripted, script, work)


def test_a_daemon_that_reads_nothing_is_silent_and_blocks_nobody(
    scripted: Scripted,
) -> None:
    async def send_much(daemon: aio.Connection) -> None:
        for _ in range(20):  # more than the buffers of the socket take
            await daemon.put_blob(
                sha256="a" * 64, size=1, offset=0, data_base64="x" * 1_000_000
            )

    async def run() -> None:
        async with aio.connect(scripted.path, greets=False, timeout_s=0.2) as daemon:
            with pytest.raises(DaemonSilentError):
                await send_much(daemon)

    anyio.run(run)


def test_waiting_is_the_same_for_both_clients(fake: FakeDaemon) -> None:
    fake.answers |= {
        "get_job_details": lambda _: GetJobDetailsResult(
            job=changed(DETAILS, state="running")
        ),
        "fetch_events": no_events,
    }
    with pytest.raises(JobGoesOnError, match="goes on"):
        connected(lambda daemon: daemon.wait(12, timeout_s=0))
    states = iter(["running", "completed"])
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(
        job=changed(DETAILS, state=next(states))
    )
    assert connected(lambda daemon: daemon.wait(12)).state == "completed"
