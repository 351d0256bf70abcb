"""The client for many tasks, against the fake daemon and against scripted lines."""

import inspect
import shutil
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from crystalmath import Connection, aio, calls, conversation
from crystalmath.aio.subscriptions import Subscriptions
from crystalmath.call import Call
from crystalmath.errors import (
    ConnectionLostError,
    DaemonNotRunningError,
    DaemonSilentError,
    JobGoesOnError,
    ProtocolMismatchError,
    ReplyUnreadableError,
    RpcError,
)
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import (
    Event,
    EventsNotification,
    SubscribeParams,
    SubscribeResult,
    SubscriptionEndedNotification,
)
from crystalmath_protocol.jobs import GetJobDetailsResult
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.system import PingResult, RestrictSessionResult
from tests.unit.client.fake_daemon import FakeDaemon, HangUp, Refusal, hello
from tests.unit.client.messages import DETAILS, changed, no_events, submitted

Work = Callable[[aio.Connection], Awaitable[Any]]


def pong(_: Any) -> PingResult:
    return PingResult(time_ms=7)


def always_hang_up(_: Any) -> Any:
    raise HangUp


def hang_up_once(answer: Any) -> Any:
    calls: list[object] = []

    def answered(params: Any) -> Any:
        calls.append(params)
        if len(calls) == 1:
            raise HangUp
        return answer(params)

    return answered


def connected(work: Work, **options: Any) -> Any:
    """Run something with a connection and return what it returns."""

    async def run() -> Any:
        with anyio.fail_after(20):
            async with aio.connect(**options) as daemon:
                return await work(daemon)

    return anyio.run(run)


class Scripted:
    """A daemon of one connection whose every line a test writes."""

    def __init__(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="cm-")
        self.path = Path(self.directory, "d.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._listener.settimeout(10)
        self._opened = ExitStack()

    def accept(self) -> None:
        self.peer, _ = self._listener.accept()
        self.peer.settimeout(10)
        self._opened.enter_context(self.peer)
        self._lines = self._opened.enter_context(self.peer.makefile("rb"))

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self._lines.readline())
        return found

    def say(self, **message: Any) -> None:
        line = msgspec.json.encode({"jsonrpc": "2.0", **message})
        self.peer.sendall(line + b"\n")

    def close(self) -> None:
        self._opened.close()
        self._listener.close()
        shutil.rmtree(self.directory)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    daemon = Scripted()
    yield daemon
    daemon.close()


