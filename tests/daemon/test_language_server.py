"""The language server with a real daemon, and an editor that validates its words."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crystalmath_protocol.framing import Framing, encode_frame
from tests.daemon.editor import ASKS_ITSELF, CAPABILITIES, Editor
from tests.harness import RunningDaemon, deck

DECK = deck()
WRONG = DECK.replace("SHRINK", "SHRIMK")
SHRINK_LINE = 10
START = {"line": 0, "character": 0}
WHOLE = {"start": START, "end": {"line": 99, "character": 0}}
GUI = """3 1 1
4.0 0.0 0.0
0.0 4.0 0.0
0.0 0.0 4.0
1
1.0 0.0 0.0
0.0 1.0 0.0
0.0 0.0 1.0
0.0 0.0 0.0
1
2 0.0 0.0 0.0
"""
POSCAR = """MgO
4.2
0 0.5 0.5
0.5 0 0.5
0.5 0.5 0
Mg O
1 1
Direct
0 0 0
0.5 0.5 0.5
"""
Editing = Callable[[], Editor]


@pytest.fixture
def editors(shared: RunningDaemon) -> Iterator[Editing]:
    """Begin editors that are ended with the test; none may have seen a traceback."""
    begun: list[Editor] = []

    def begin() -> Editor:
        begun.append(Editor(shared))
        return begun[-1]

    yield begin
    words = "".join(editor.close() for editor in begun)
    assert "Traceback" not in words, words


@pytest.fixture
def editor(editors: Editing) -> Editor:
    editor = editors()
    editor.begin()
    return editor


@pytest.fixture
def uri(shared: RunningDaemon) -> str:
    return shared.write("mgo.d12", DECK).as_uri()


def replaced(line: int, start: int, end: int, text: str) -> dict[str, Any]:
    return {
        "range": {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        },
        "text": text,
    }


def test_an_editor_that_takes_its_leave_ends_the_server_well(editors: Editing) -> None:
    editor = editors()
    assert editor.refusal("textDocument/hover", editor.at("file:///x", 0, 0)) == -32002
    result = editor.begin()
    assert result["capabilities"]["positionEncoding"] == "utf-16"
    assert editor.refusal("initialize", {"capabilities": {}}) == -32600
    assert editor.refusal("textDocument/rename", {}) == -32601
    assert editor.end() == 0


def test_an_editor_that_just_leaves_does_not(editors: Editing) -> None:
    leaving, gone = editors(), editors()
    for editor in (leaving, gone):
        editor.begin()
    leaving.notify("exit")
    assert gone.process.stdin is not None
    gone.process.stdin.close()
    assert [one.process.wait(10) for one in (leaving, gone)] == [1, 1]


def test_a_mistake_is_published_and_its_quick_fix_takes_it_away(
    editor: Editor, uri: str
) -> None:
    editor.open(uri, WRONG)
    (found,) = editor.published(uri)
    assert found["code"] == "keyword.unknown"
    assert found["range"] == replaced(SHRINK_LINE, 0, 6, "")["range"]
    context = {"diagnostics": [found]}
    params = editor.about(uri, range=found["range"], context=context)
    (action,) = editor.request("textDocument/codeAction", params)
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    (edit,) = change["edits"]
    editor.change(uri, {"range": edit["range"], "text": edit["newText"]})
    assert editor.published(uri) == []


def test_what_is_asked_is_answered_about_the_text_in_the_editor(
    editor: Editor, uri: str
) -> None:
    editor.open(uri, DECK, "crystal")
    hover = editor.request("textDocument/hover", editor.at(uri, SHRINK_LINE, 2))
    assert "SHRINK" in hover["contents"]["value"]
    at_shrink = editor.at(uri, SHRINK_LINE, 3)
    items = editor.request("textDocument/completion", at_shrink)["items"]
    assert "SHRINK" in [item["label"] for item in items]
    symbols = editor.request("textDocument/documentSymbol", editor.about(uri))
    assert symbols[0]["name"] == "MgO"
    folds = editor.request("textDocument/foldingRange", editor.about(uri))
    assert {"startLine": 1, "endLine": 7} in folds
    options = {"tabSize": 1, "insertSpaces": True}
    edits = editor.request(
        "textDocument/formatting", editor.about(uri, options=options)
    )
    assert "12  0.   0.   0." in "".join(one["newText"] for one in edits)
    tokens = editor.request("textDocument/semanticTokens/full", editor.about(uri))
    assert len(tokens["data"]) % 5 == 0
    assert tokens["data"][:3] == [0, 0, 3]


@pytest.mark.parametrize(
    ("encoding", "units"), [("utf-8", 8), ("utf-16", 4), ("utf-32", 3)]
)
def test_columns_count_the_units_that_were_agreed_on(
    editors: Editing, uri: str, encoding: str, units: int
) -> None:
    editor = editors()
    offered = {"general": {"positionEncodings": [encoding]}}
    result = editor.begin(CAPABILITIES | offered)
    assert result["capabilities"]["positionEncoding"] == encoding
    editor.open(uri, DECK.replace("MgO", "€𝄞 c").replace("\n", "\r\n"))
    editor.change(uri, replaced(0, units, units, "!"))
    title = editor.request("textDocument/documentSymbol", editor.about(uri))[0]
    assert title["name"] == "€𝄞 !c"
    assert title["range"]["end"] == {"line": 0, "character": units + 2}
    assert editor.published(uri) == []


def test_edits_are_of_the_text_as_it_was_when_they_came(
    editor: Editor, uri: str
) -> None:
    editor.open(uri, DECK)
    editor.change(uri, replaced(SHRINK_LINE, 4, 5, "M"), replaced(0, 0, 3, "NiO"))
    assert editor.codes(uri) == ["keyword.unknown"]
    late = {"textDocument": {"uri": uri, "version": 1}}
    editor.notify("textDocument/didChange", late | {"contentChanges": [{"text": ""}]})
    editor.change(uri, replaced(SHRINK_LINE, 4, 5, "N"))
    assert editor.published(uri) == []
    title = editor.request("textDocument/documentSymbol", editor.about(uri))[0]
    assert title["name"] == "NiO"


def test_only_the_last_of_many_changes_is_checked(editor: Editor, uri: str) -> None:
    editor.open(uri, DECK)
    assert editor.published(uri) == []
    for letter in "ABCDEF":
        editor.change(uri, replaced(SHRINK_LINE, 4, 5, letter))
    assert editor.codes(uri) == ["keyword.unknown"]
    versions = {message["params"].get("version") for message in editor.received}
    assert not versions & {2, 3, 4, 5, 6}


def test_what_needs_the_symmetry_comes_a_moment_later(editor: Editor, uri: str) -> None:
    editor.open(uri, DECK.replace("4.21", "2.0"))
    assert "geometry.volume" not in editor.codes(uri)
    assert "geometry.volume" in editor.codes(uri)


def test_an_editor_that_asks_itself_is_told_when_there_is_more(
    editors: Editing, uri: str
) -> None:
    editor = editors()
    editor.begin(ASKS_ITSELF)
    editor.open(uri, DECK.replace("4.21", "2.0"))
    more = editor.wait_for(lambda m: m.get("method") == "workspace/diagnostic/refresh")
    editor.send({"id": more["id"], "result": None})
    found = editor.request("textDocument/diagnostic", editor.about(uri))["items"]
    assert "geometry.volume" in [one["code"] for one in found]


def test_a_session_may_come_from_a_file(shared: RunningDaemon) -> None:
    words = []
    for method in ("initialize", "shutdown", "exit"):
        call = {"jsonrpc": "2.0", "method": method}
        numbered = call if method == "exit" else call | {"id": method, "params": {}}
        words.append(encode_frame(json.dumps(numbered).encode(), Framing.HEADERS))
    said, answer = shared.home / "said", shared.home / "answer"
    said.write_bytes(b"".join(words))
    with said.open("rb") as source, answer.open("wb") as sink:
        command = [sys.executable, "-m", "crystalmath", "lsp"]
        environ = shared.environ
        done = subprocess.run(
            command, stdin=source, stdout=sink, env=environ, check=False
        )
    assert done.returncode == 0
    assert answer.read_bytes().count(b"Content-Length: ") == 2


def test_an_editor_that_asks_itself_is_not_told_as_well(
    editors: Editing, uri: str
) -> None:
    editor = editors()
    editor.begin(ASKS_ITSELF)
    editor.open(uri, WRONG)
    first = editor.request("textDocument/diagnostic", editor.about(uri))
    assert [one["code"] for one in first["items"]] == ["keyword.unknown"]
    again = editor.about(uri, previousResultId=first["resultId"])
    assert editor.request("textDocument/diagnostic", again)["kind"] == "unchanged"
    editor.change(uri, {"text": DECK})
    assert editor.request("textDocument/diagnostic", again)["items"] == []
    assert editor.received == []


def test_an_editor_that_cannot_be_told_to_ask_again_is_told_everything(
    editors: Editing, uri: str
) -> None:
    editor = editors()
    said = editor.begin({"textDocument": {"diagnostic": {}}})
    assert "diagnosticProvider" not in said["capabilities"]
    editor.open(uri, DECK.replace("4.21", "2.0"))
    assert "geometry.volume" not in editor.codes(uri)
    assert "geometry.volume" in editor.codes(uri)


def test_rubbish_is_answered_and_hinders_nobody(editor: Editor, uri: str) -> None:
    for payload in (b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"7"):
        editor.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(payload), payload))
        reply = editor.wait_for(lambda message: "error" in message)
        assert reply["error"]["code"] in {-32700, -32600}
    assert editor.refusal("textDocument/hover", {"textDocument": 5}) == -32602
    assert editor.refusal("textDocument/hover", editor.at(uri, -1, 0)) == -32602
    assert editor.refusal("workspace/executeCommand", {"command": "rm"}) == -32602
    editor.notify("textDocument/didChange", {"textDocument": {"uri": []}})
    editor.open(uri, WRONG)
    assert editor.codes(uri) == ["keyword.unknown"]


def test_what_is_no_frame_ends_the_server_with_a_word(editor: Editor) -> None:
    editor.send_bytes(b"GET / HTTP/1.1\r\n\r\n")
    assert editor.process.wait(10) == 1
    assert "no message" in editor.last_words()


def test_a_line_of_ten_megabytes_is_told_and_not_read(editor: Editor, uri: str) -> None:
    editor.open(uri, "A" * 10_000_000)
    (found,) = editor.published(uri)
    assert (found["code"], found["severity"]) == ("document.too_long", 3)
    assert editor.request("textDocument/hover", editor.at(uri, 0, 5)) is None
    # Each of these lines takes two bytes more on the way than here.
    editor.change(uri, {"text": "A\n" * 500_000})
    assert editor.codes(uri) == ["document.too_long"]
    editor.change(uri, {"text": WRONG})
    assert editor.codes(uri) == ["keyword.unknown"]


@pytest.mark.parametrize(
    "name", ["x.d12", "x.d3", "INCAR", "POSCAR", "KPOINTS", "x.pwi"]
)
def test_half_documents_and_binary_ones_are_answered(
    editor: Editor, shared: RunningDaemon, name: str
) -> None:
    uri = (shared.home / "work" / name).as_uri()
    editor.open(uri, "")
    texts = [
        DECK[:40],
        "\0\x01\ufffd\x85\u2028" * 50,
        "1e999 " * 99,
        "&SYSTEM nat=",
        "\r",
    ]
    for text in texts:
        editor.change(uri, {"text": text})
        editor.request("textDocument/documentSymbol", editor.about(uri))
        editor.request("textDocument/completion", editor.at(uri, 3, 1))
    editor.published(uri)


def test_a_request_is_cancelled(
    editor: Editor, shared: RunningDaemon, uri: str
) -> None:
    editor.open(uri, DECK)
    editor.published(uri)
    assert shared.process is not None
    os.kill(shared.process.pid, signal.SIGSTOP)
    try:
        number = editor.ask("textDocument/hover", editor.at(uri, SHRINK_LINE, 2))
        editor.notify("$/cancelRequest", {"id": number})
        assert editor.reply_to(number)["error"]["code"] == -32800
    finally:
        os.kill(shared.process.pid, signal.SIGCONT)
    assert editor.request("textDocument/hover", editor.at(uri, SHRINK_LINE, 2))


def test_what_stands_beside_a_document_counts_as_it_is_in_the_editor(
    editor: Editor, shared: RunningDaemon
) -> None:
    folder = shared.write("vasp/POSCAR", POSCAR).parent
    incar, poscar = (folder / "INCAR").as_uri(), (folder / "POSCAR").as_uri()
    editor.open(incar, "ENCUT = 400\nISPIN = 2\nMAGMOM = 1 1\n")
    assert editor.codes(incar) == []
    editor.open(poscar, POSCAR.replace("1 1\n", "1 2\n") + "0.5 0 0\n")
    assert editor.codes(incar) == ["incar.length"]
    editor.notify("textDocument/didClose", editor.about(poscar))
    assert editor.codes(incar) == []


def test_a_file_that_comes_or_goes_is_seen_when_the_deck_is_saved(
    editor: Editor, shared: RunningDaemon
) -> None:
    external = "MgO\nEXTERNAL\nBASISSET\nSTO-3G\nSHRINK\n4 4\nEND\n"
    path = shared.write("outer/mgo.d12", external)
    uri = path.as_uri()
    editor.open(uri, external)
    assert editor.codes(uri) == ["file.missing"]
    path.with_name("other.gui").write_text("")
    editor.notify("textDocument/didSave", editor.about(uri))
    assert editor.codes(uri) == ["file.missing"]
    path.with_suffix(".gui").write_text(GUI)
    editor.notify("textDocument/didSave", editor.about(uri))
    assert "file.missing" not in editor.codes(uri)


def test_a_companion_that_changes_on_the_disk_is_seen(
    editors: Editing, shared: RunningDaemon
) -> None:
    editor = editors()
    watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    editor.begin(CAPABILITIES | {"workspace": watching})
    asked = editor.wait_for(lambda m: m.get("method") == "client/registerCapability")
    editor.send({"id": asked["id"], "result": None})
    path = shared.write("watched/INCAR", "MAGMOM = 1 1\nISPIN = 2\n")
    editor.open(path.as_uri(), path.read_text(), "incar")
    assert "incar.length" not in editor.codes(path.as_uri())
    poscar = shared.write(
        "watched/POSCAR", "Si\n5\n1 0 0\n0 1 0\n0 0 1\nSi\n1\nDirect\n0 0 0\n"
    )
    changes = [{"uri": poscar.as_uri(), "type": 1}]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert "incar.length" in editor.codes(path.as_uri())
