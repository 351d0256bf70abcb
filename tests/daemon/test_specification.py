"""The examples of the JSON-RPC 2.0 specification, section 7, on a real socket.

The specification's methods stand for ours: `subtract` with names is `hello`, `sum`
and `get_data` are `ping`, `update` and `notify_hello` are sent as notifications.
Parameters by position are understood and refused: ours have names.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crystalmath_protocol.framing import Framing, encode_frame
from tests.daemon.raw_client import RawClient
from tests.harness import RunningDaemon

HELLO = '"client": "spec", "protocol": {"min": "1.0", "max": "1.0"}'
OLLEH = '"protocol": {"max": "1.0", "min": "1.0"}, "client": "spec"'
RESULT = "a result"
NOTHING = "nothing"
END = '{"jsonrpc": "2.0", "method": "ping", "id": "the end"}'

Reply = tuple[Any, Any]
"""The code of an error or RESULT, and the id."""

EXAMPLES: dict[str, tuple[str, Reply | list[Reply] | str]] = {
    "positional parameters": (
        '{"jsonrpc": "2.0", "method": "hello", "params": [42, 23], "id": 1}',
        (-32602, 1),
    ),
    "positional parameters in another order": (
        '{"jsonrpc": "2.0", "method": "hello", "params": [23, 42], "id": 2}',
        (-32602, 2),
    ),
    "named parameters": (
        f'{{"jsonrpc": "2.0", "method": "hello", "params": {{{HELLO}}}, "id": 3}}',
        (RESULT, 3),
    ),
    "named parameters in another order": (
        f'{{"jsonrpc": "2.0", "method": "hello", "params": {{{OLLEH}}}, "id": 4}}',
        (RESULT, 4),
    ),
    "a notification": (
        '{"jsonrpc": "2.0", "method": "ping", "params": [1,2,3,4,5]}',
        NOTHING,
    ),
    "a notification of an unknown method": (
        '{"jsonrpc": "2.0", "method": "foobar"}',
        NOTHING,
    ),
    "a call of an unknown method": (
        '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
        (-32601, "1"),
    ),
    "invalid JSON": (
        '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
        (-32700, None),
    ),
    "an invalid request": (
        '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
        (-32600, None),
    ),
    "a batch of invalid JSON": (
        (
            '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
            '{"jsonrpc": "2.0", "method"]'
        ),
        (-32700, None),
    ),
    "an empty array": ("[]", (-32600, None)),
    "an invalid batch that is not empty": ("[1]", [(-32600, None)]),
    "an invalid batch": ("[1,2,3]", [(-32600, None)] * 3),
    "a batch": (
        (
            '[{"jsonrpc": "2.0", "method": "ping", "params": {}, "id": "1"},'
            '{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},'
            f'{{"jsonrpc": "2.0", "method": "hello", "params": {{{HELLO}}}, '
            '"id": "2"},'
            '{"foo": "boo"},'
            '{"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "me"}, '
            '"id": "5"},'
            '{"jsonrpc": "2.0", "method": "ping", "id": "9"}]'
        ),
        [(RESULT, "1"), (RESULT, "2"), (-32600, None), (-32601, "5"), (RESULT, "9")],
    ),
    "a batch of notifications": (
        (
            '[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},'
            '{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},'
            '{"jsonrpc": "2.0", "method": "ping"}]'
        ),
        NOTHING,
    ),
}


@pytest.fixture(params=list(Framing), ids=lambda framing: framing.name.lower())
def client(
    shared: RunningDaemon, request: pytest.FixtureRequest
) -> Iterator[tuple[RawClient, Framing]]:
    with RawClient(shared.socket) as client:
        yield client, request.param


def said(client: RawClient, framing: Framing) -> Any:
    if framing is Framing.LINES:
        return client.receive()
    header = client._file.readline()
    assert client._file.readline() == b"\r\n"
    return json.loads(client._file.read(int(header.split()[1])))


def hold(reply: Any, wanted: Reply) -> None:
    outcome, call_id = wanted
    member = "result" if outcome == RESULT else "error"
    assert set(reply) == {"jsonrpc", member, "id"}
    assert reply["jsonrpc"] == "2.0"
    assert reply["id"] == call_id
    if member == "error":
        assert reply["error"]["code"] == outcome
        assert isinstance(reply["error"]["message"], str)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_specification_is_answered_as_it_says(
    client: tuple[RawClient, Framing], name: str
) -> None:
    connection, framing = client
    text, wanted = EXAMPLES[name]
    connection.socket.sendall(encode_frame(END.encode(), framing))
    assert said(connection, framing)["id"] == "the end"
    connection.socket.sendall(encode_frame(text.encode(), framing))
    if isinstance(wanted, list):
        replies = said(connection, framing)
        assert len(replies) == len(wanted)
        for reply, one in zip(replies, wanted, strict=True):
            hold(reply, one)
    elif wanted != NOTHING:
        hold(said(connection, framing), wanted)  # type: ignore[arg-type]
    # Whatever would come too much comes before this.
    connection.socket.sendall(encode_frame(END.encode(), framing))
    assert said(connection, framing)["id"] == "the end"
