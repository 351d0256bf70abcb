import math
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import crystalmath
from crystalmath import Connection
from crystalmath.errors import (
    ConnectionLostError,
    CrystalmathError,
    DaemonNotRunningError,
    DaemonUnreachableError,
    JobGoesOnError,
    ProtocolMismatchError,
    ReplyUnreadableError,
    RequestUnsendableError,
    RpcError,
)
from crystalmath.exits import Exit
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import FetchEventsResult
from crystalmath_protocol.jobs import FetchJobsResult, GetJobDetailsResult
from crystalmath_protocol.schema import METHODS
from crystalmath_protocol.sourced import AtomsGiven, StructureSource
from crystalmath_protocol.submissions import Input, SubmitJobResult
from crystalmath_protocol.system import PingParams, PingResult, ShutdownResult
from tests.unit.client.fake_daemon import (
    FakeDaemon,
    Refusal,
    always_hang_up,
    hang_up_once,
    hello,
    pong,
)
from tests.unit.client.messages import DETAILS, changed


@pytest.fixture
def short_path() -> Iterator[Path]:
    directory = tempfile.mkdtemp(prefix="cm-")
    yield Path(directory)
    shutil.rmtree(directory)


def submitted(_: Any) -> SubmitJobResult:
    return SubmitJobResult(jobs=(), collection=None, created=True)


def test_a_call_answers_with_its_message(fake: FakeDaemon) -> None:
    fake.answers["ping"] = pong
    with Connection() as daemon:
        assert daemon.ping() == PingResult(time_ms=7)
        assert daemon.call("ping", PingParams()) == PingResult(time_ms=7)
        assert daemon.last_result == b'{"time_ms":7}'
    assert fake.asked("hello")[0].client == f"crystalmath {crystalmath.__version__}"


def test_every_method_of_the_protocol_has_one_here() -> None:
    for name in METHODS:
        assert callable(getattr(Connection, name.removeprefix("rpc.")))


def test_the_daemons_refusal_keeps_its_facts(fake: FakeDaemon) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.JOB_NOT_FOUND, "There is no job 9.", trace_id="t1")

    fake.answers["get_job_details"] = refuse
    with Connection() as daemon, pytest.raises(RpcError) as caught:
        daemon.get_job_details(9)
    error = caught.value
    assert (error.code, error.kind) == (-32020, "job.not_found")
    assert (str(error), error.retryable, error.trace_id) == (
        "There is no job 9.",
        False,
        "t1",
    )
    assert error.exit is Exit.NOT_FOUND


def test_without_a_daemon_the_error_says_how_to_start_one(short_path: Path) -> None:
    with pytest.raises(DaemonNotRunningError, match="crystalmath daemon start"):
        Connection(short_path / "d.sock", start=False)


def test_a_path_too_long_for_a_socket_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachableError, match="shorter path"):
        Connection(tmp_path / ("x" * 120), start=False)


def test_another_major_protocol_says_how_to_restart(fake: FakeDaemon) -> None:
    fake.answers["hello"] = lambda p: changed(hello(p), protocol="2.0")
    with pytest.raises(ProtocolMismatchError, match="`crystalmath daemon stop`"):
        Connection()

    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.PROTOCOL_MISMATCH, "I speak 2.0.")

    fake.answers["hello"] = refuse
    with pytest.raises(ProtocolMismatchError, match=r"\(I speak 2\.0\)"):
        Connection()


def test_a_newer_minor_protocol_is_welcome(fake: FakeDaemon) -> None:
    fake.answers["hello"] = lambda p: changed(hello(p), protocol="1.9")
    Connection().close()


def test_a_field_that_is_not_known_yet_is_passed_over(fake: FakeDaemon) -> None:
    later = msgspec.defstruct("Later", [("time_ms", int), ("new", str)])
    fake.answers["ping"] = lambda _: later(time_ms=1, new="x")
    with Connection() as daemon:
        assert daemon.ping().time_ms == 1
        assert b'"new":"x"' in daemon.last_result


