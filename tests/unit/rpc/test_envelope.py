"""JSON-RPC 2.0: what a message asks for, and what is wrong with it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.abc
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.method import Result
from crystalmath_protocol.system import DescribeParams, DescribeResult, PingResult
from crystalmathd.errors import StoreFullError
from crystalmathd.rpc.dispatch import Context, Dispatcher
from crystalmathd.rpc.envelope import (
    MAX_BATCH,
    MAX_ID,
    BadCall,
    Call,
    error_reply,
    read_calls,
)

PING = {"jsonrpc": "2.0", "method": "ping"}


class Alone:
    """A connection of which nothing is asked."""

    is_read_only = False

    def __init__(self) -> None:
        self.write_order = anyio.Lock()
        self.calls: dict[str | int, anyio.CancelScope] = {}

    async def notify(self, method: str, params: Result) -> None:
        raise NotImplementedError

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        raise NotImplementedError

    def stop(self, name: str) -> bool:
        raise NotImplementedError


class Answers:
    """The daemon's answers to one message; `calls` counts the pings."""

    def __init__(self) -> None:
        self.calls = 0
        self.trace_ids: list[str] = []
        self.counted: list[tuple[str, int]] = []

    def count(self, method: str, code: int, _seconds: float) -> None:
        self.counted.append((method, code))

    async def ping(self, context: Context, _params: object) -> PingResult:
        self.calls += 1
        self.trace_ids.append(context.trace_id)
        return PingResult(time_ms=self.calls)

    async def describe(
        self, _context: Context, params: DescribeParams
    ) -> DescribeResult:
        if params.method == "full":
            raise StoreFullError(reason="a test")
        if params.method == "broken":
            raise KeyError("/secret/path")
        if params.method == "cannot be said":
            return DescribeResult(method={"x": object()}, schemas={})
        return DescribeResult(method={"name": params.method}, schemas={})

    def to(self, message: object) -> Any:
        """Return the decoded reply to a message, or None."""
        payload = (
            message if isinstance(message, bytes) else msgspec.json.encode(message)
        )
        handlers = {"ping": self.ping, "rpc.describe": self.describe}

        async def answer() -> bytes | None:
            async with anyio.create_task_group() as work:
                dispatcher = Dispatcher(handlers, self.count)
                return await dispatcher.answer(payload, Alone(), work)

        reply = anyio.run(answer)
        return None if reply is None else json.loads(reply)


@pytest.fixture
def daemon() -> Answers:
    return Answers()


def code_of(reply: Any) -> int:
    assert set(reply) == {"jsonrpc", "error", "id"}
    return int(reply["error"]["code"])


# --- the examples of the JSON-RPC 2.0 specification, section 7 -----------------


def test_a_call_with_named_parameters_is_answered(daemon: Answers) -> None:
    params = {"method": "ping"}
    request = {"jsonrpc": "2.0", "method": "rpc.describe", "params": params, "id": 3}
    result = {"method": {"name": "ping"}, "schemas": {}}
    assert daemon.to(request) == {"jsonrpc": "2.0", "result": result, "id": 3}


def test_positional_parameters_are_invalid_parameters(daemon: Answers) -> None:
    reply = daemon.to({**PING, "params": [42, 23], "id": 1})
    assert code_of(reply) == ErrorCode.INVALID_PARAMS.code
    assert reply["id"] == 1


@pytest.mark.parametrize(
    "request_",
    [
        PING,
        {**PING, "params": {}},
        {"jsonrpc": "2.0", "method": "foobar"},
        {**PING, "params": [1, 2, 3]},
        {**PING, "params": {"unknown": 1}},
        {**PING, "params": {"_meta": {"unknown": 1}}},
    ],
)
def test_a_notification_is_never_answered(
    daemon: Answers, request_: dict[str, Any]
) -> None:
    assert daemon.to(request_) is None


def test_a_notification_is_carried_out(daemon: Answers) -> None:
    daemon.to(PING)
    assert daemon.calls == 1


