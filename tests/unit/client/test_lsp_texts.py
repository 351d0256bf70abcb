"""Places, edits and names of documents in the language server."""

import os
import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmath.errors import RpcError
from crystalmath.lsp.checking import Checks, Watches
from crystalmath.lsp.companions import Companions
from crystalmath.lsp.documents import Document, Documents, path_of
from crystalmath.lsp.json_text import Unreadable, decoded
from crystalmath.lsp.languages import language_of
from crystalmath.lsp.positions import Encoding, Lines, agreed_encoding
from crystalmath_protocol.documents import CheckDocumentResult
from crystalmath_protocol.framing import MAX_REQUEST_BYTES

TEXTS = st.text(alphabet="aé€𝄞\n\r\t 1", max_size=60)
URI = "file:///nowhere/x.d12"
UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def change(start: dict[str, int], end: dict[str, int], text: str) -> dict[str, Any]:
    return {"range": {"start": start, "end": end}, "text": text}


def offset(text: str, position: dict[str, int]) -> int:
    """Return the character before which a position in UTF-16 units stands."""
    starts = [0, *(end.end() for end in re.finditer("\r\n|\n|\r", text))]
    if position["line"] >= len(starts):
        return len(text)
    where, left = starts[position["line"]], position["character"]
    while text[where : where + 1] not in {"", "\n", "\r"}:
        left -= len(text[where].encode("utf-16-le")) // 2
        if left < 0:
            break
        where += 1
    return where


def opened(text: str, uri: str = URI) -> Documents:
    documents = Documents()
    documents.open({"uri": uri, "languageId": "crystal", "version": 1, "text": text})
    return documents


def named(name: str, text: str = "", language: str = "") -> Document:
    uri = Path("/tmp", name).as_uri()
    return Document(uri=uri, editor_language=language, version=1, text=text)


@given(text=TEXTS, encoding=st.sampled_from(Encoding), where=st.integers(0, 60))
def test_a_column_counts_the_units_that_were_agreed_on(
    text: str, encoding: Encoding, where: int
) -> None:
    lines = Lines(text, encoding)
    for number in range(len(lines)):
        line = lines.line(number)
        column = min(where, len(line)) + 1
        units = line[: column - 1].encode(UNITS[encoding])
        position = lines.position(number + 1, column)
        assert position == at(number, len(units) // WIDTHS[encoding])
        assert lines.place(position) == (number + 1, column)


@given(text=TEXTS, line=st.integers(0, 70), character=st.integers(0, 200))
def test_a_place_that_is_not_there_is_the_nearest(
    text: str, line: int, character: int
) -> None:
    lines = Lines(text)
    number, column = lines.place(at(line, character))
    assert 1 <= number <= len(lines)
    assert 1 <= column <= len(lines.line(number - 1)) + 1


def test_half_of_a_surrogate_pair_is_the_place_before_it() -> None:
    lines = Lines("a𝄞b")
    columns = [lines.place(at(0, n))[1] for n in range(6)]
    assert columns == [1, 2, 2, 3, 4, 4]


def test_the_first_encoding_that_is_known_is_taken() -> None:
    assert agreed_encoding([]) is Encoding.UTF16
    assert agreed_encoding(["utf-7", "utf-8", "utf-16"]) is Encoding.UTF8
    assert agreed_encoding(["utf-32", "utf-8"]) is Encoding.UTF32


@given(
    text=TEXTS,
    edits=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), TEXTS), max_size=5),
)
def test_edits_one_after_the_other_make_the_text_that_an_editor_has(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    documents = opened(text)
    together = opened(text)
    changes = [change(at(line, 3), at(1, end), new) for line, end, new in edits]
    for version, edit in enumerate(changes, start=2):
        places = (offset(text, edit["range"][end]) for end in ("start", "end"))
        start, end = sorted(places)
        text = text[:start] + edit["text"] + text[end:]
        document = documents.change({"uri": URI, "version": version}, [edit])
        assert document is not None
        assert document.text == text
    if changes:
        together.change({"uri": URI, "version": 2}, changes)
    assert together[URI].text == text


def test_a_change_of_the_past_changes_nothing() -> None:
    documents = opened("one")
    uri = "file:///nowhere/x.d12"
    assert documents.change({"uri": uri, "version": 7}, [{"text": "seven"}])
    assert documents.change({"uri": uri, "version": 6}, [{"text": "six"}]) is None
    assert documents.change({"uri": uri, "version": 7}, [{"text": "again"}]) is None
    assert documents[uri].text == "seven"
    assert documents.change({"uri": "file:///other", "version": 9}, []) is None


def test_the_daemon_gets_a_text_of_the_same_length_and_lines() -> None:
    document = named("x.d12", "a\rb\r\nc\ud800d")
    assert document.plain_text == "a\nb\r\nc\ufffdd"


@pytest.mark.parametrize(
    ("name", "language", "text", "expected"),
    [
        ("mgo.d12", "plaintext", "", "crystal"),
        ("scf.in", "", " &CONTROL\n/", "pwscf"),
        ("scf.in", "", "units metal\n", None),
        ("", "pwscf", "", "pwscf"),
        ("INCAR", "crystal", "", "crystal"),
        ("notes.txt", "", "&control", None),
    ],
)
def test_the_language_is_told_by_the_editor_the_name_or_the_text(
    name: str, language: str, text: str, expected: str | None
) -> None:
    assert language_of(language, name, text) == expected


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///tmp/a%20b.d12", "/tmp/a b.d12"),
        ("file://localhost/tmp/x", "/tmp/x"),
        ("file://elsewhere/tmp/x", None),
        ("untitled:Untitled-1", None),
        ("file://[/x", None),
        ("file:///tmp/%00", None),
        ("file:///", None),
    ],
)
def test_only_files_of_this_machine_have_a_path(uri: str, path: str | None) -> None:
    assert path_of(uri) == (None if path is None else Path(path))


