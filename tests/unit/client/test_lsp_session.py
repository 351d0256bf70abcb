"""The editor's end of the language server: streams, capabilities, failures."""

import os
from typing import Any

import anyio
import pytest

from crystalmath.lsp.capabilities import Client, client_of
from crystalmath.lsp.peer import Peer, RequestRefusedError
from crystalmath.lsp.positions import Encoding
from crystalmath.lsp.stdio import EditorStream, StreamBrokenError, not_blocking
from crystalmath_protocol.framing import Framing, encode_frame

LARGE = {"text": "x" * 1_000_000}


@pytest.mark.parametrize(
    "said", [{}, {"capabilities": {"general": 5, "workspace": {"codeLens": []}}}]
)
def test_an_editor_that_says_nothing_can_do_nothing(said: dict[str, Any]) -> None:
    assert client_of(said) == Client()


def test_what_an_editor_can_do_is_read() -> None:
    item = {"completionItem": {"snippetSupport": True}}
    said = {
        "general": {"positionEncodings": ["utf-8"]},
        "textDocument": {"diagnostic": {}, "completion": item},
        "workspace": {
            "workspaceEdit": {"documentChanges": True},
            "diagnostics": {"refreshSupport": True},
        },
    }
    assert client_of({"capabilities": said}) == Client(
        encoding=Encoding.UTF8, pulls=True, has_snippets=True, has_versions=True
    )


def test_an_editor_that_does_not_read_hinders_nobody() -> None:
    their_input, sink = os.pipe()
    source, their_output = os.pipe()
    received = b""

    async def run() -> None:
        nonlocal received
        stream = EditorStream(source, sink)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.write)
            stream.send(LARGE)
            os.write(their_output, encode_frame(b"{}", Framing.HEADERS))
            async for message in stream.messages():
                assert message == {}
                break
            os.set_blocking(their_input, False)
            while len(received) < 1_000_000:
                await anyio.wait_readable(their_input)
                received += os.read(their_input, 1 << 20)
            await stream.drained()
            os.close(their_input)
            stream.send(LARGE)
            await stream.drained()
            tasks.cancel_scope.cancel()

    with not_blocking(sink):
        with_limit(run)
    assert os.get_blocking(sink)
    assert received.startswith(b"Content-Length: 1000011\r\n\r\n")


def test_bytes_that_are_no_frame_end_the_session() -> None:
    source, theirs = os.pipe()
    os.write(theirs, b"no header\r\n\r\n")

    async def run() -> None:
        async for message in EditorStream(source, theirs).messages():
            pytest.fail(f"{message} came")

    with pytest.raises(StreamBrokenError, match="colon"):
        with_limit(run)


def test_a_request_that_fails_is_refused_and_the_others_go_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    sent: list[dict[str, Any]] = []

    async def broken() -> None:
        raise ZeroDivisionError

    async def refused() -> None:
        raise RequestRefusedError(-32602, "no")

    async def slow() -> None:
        await anyio.sleep_forever()

    async def well() -> int:
        return 7

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            peer = Peer(tasks, sent.append)
            for number, answer in enumerate((broken, refused, slow, well)):
                peer.start(number, answer)
            await anyio.wait_all_tasks_blocked()
            peer.cancel(2)
            peer.cancel("unknown")

    with_limit(run)
    outcome = {m["id"]: m.get("result", m.get("error", {}).get("code")) for m in sent}
    assert outcome == {0: -32603, 1: -32602, 2: -32800, 3: 7}
    assert "ZeroDivisionError" in capfd.readouterr().err


def with_limit(run: Any) -> None:
    async def limited() -> None:
        with anyio.fail_after(20):
            await run()

    anyio.run(limited)
