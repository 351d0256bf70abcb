"""Editors that have lost count: nothing they send makes the server fail or hang."""

import os
import random
import select
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath_protocol.framing import Framing, encode_frame
from tests.daemon.editor import PATIENCE_S, Editor
from tests.harness import RunningDaemon, deck

DECK = deck()
N_MESSAGES = int(os.environ.get("CRYSTALMATH_TEST_EDITOR_MESSAGES", "4000"))
SEED = int(os.environ.get("CRYSTALMATH_TEST_SEED", time.time_ns() % 2**32))
LANGUAGES = ["", "crystal", "crystal-properties", "incar", "poscar", "kpoints"]
LANGUAGES += ["potcar", "pwscf", "cobol"]
NAMES = ["x.d12", "x.d3", "INCAR", "POSCAR", "KPOINTS", "POTCAR", "x.pwi"]
STRANGE_URIS = [
    *("file:///a.d12", "file://[", "file:///%00", "", "x", "untitled:INCAR"),
    *("file:///%ff.d12", "file:///%2F..%2F.d12", "file:///..", "file:///.d12"),
    *("file:///\ud800.d12", "file:///dev/INCAR", "file:///proc/self/INCAR"),
    *("file:///a\nb.d12", "http://x/INCAR", "file:///" + "a" * 5000 + ".d12"),
]
NUMBERS: list[Any] = [0, 1, 2, 9, -1, 2**31, 2**64, 10**30, 1.5, None, "x", True]
VERSIONS: list[Any] = [0, 1, 2, 3, 100, -3, None, 2**63, 10**30]
TEXTS = [
    *(
        DECK,
        DECK[:50],
        DECK.replace("\n", "\r\n"),
        "\ufeff" + DECK,
        "",
        "\r",
        "\n" * 99,
    ),
    *("\0\x01\x85\u2028" * 99, "\ud800 CRYSTAL\n", "A" * 20_000, "&SYSTEM nat="),
    *("ENCUT = 1e999\n" * 9, "x\n1\n" + "1e400 nan -inf\n" * 9, "𝄞€" * 50),
    *(DECK.encode("utf-16").decode("latin-1"), "99999999999999999999 " * 50),
]
METHODS = [
    *("hover", "completion", "formatting", "foldingRange", "documentSymbol"),
    *("codeLens", "semanticTokens/full", "diagnostic", "codeAction"),
]
COMMANDS = ["submit", "explain", "show", "nothing"]
ARGUMENTS: list[Any] = [[], [10**30], [None], ["\0"], [{}], ["9" * 20], ["file:///x"]]
FRAMES = [
    *(b'{"jsonrpc":"2.0","id":1e400,"method":"x"}', b'{"id":NaN,"method":"x"}'),
    *(b'{"id":"\\ud800","method":"x"}', b'{"id":null,"method":"x"}', b"[{}]", b"null"),
    b'{"id":"100","method":"textDocument/hover"}',
    *(b"", b'""', b'{"method":"$/cancelRequest","params":{"id":{}}}', b"\xff"),
    *(b'{"method":"$/cancelRequest","params":[1]}', b'{"method":7}', b"{" * 9999),
]


@pytest.fixture
def editor(shared: RunningDaemon) -> Iterator[Editor]:
    editor = Editor(shared)
    editor.begin()
    yield editor
    words = editor.close()
    assert "Traceback" not in words, words[-5000:]
    assert "Traceback" not in shared.log()