def with_script(scripted: Scripted, script: Callable[[], None], work: Work) -> Any:
    """Run a script for the daemon beside the client's work."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            scripted.accept()
            script()
        except BaseException as error:  # noqa: BLE001 - raised by the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    result = connected(work, socket=scripted.path, greets=False)
    thread.join(10)
    assert not failures, failures
    return result


def test_both_clients_have_every_method_with_the_same_words() -> None:
    for name in METHODS:
        method = name.removeprefix("rpc.")
        ours, theirs = getattr(aio.Connection, method), getattr(Connection, method)
        assert inspect.iscoroutinefunction(ours)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )


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


def test_a_submission_is_sent_again_with_the_same_token(fake: FakeDaemon) -> None:
    fake.answers["submit_job"] = hang_up_once(submitted)
    connected(lambda daemon: daemon.submit_job(inputs=["mgo.d12"]))
    first, second = fake.asked("submit_job")
    assert first == second
    assert fake.n_connections == 2


def test_many_calls_that_lose_their_line_share_the_next_one(fake: FakeDaemon) -> None:
    fake.answers["ping"] = hang_up_once(pong)

    async def work(daemon: aio.Connection) -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(daemon.ping)

    connected(work)
    assert fake.n_connections == 2


def test_a_call_that_breaks_twice_fails(fake: FakeDaemon) -> None:
    fake.answers["ping"] = always_hang_up
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.ping())
    assert len(fake.asked("ping")) == 2


def test_what_must_not_happen_twice_is_sent_once(fake: FakeDaemon) -> None:
    fake.answers |= {"shutdown": always_hang_up, "retry_job": always_hang_up}
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.shutdown())
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.retry_job(12))
    assert len(fake.asked("shutdown")) == len(fake.asked("retry_job")) == 1
    with pytest.raises(ConnectionLostError):
        connected(lambda daemon: daemon.retry_job(12, after_attempt=1))
    assert len(fake.asked("retry_job")) == 3


def test_a_daemon_that_stays_away_is_told_to_all_that_wait(
    fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["ping"] = pong
    monkeypatch.setattr("crystalmath.aio.exchange.RETURN_PATIENCE_S", 0.3)

    async def work(daemon: aio.Connection) -> list[type]:
        errors = []

        async def ask() -> None:
            try:
                await daemon.ping()
            except DaemonNotRunningError as error:
                errors.append(type(error))

        await anyio.to_thread.run_sync(fake.stop)
        # Five times the patience would be longer than this.
        with anyio.fail_after(1.4):
            async with anyio.create_task_group() as tasks:
                for _ in range(5):
                    tasks.start_soon(ask)
        return errors

    assert connected(work, start=False) == [DaemonNotRunningError] * 5


def test_a_silent_daemon_is_an_error_after_the_timeout(fake: FakeDaemon) -> None:
    release = threading.Event()

    def silent(_: Any) -> PingResult:
        release.wait(10)
        return PingResult(time_ms=0)

    fake.answers["ping"] = silent

    async def work(daemon: aio.Connection) -> None:
        try:
            with pytest.raises(DaemonSilentError, match=r"within 0\.05 s") as caught:
                await daemon.ping()
        finally:
            release.set()
        assert caught.value.trace_id == fake.traces[-1]

    connected(work, timeout_s=0.05)


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


def test_a_restricted_connection_stays_so_on_its_next_line(fake: FakeDaemon) -> None:
    fake.answers |= {
        "restrict_session": lambda p: RestrictSessionResult(access=p.access),
        "ping": hang_up_once(pong),
    }

    async def work(daemon: aio.Connection) -> None:
        await daemon.restrict_session()
        await daemon.ping()

    connected(work)
    with Connection() as blocking:
        blocking.restrict_session()
        fake.answers["ping"] = hang_up_once(pong)
        blocking.ping()
    order = [name for name, _ in fake.calls]
    assert order == ["hello", "restrict_session", "ping"] * 4


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


def batch(name: str, *numbers: int) -> EventsNotification:
    events = tuple(
        Event(seq=seq, time_ms=0, type="warning", job_id=None, payload={})
        for seq in numbers
    )
    return EventsNotification(
        subscription=name, events=events, cursor=f"s:{numbers[-1]}"
    )


def begun(name: str, cursor: str = "s:0") -> bytes:
    result = SubscribeResult(subscription=name, cursor=cursor, store_id="s")
    return msgspec.json.encode(result)


def test_a_notification_before_its_reply_is_kept_in_order() -> None:
    book = Subscriptions()
    with book.asking():
        book.take(batch("s1", 1))
        book.take(batch("s1", 2))
        book.start("f1", SubscribeParams(), begun("s1"))
    book.take(batch("s1", 3))
    assert [item.cursor for item in book.ready] == ["s:1", "s:2", "s:3"]  # type: ignore[union-attr]
    assert {item.subscription for item in book.ready} == {"f1"}  # type: ignore[union-attr]


def test_what_nobody_asked_for_is_not_kept() -> None:
    book = Subscriptions()
    with book.asking():
        book.take(batch("s9", 1))
    book.take(batch("s9", 2))
    with book.asking():
        book.start("f1", SubscribeParams(), begun("s9"))
    assert not book.ready


def test_a_subscription_goes_on_from_what_was_seen() -> None:
    book = Subscriptions()
    book.start("f1", SubscribeParams(types=("warning",)), begun("s1", "s:4"))
    book.start("f2", SubscribeParams(), begun("s2"))
    book.take(batch("s1", 7))
    book.stop("f2")
    assert book.to_resume() == [
        ("f1", SubscribeParams(since="s:7", types=("warning",)))
    ]
    book.take(batch("s1", 8))  # a name of the connection before
    assert len(book.ready) == 1


def test_an_ended_subscription_is_an_error_that_names_the_oldest(
    scripted: Scripted,
) -> None:
    def script() -> None:
        request = scripted.read()
        scripted.say(method="news_of_2030", params={})
        scripted.say(id=request["id"], result=msgspec.json.decode(begun("s1")))
        end = SubscriptionEndedNotification(
            subscription="s1",
            kind=ErrorCode.CURSOR_TOO_OLD.kind,
            message="Events were forgotten.",
            oldest="s:5",
        )
        scripted.say(method="subscription_ended", params=end)

    async def work(daemon: aio.Connection) -> None:
        await daemon.subscribe()
        with pytest.raises(RpcError, match="forgotten") as caught:
            await anext(daemon.notifications())
        assert caught.value.kind == "events.cursor_too_old"
        assert caught.value.data["facts"]["oldest"] == "s:5"

    with_script(scripted, script, work)


def test_the_blocking_client_tells_the_end_of_a_subscription_too() -> None:
    end = SubscriptionEndedNotification(
        subscription="s1", kind="events.cursor_too_old", message="gone", oldest="s:5"
    )
    with pytest.raises(RpcError, match="gone"):
        conversation.event_batch(end)


def test_leaving_without_an_error_leaves_no_task_and_no_socket(
    fake: FakeDaemon,
) -> None:
    fake.answers["ping"] = pong

    async def run() -> None:
        async with aio.connect() as daemon:
            await daemon.ping()
        with pytest.raises(ConnectionLostError):
            await daemon.ping()

    anyio.run(run)