def test_json_that_is_not_quite_json_is_read_all_the_same() -> None:
    assert decoded(b'{"text": "a\\ud800b"}') == {"text": "a\ufffdb"}
    assert decoded(b'["\\ud834\\udd1e", "\xff"]') == ["𝄞", "\ufffd"]
    with pytest.raises(Unreadable):
        decoded(b'{"text": ')
    with pytest.raises(Unreadable):
        decoded(b"[" * 100_000)


def test_companions_are_named_and_the_texts_that_matter_are_sent(
    tmp_path: Path,
) -> None:
    potcar = "PAW_PBE Mg\n ENMAX = 200\nEND of PSCTR-controll parameters\n 1.0\n"
    potcar += "End of Dataset\n"
    files = {"POSCAR": "MgO", "POTCAR": potcar * 2, "notes.txt": "secret", "a\nb": ""}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    incar = named(str(tmp_path / "INCAR"))
    assert Companions().of(incar, {"POSCAR": "open"}) == {
        "POSCAR": "open",
        "POTCAR": potcar.replace(" 1.0\n", "") * 2,
        "notes.txt": None,
    }


def test_companions_leave_room_for_the_document(tmp_path: Path) -> None:
    (tmp_path / "POSCAR").write_text("x" * 200_000)
    short = named(str(tmp_path / "INCAR"), "\n" * 1000)
    long = named(str(tmp_path / "INCAR"), "\n" * (MAX_REQUEST_BYTES // 2 - 50_000))
    full = named(str(tmp_path / "INCAR"), "\n" * (MAX_REQUEST_BYTES // 2))
    companions = Companions()
    assert companions.of(short, {}) == {"POSCAR": "x" * 200_000}
    assert companions.of(long, {}) == {"POSCAR": None}
    assert companions.of(full, {}) == {}


def test_a_pipe_beside_a_document_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "POSCAR")
    incar = named(str(tmp_path / "INCAR"))
    assert Companions().of(incar, {}) == {"POSCAR": None}


def test_texts_are_forgotten_with_the_last_document_of_their_directory(
    tmp_path: Path,
) -> None:
    documents = Documents()
    checks = Checks(documents, None)  # type: ignore[arg-type]
    read = checks._companions._read
    for name in ("INCAR", "KPOINTS"):
        (tmp_path / name).write_text("x")
    (tmp_path / "POSCAR").write_text("x")
    incar, kpoints = (
        documents.open({"uri": (tmp_path / name).as_uri(), "text": ""})
        for name in ("INCAR", "KPOINTS")
    )
    anyio.run(checks.companions, incar)
    assert tmp_path / "POSCAR" in read
    for document, is_kept in ((kpoints, True), (incar, False)):
        documents.close(document.uri)
        checks.closed(document)
        assert (tmp_path / "POSCAR" in read) == is_kept


class _Broken:
    """A daemon with a fault in its checks."""

    async def ask(self, call: object) -> None:
        del call
        raise RpcError(code=-32603, message="internal error", data={})


def test_a_check_that_fails_is_not_silent() -> None:
    documents = opened("MgO\nCRYSTAL\n")
    checks = Checks(documents, _Broken())  # type: ignore[arg-type]
    (said,) = anyio.run(checks.diagnostics, documents[URI])
    assert said["code"] == "document.unchecked"
    assert "internal error" in said["message"]


def test_whoever_types_ends_the_look_that_takes_long() -> None:
    begun, looked = [], []

    async def look(uri: str, deep: bool) -> None:  # noqa: FBT001
        begun.append(deep)
        if deep and len(begun) == 2:
            watches.touch(uri, 0.0)
            await anyio.sleep_forever()
        looked.append(deep)

    async def watch() -> None:
        nonlocal watches
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                watches = Watches(tasks, look)
                watches.begin(URI)
                while looked != [False, False, True]:
                    await anyio.sleep(0.01)
                watches.end(URI)

    watches: Watches
    anyio.run(watch)
    assert begun == [False, True, False, True]


class _Slow:
    """A daemon that counts its questions, and finds nothing."""

    n_asked = 0

    async def ask(self, call: object) -> CheckDocumentResult:
        del call
        self.n_asked += 1
        await anyio.sleep(0.01)
        return CheckDocumentResult(language="crystal", diagnostics=())


def test_who_asks_the_same_at_once_shares_the_answer() -> None:
    documents, daemon = opened("MgO\nCRYSTAL\n"), _Slow()
    checks = Checks(documents, daemon)  # type: ignore[arg-type]

    async def ask() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(checks.found, documents[URI])

    anyio.run(ask)
    assert daemon.n_asked == 1
