"""Whatever an editor sends, the language server takes it and lives."""

from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.server import Server
from crystalmath.lsp_client.answers import answer_to

URI = "file:///nowhere/x.d12"
METHODS = (
    "initialize",
    "initialized",
    "shutdown",
    "$/cancelRequest",
    "$/setTrace",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
    "textDocument/didClose",
    "textDocument/completion",
    "textDocument/codeAction",
    "textDocument/diagnostic",
    "workspace/executeCommand",
)
NUMBERS = st.integers(-3, 1 << 40)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=9))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner)
    ),
    max_leaves=8,
)


def or_odd(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(usual, usual, usual, JSON)


POSITION = st.fixed_dictionaries({"line": NUMBERS, "character": NUMBERS})
RANGE = st.fixed_dictionaries({"start": or_odd(POSITION), "end": or_odd(POSITION)})
CHANGE = st.fixed_dictionaries(
    {"text": or_odd(st.text())}, optional={"range": or_odd(RANGE)}
)
DOCUMENT = st.fixed_dictionaries(
    {"uri": or_odd(st.just(URI)), "text": or_odd(st.text(max_size=50))},
    optional={"version": or_odd(NUMBERS), "languageId": or_odd(st.just("crystal"))},
)
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "capabilities": or_odd(st.just({})),
        "textDocument": or_odd(DOCUMENT),
        "contentChanges": or_odd(st.lists(or_odd(CHANGE), max_size=3)),
        "position": or_odd(POSITION),
        "range": or_odd(RANGE),
        "context": or_odd(st.just({})),
        "command": or_odd(st.just("crystalmath.server.submit")),
        "id": or_odd(st.integers(0, 9)),
    },
)
MESSAGE = st.fixed_dictionaries(
    {"method": or_odd(st.sampled_from(METHODS))},
    optional={"id": or_odd(st.integers(0, 9)), "params": or_odd(PARAMS)},
)


@pytest.fixture
def lonely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server look for no daemon: what it asks is never answered."""

    async def wait(_daemon: Daemon) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(Daemon, "keep", wait)


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(messages=st.lists(or_odd(MESSAGE), max_size=12))
@pytest.mark.usefixtures("lonely")
def test_no_message_ends_the_server(messages: list[Any]) -> None:
    sent: list[dict[str, Any]] = []
    opening = {"uri": URI, "text": "a\nb", "version": 1, "languageId": "crystal"}

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            server = Server(tasks, sent.append)
            for message in messages:
                server.take(message)
            await anyio.wait_all_tasks_blocked()
            server.take({"id": "last", "method": "initialize", "params": {}})
            server.take(
                {
                    "method": "textDocument/didOpen",
                    "params": {"textDocument": opening},
                }
            )
            server.take({"id": "end", "method": "shutdown"})
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()

    anyio.run(run)
    answered = [message["id"] for message in sent if "id" in message]
    assert "last" in answered
    assert "end" in answered


def test_a_server_that_asks_oddly_is_answered() -> None:
    asked = {"id": 1, "method": "workspace/configuration"}
    for items, answer in (([{}, {}], [None, None]), (5, []), (None, [])):
        reply = answer_to(asked | {"params": {"items": items}})
        assert reply["result"] == answer