def test_an_answer_of_another_shape_is_an_error_that_names_it(fake: FakeDaemon) -> None:
    fake.answers["ping"] = submitted
    with Connection() as daemon, pytest.raises(ReplyUnreadableError, match="ping"):
        daemon.ping()


def test_a_submission_is_sent_again_with_the_same_token(fake: FakeDaemon) -> None:
    fake.answers["submit_job"] = hang_up_once(submitted)
    with Connection() as daemon:
        daemon.submit_job(inputs=["mgo.d12", Input(text="x", name="y")], code="pyscf")
    first, second = fake.asked("submit_job")
    assert first == second
    assert len(first.client_token) == 32
    assert first.inputs[0].path == str(Path.cwd() / "mgo.d12")
    assert fake.n_connections == 2


def test_a_call_that_breaks_twice_fails(fake: FakeDaemon) -> None:
    fake.answers["ping"] = always_hang_up
    with Connection() as daemon, pytest.raises(ConnectionLostError):
        daemon.ping()
    assert len(fake.asked("ping")) == 2


def test_a_shutdown_is_never_sent_twice(fake: FakeDaemon) -> None:
    fake.answers["shutdown"] = hang_up_once(pong)
    with Connection() as daemon, pytest.raises(ConnectionLostError):
        daemon.shutdown()


def test_a_daemon_that_hangs_up_on_every_greeting_is_not_asked_for_ever(
    fake: FakeDaemon,
) -> None:
    fake.answers["hello"] = always_hang_up
    with pytest.raises(ConnectionLostError):
        Connection()
    assert fake.n_connections == 1


def test_a_silent_daemon_is_an_error_after_the_timeout(fake: FakeDaemon) -> None:
    release = threading.Event()

    def silent(_: Any) -> PingResult:
        release.wait(10)
        return PingResult(time_ms=0)

    fake.answers["ping"] = silent
    with Connection(timeout_s=0.1) as daemon:
        with pytest.raises(
            DaemonUnreachableError, match=r"does not answer within 0\.1s"
        ):
            daemon.ping()
        release.set()


def test_a_request_too_long_for_a_frame_is_refused_here(fake: FakeDaemon) -> None:
    long = Input(text="x" * (1 << 20), name="long")
    with Connection() as daemon, pytest.raises(RequestUnsendableError, match="by path"):
        daemon.submit_job(inputs=[long])
    assert fake.asked("submit_job") == []


def test_a_file_name_that_is_not_utf_8_is_told(fake: FakeDaemon) -> None:
    with Connection() as daemon, pytest.raises(RequestUnsendableError, match="UTF-8"):
        daemon.submit_job(inputs=["mgo-\udcff.d12"])
    assert fake.asked("submit_job") == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_before_it_is_sent_as_nothing(
    fake: FakeDaemon, value: float
) -> None:
    source = StructureSource(material="mp-1265")
    options = CrystalOptions(charge_e=value)
    with (
        Connection() as daemon,
        pytest.raises(RequestUnsendableError, match=r"options\.charge_e is NaN or inf"),
    ):
        daemon.generate_crystal_input(source, options)
    atoms = AtomsGiven(
        lattice_a=(), atomic_numbers=(2,), positions_a=((0.0, value, 0.0),)
    )
    with (
        Connection() as daemon,
        pytest.raises(RequestUnsendableError, match=r"positions_a\[0\]\[1\]"),
    ):
        daemon.preview_structure(StructureSource(atoms=atoms))
    assert fake.asked("generate_crystal_input") == []


def test_waiting_sees_an_end_between_the_look_and_the_wait(fake: FakeDaemon) -> None:
    states = iter(["running", "running", "completed"])
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(
        job=changed(DETAILS, state=next(states))
    )
    fake.answers["fetch_events"] = lambda p: FetchEventsResult(
        events=(), cursor=p.cursor + "+" if p.cursor != "now" else "s:1"
    )
    with Connection() as daemon:
        assert daemon.wait("12").state == "completed"
    order = [name for name, _ in fake.calls]
    assert order.index("fetch_events") < order.index("get_job_details")
    cursors = [params.cursor for params in fake.asked("fetch_events")]
    assert cursors == ["now", "s:1", "s:1+"]