def test_a_method_that_is_not_there_is_not_found(daemon: Answers) -> None:
    reply = daemon.to({"jsonrpc": "2.0", "method": "foobar", "id": "1"})
    assert (code_of(reply), reply["id"]) == (-32601, "1")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
        b'[{"jsonrpc": "2.0", "method": "sum", "id": "1"},{"jsonrpc": "2.0", "method"',
        b"",
        b"{",
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf" + json.dumps({**PING, "id": 1}).encode(),
        b'{"jsonrpc":"2.0","method":"ping","id":1} trailing',
        b'{"jsonrpc":"2.0","method":"ping","id":NaN}',
        b'{"jsonrpc":"2.0","method":"ping","id":1,"params":{"a":Infinity}}',
        b'{"jsonrpc":"2.0","method":"ping","id":1,"params":{"a":1e400}}',
        rb'{"jsonrpc":"2.0","method":"\ud800","id":1}',
        b'{"jsonrpc":"2.0","method":"\xed\xa0\x80","id":1}',
        b'{"jsonrpc":"2.0","method":"ping","id":' + b"9" * 5000 + b"}",
        b'{"id":1,"params":' + b"[" * 64 + b"]" * 64 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_not_json_is_a_parse_error_without_an_id(
    daemon: Answers, payload: bytes
) -> None:
    reply = daemon.to(payload)
    assert (code_of(reply), reply["id"]) == (-32700, None)


@pytest.mark.parametrize("message", [1, "text", None, True, 1.5, {}, []])
def test_what_is_no_request_is_an_invalid_request(
    daemon: Answers, message: object
) -> None:
    reply = daemon.to(message)
    assert (code_of(reply), reply["id"]) == (-32600, None)


@pytest.mark.parametrize(
    "change",
    [
        {"jsonrpc": "1.0"},
        {"jsonrpc": 2.0},
        {"jsonrpc": None},
        {"method": 1},
        {"method": None},
        {"meta": {}},
        {"result": 1},
    ],
)
def test_a_bad_request_is_answered_under_its_own_id(
    daemon: Answers, change: dict[str, Any]
) -> None:
    reply = daemon.to({**PING, "id": 7, **change})
    assert (code_of(reply), reply["id"]) == (-32600, 7)


def test_a_missing_member_is_an_invalid_request(daemon: Answers) -> None:
    for name in ("jsonrpc", "method"):
        request = {k: v for k, v in {**PING, "id": 7}.items() if k != name}
        reply = daemon.to(request)
        assert (code_of(reply), reply["id"]) == (-32600, 7)


def test_an_empty_batch_gets_one_error(daemon: Answers) -> None:
    assert code_of(daemon.to([])) == -32600


def test_a_batch_of_nonsense_gets_an_error_for_each_entry(daemon: Answers) -> None:
    replies = daemon.to([1, 2, 3])
    assert [(code_of(reply), reply["id"]) for reply in replies] == [(-32600, None)] * 3


def test_a_batch_is_answered_in_its_order_without_its_notifications(
    daemon: Answers,
) -> None:
    replies = daemon.to(
        [
            {**PING, "id": "1"},
            PING,
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foobar", "id": "5"},
            {**PING, "params": [], "id": 6},
            {**PING, "id": "9"},
        ]
    )
    assert [reply["id"] for reply in replies] == ["1", None, "5", 6, "9"]
    assert [code_of(reply) for reply in replies[1:4]] == [-32600, -32601, -32602]
    assert daemon.calls == 3


def test_a_batch_of_notifications_gets_no_answer(daemon: Answers) -> None:
    assert daemon.to([PING, PING]) is None
    assert daemon.calls == 2


def test_a_batch_of_one_is_answered_by_a_batch_of_one(daemon: Answers) -> None:
    (reply,) = daemon.to([{**PING, "id": 1}])
    assert reply["result"] == {"time_ms": 1}


def test_a_batch_of_too_many_is_refused_as_a_whole(daemon: Answers) -> None:
    assert len(daemon.to([{**PING, "id": n} for n in range(MAX_BATCH)])) == MAX_BATCH
    daemon.calls = 0
    reply = daemon.to([{**PING, "id": n} for n in range(MAX_BATCH + 1)])
    assert code_of(reply) == -32600
    assert daemon.calls == 0


# --- ids ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call_id", [None, 0, 1, -1, MAX_ID, -MAX_ID, "", "a", "\0", "é" * 128, "null"]
)
def test_a_good_id_comes_back_as_it_was(
    daemon: Answers, call_id: int | str | None
) -> None:
    reply = daemon.to({**PING, "id": call_id})
    assert reply["id"] == call_id
    assert "result" in reply


@pytest.mark.parametrize(
    "call_id",
    [
        *("true", "false", "1.0", "1.5", "1e2", "[]", "{}"),
        *(str(2**53 + 1), str(2**70), "9" * 4000, json.dumps("x" * 129)),
    ],
)
def test_any_other_id_is_refused_and_not_repeated(
    daemon: Answers, call_id: str
) -> None:
    text = '{"jsonrpc":"2.0","method":"ping","id":%s}' % call_id  # noqa: UP031
    reply = daemon.to(text.encode())
    assert code_of(reply) in {-32600, -32700}
    assert reply["id"] is None
    assert daemon.calls == 0