class Storm:
    """What such an editor sends, drawn from a seed."""

    def __init__(self, editor: Editor, uris: list[str], seed: int) -> None:
        self._editor = editor
        self._uris = uris
        self._random = random.Random(seed)
        self.asked: list[int] = []

    def _position(self) -> dict[str, Any]:
        numbers = [0, 1, 2, 9] if self._random.random() < 0.7 else NUMBERS
        return {name: self._random.choice(numbers) for name in ("line", "character")}

    def _range(self) -> dict[str, Any]:
        return {"start": self._position(), "end": self._position()}

    def _document(self) -> dict[str, Any]:
        uri = self._random.choice(self._uris)
        return {"uri": uri, "version": self._random.choice(VERSIONS)}

    def blow(self) -> None:
        """Send one message."""
        kinds = (self.open, self.close, self.save, self.command, self.rubbish)
        self._random.choice((*kinds, self.change, self.change, self.ask, self.ask))()

    def open(self) -> None:
        item = self._document() | {"text": self._random.choice(TEXTS)}
        item["languageId"] = self._random.choice(LANGUAGES)
        self._editor.notify("textDocument/didOpen", {"textDocument": item})

    def close(self) -> None:
        document = self._document()
        self._editor.notify("textDocument/didClose", {"textDocument": document})

    def save(self) -> None:
        params = {"textDocument": self._document()}
        self._editor.notify("textDocument/didSave", params)

    def change(self) -> None:
        changes = [
            {"range": self._range(), "text": self._random.choice(TEXTS)}
            for _ in range(self._random.randrange(3))
        ]
        params = {"textDocument": self._document(), "contentChanges": changes}
        self._editor.notify("textDocument/didChange", params)

    def ask(self) -> None:
        params = {"textDocument": self._document(), "position": self._position()}
        params |= {"range": self._range(), "context": {"diagnostics": []}}
        self._request(f"textDocument/{self._random.choice(METHODS)}", params)

    def command(self) -> None:
        name = f"crystalmath.server.{self._random.choice(COMMANDS)}"
        arguments = self._random.choice([*ARGUMENTS, [self._random.choice(self._uris)]])
        self._request(
            "workspace/executeCommand", {"command": name, "arguments": arguments}
        )

    def _request(self, method: str, params: dict[str, Any]) -> None:
        number = self._editor.ask(method, params)
        self.asked.append(number)
        if self._random.random() < 0.5:
            self._editor.notify("$/cancelRequest", {"id": number})

    def rubbish(self) -> None:
        payload = self._random.choice(FRAMES)
        self._editor.send_bytes(encode_frame(payload, Framing.HEADERS))


def take_what_came(editor: Editor) -> None:
    assert editor.process.stdout is not None
    while select.select([editor.process.stdout], [], [], 0)[0]:
        editor.read(time.monotonic() + 1)


def answered(editor: Editor, n_requests: int) -> Counter[int]:
    """Wait for as many answers; return how many came to each request."""
    counted: Counter[int] = Counter()
    while counted.total() < n_requests:
        replies = [one for one in editor.received if "method" not in one]
        counted += Counter(n for one in replies if type(n := one["id"]) is int)
        editor.received.clear()
        if counted.total() < n_requests:
            editor.read(time.monotonic() + PATIENCE_S)
    return counted


def test_every_request_of_a_storm_is_answered_once(
    editor: Editor, shared: RunningDaemon
) -> None:
    print(f"CRYSTALMATH_TEST_SEED={SEED}")
    uris = [(shared.home / "work" / name).as_uri() for name in NAMES]
    storm = Storm(editor, uris * 4 + STRANGE_URIS, SEED)
    for _ in range(N_MESSAGES):
        storm.blow()
        take_what_came(editor)
    counted = answered(editor, len(storm.asked))
    assert counted == Counter(storm.asked)
    uri = (shared.home / "work" / "after.d12").as_uri()
    editor.open(uri, DECK.replace("SHRINK", "SHRIMK"))
    assert editor.codes(uri) == ["keyword.unknown"]
    with Connection(socket=shared.socket, start=False) as connection:
        connection.ping()


def test_requests_that_are_withdrawn_at_once_are_answered_all_the_same(
    editor: Editor, shared: RunningDaemon
) -> None:
    uri = (shared.home / "work" / "mgo.d12").as_uri()
    editor.open(uri, DECK)
    asked = []
    for _ in range(300):
        asked.append(editor.ask("textDocument/hover", editor.at(uri, 10, 2)))
        editor.notify("$/cancelRequest", {"id": asked[-1]})
        editor.notify("$/cancelRequest", {"id": asked[-1] - 1})
    codes = {editor.reply_to(one).get("error", {}).get("code") for one in asked}
    assert codes <= {None, -32800}
    assert editor.request("textDocument/hover", editor.at(uri, 10, 2))


def test_a_document_may_be_closed_while_it_is_looked_at(
    editor: Editor, shared: RunningDaemon
) -> None:
    uri = (shared.home / "work" / "POSCAR").as_uri()
    rows = "".join(f"{n / 4000} 0 {n % 7 / 7}\n" for n in range(4000))
    text = f"many\n1\n90 0 0\n0 90 0\n0 0 90\nH\n4000\nDirect\n{rows}"
    for _ in range(5):
        editor.open(uri, text)
        asked = editor.ask("textDocument/diagnostic", editor.about(uri))
        editor.notify("textDocument/didClose", editor.about(uri))
        assert editor.refusal("textDocument/hover", editor.at(uri, 0, 0)) == -32602
        assert "result" in editor.reply_to(asked)
    editor.open(uri, "many\n1\n90 0 0\n")
    assert editor.codes(uri) == ["poscar.unreadable"]