def test_waiting_goes_on_after_its_cursor_grew_too_old(fake: FakeDaemon) -> None:
    states = iter(["running", "failed"])
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(
        job=changed(DETAILS, state=next(states))
    )

    def events(params: Any) -> FetchEventsResult:
        if params.cursor != "now":
            raise Refusal(ErrorCode.CURSOR_TOO_OLD, "too old")
        return FetchEventsResult(events=(), cursor="s:1")

    fake.answers["fetch_events"] = events
    with Connection() as daemon:
        assert daemon.wait(12).state == "failed"


def test_waiting_ends_at_its_timeout_and_says_that_the_job_goes_on(
    fake: FakeDaemon,
) -> None:
    fake.answers["get_job_details"] = lambda _: GetJobDetailsResult(
        job=changed(DETAILS, state="running")
    )
    fake.answers["fetch_events"] = lambda _: FetchEventsResult(events=(), cursor="s:1")
    with Connection() as daemon, pytest.raises(JobGoesOnError, match="goes on"):
        daemon.wait("12", timeout_s=0)


def test_filters_are_sent_as_they_were_given(fake: FakeDaemon) -> None:
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=(), next_page=None, cursor="s:0"
    )
    with Connection() as daemon:
        daemon.fetch_jobs(states=["running"], tag="t", limit=3)
    (params,) = fake.asked("fetch_jobs")
    assert (params.states, params.tag, params.limit) == (("running",), "t", 3)


def test_a_notification_between_call_and_reply_is_kept(short_path: Path) -> None:
    path = short_path / "d.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            event = '{"subscription":"u","events":[],"cursor":"s:9"}'
            connection.sendall(
                f'{{"jsonrpc":"2.0","method":"events","params":{event}}}\n'
                '{"jsonrpc":"2.0","id":99,"result":{"time_ms":0}}\n'
                '{"jsonrpc":"2.0","id":1,"result":{"time_ms":5}}\n'.encode()
            )
            connection.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    with Connection(path, greets=False) as daemon:
        assert daemon.ping().time_ms == 5
        assert next(daemon.notifications()).cursor == "s:9"
    thread.join(5)
    listener.close()


def test_a_call_on_a_closed_connection_has_an_error_of_its_own(
    fake: FakeDaemon,
) -> None:
    fake.answers["ping"] = pong
    with Connection() as daemon:
        daemon.ping()
    with pytest.raises(crystalmath.ConnectionClosedError, match="was closed"):
        daemon.ping()
    with pytest.raises(crystalmath.ConnectionClosedError):
        next(daemon.notifications())
    assert fake.n_connections == 1


def test_a_connection_outlives_a_daemon_that_stayed_away(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crystalmath.exchange.RETURN_PATIENCE_S", 0.1)
    path = short_path / "d.sock"
    with FakeDaemon(path, ping=pong) as first:
        daemon = Connection(path, start=False)
        first.stop()
    with pytest.raises(DaemonNotRunningError):
        daemon.ping()
    with FakeDaemon(
        path, ping=pong, shutdown=lambda _: ShutdownResult(pid=1, n_running=0)
    ):
        # Never sent, and so not sent twice.
        assert daemon.shutdown().pid == 1
        daemon.close()


def test_the_library_exports_its_errors_and_no_other_names() -> None:
    assert crystalmath.CrystalmathError is CrystalmathError
    for name in ("RpcError", "DaemonUnreachableError", "JobGoesOnError"):
        assert issubclass(getattr(crystalmath, name), CrystalmathError)
    with pytest.raises(AttributeError, match="no attribute 'Daemon'"):
        _ = crystalmath.Daemon  # type: ignore[attr-defined]