# --- parameters, `_meta`, errors ------------------------------------------------


def test_of_two_keys_the_last_one_counts(daemon: Answers) -> None:
    reply = daemon.to(b'{"jsonrpc":"2.0","method":"ping","id":1,"id":2}')
    assert reply["id"] == 2


def test_a_huge_number_as_a_parameter_is_an_invalid_parameter(daemon: Answers) -> None:
    for params in ({"method": 2**70}, {"x": 2**70}, {"context": 1}, {"self": 1}):
        request = {"jsonrpc": "2.0", "method": "rpc.describe", "id": 1}
        text = json.dumps({**request, "params": params}).encode()
        assert code_of(daemon.to(text)) == -32602


@pytest.mark.parametrize("params", [None, 1, "text", True, []])
def test_parameters_are_an_object(daemon: Answers, params: object) -> None:
    reply = daemon.to({**PING, "id": 1, "params": params})
    assert (code_of(reply), reply["id"]) == (-32602, 1)


def test_a_trace_goes_through_to_the_handler_and_back(daemon: Answers) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    meta = {"_meta": {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}}
    daemon.to({**PING, "id": 1, "params": meta})
    assert daemon.trace_ids == [trace]
    request = {"jsonrpc": "2.0", "method": "rpc.describe", "id": 1, "params": meta}
    assert daemon.to(request)["error"]["data"]["trace_id"] == trace
    request["method"] = "no_such_method"
    assert daemon.to(request)["error"]["data"]["trace_id"] == trace


def test_a_trace_is_made_where_none_came(daemon: Answers) -> None:
    daemon.to({**PING, "id": 1})
    daemon.to({**PING, "id": 1, "params": {"_meta": {}}})
    first, second = daemon.trace_ids
    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize(
    "meta",
    [
        *(1, None, [], {"traceparent": "00-zz"}, {"traceparent": 1}, {"unknown": 1}),
        {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01\n"},
    ],
)
def test_a_bad_meta_is_an_invalid_parameter(daemon: Answers, meta: object) -> None:
    reply = daemon.to({**PING, "id": 1, "params": {"_meta": meta}})
    assert (code_of(reply), reply["id"]) == (-32602, 1)


def test_an_error_of_ours_keeps_its_kind_and_facts(daemon: Answers) -> None:
    request = {"jsonrpc": "2.0", "method": "rpc.describe", "id": 1}
    error = daemon.to({**request, "params": {"method": "full"}})["error"]
    assert error["code"] == ErrorCode.STORE_FULL.code
    assert error["data"]["kind"] == "store.full"
    assert error["data"]["retryable"] is True
    assert error["data"]["facts"] == {"reason": "a test"}


@pytest.mark.parametrize("method", ["broken", "cannot be said"])
def test_an_error_of_the_program_says_nothing_about_it(
    daemon: Answers, method: str
) -> None:
    request = {"jsonrpc": "2.0", "method": "rpc.describe", "id": 1}
    error = daemon.to({**request, "params": {"method": method}})["error"]
    assert (error["code"], error["message"]) == (-32603, "internal error")
    assert error["data"]["facts"] == {}
    assert "secret" not in json.dumps(error)


def test_an_error_that_cannot_be_written_is_written_all_the_same() -> None:
    text = "a file called \udcff"
    reply = error_reply(1, ErrorCode.INPUT_REFUSED, text, facts={"name": text})
    assert json.loads(reply)["error"]["message"] == "a file called \\udcff"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
REQUEST = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "method": st.sampled_from(["ping", "rpc.describe"]) | JSON,
        "params": st.just({}) | JSON,
        "id": st.integers(0, 9) | JSON,
    },
)


@given(st.one_of(st.binary(), JSON.map(json.dumps).map(str.encode)))
def test_no_bytes_raise(payload: bytes) -> None:
    calls, _ = read_calls(payload)
    assert calls


@given(st.lists(REQUEST | JSON, min_size=2, max_size=5))
def test_every_entry_of_a_batch_is_read_for_itself(batch: list[Any]) -> None:
    calls, is_batch = read_calls(json.dumps(batch).encode())
    if not is_batch:  # a number that is too long for anybody
        assert isinstance(calls[0], BadCall)
        return
    for entry, call in zip(batch, calls, strict=True):
        alone, _ = read_calls(json.dumps(entry).encode())
        if isinstance(entry, list):
            assert isinstance(call, BadCall)
        elif isinstance(call, Call):
            assert isinstance(alone[0], Call)
            assert (call.method, call.params) == (alone[0].method, alone[0].params)
        else:
            assert call == alone[0]
