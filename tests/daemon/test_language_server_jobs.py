"""Lenses and commands of the language server, and a daemon that comes and goes."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crystalmath.lsp.documents import Document
from crystalmath.lsp.lenses import job_name, run_text
from crystalmath_protocol.jobs import JobDetails
from crystalmathd.codes import CODES
from crystalmathd.services import drafts
from tests.daemon.editor import ASKS_ITSELF, Editor
from tests.harness import RunningDaemon, deck, submit, terminal_states, wait_until

DECK = deck()
WRONG = DECK.replace("SHRINK", "SHRIMK")


@pytest.fixture
def editor(stopped_daemon: RunningDaemon) -> Iterator[Editor]:
    """Begin an editor in a home in which no daemon runs yet."""
    editor = Editor(stopped_daemon)
    yield editor
    words = editor.close()
    assert "Traceback" not in words, words


def shown(editor: Editor) -> dict[str, Any]:
    message = editor.wait_for(lambda m: m.get("method") == "window/showMessage")
    found: dict[str, Any] = message["params"]
    return found


def titles(editor: Editor, uri: str) -> list[str]:
    lenses = editor.request("textDocument/codeLens", editor.about(uri))
    return [lens["command"]["title"] for lens in lenses]


def execute(editor: Editor, command: str, *arguments: Any) -> Any:
    params = {"command": f"crystalmath.server.{command}", "arguments": list(arguments)}
    return editor.request("workspace/executeCommand", params)


def test_a_deck_is_submitted_and_its_last_run_stands_above_it(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin()
    editor.open(uri, DECK)
    assert titles(editor, uri) == ["Submit", "Explain"]
    (job,) = execute(editor, "submit", uri)["jobs"]
    assert f"Job {job['job_id']} (mgo) was submitted" in shown(editor)["message"]
    with stopped_daemon.connection() as connection:
        assert terminal_states(connection, [job["job_id"]])
    editor.wait_for(lambda m: m.get("method") == "workspace/codeLens/refresh")
    run, *_ = titles(editor, uri)
    assert run.startswith("last run: −275.00 Ha, converged, 7 cycles, ")
    assert run.endswith(" s ago")
    assert "state" in execute(editor, "show", job["job_id"], "quiet")["text"]
    editor.change(uri, {"text": DECK.replace("4 4", "8 8")})
    assert titles(editor, uri)[0].startswith("last run (of another text): −275.00 Ha")
    assert execute(editor, "submit", uri) is None
    assert "not saved" in shown(editor)["message"]


def test_a_file_that_the_code_does_not_read_is_not_submitted(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write("INCAR.relax", "NSW = 99\n").as_uri()
    stopped_daemon.write("INCAR", "NSW = 0\n")
    editor.begin()
    editor.open(uri, "NSW = 99\n", "incar")
    assert titles(editor, uri) == []
    assert execute(editor, "explain", uri) is None
    assert "VASP reads INCAR, not INCAR.relax" in shown(editor)["message"]


def test_a_companion_that_is_not_saved_is_not_left_behind(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write("INCAR", "NSW = 0\n").as_uri()
    poscar = stopped_daemon.write("POSCAR", "old\n").as_uri()
    editor.begin()
    editor.open(uri, "NSW = 0\n", "incar")
    editor.open(poscar, "new\n", "poscar")
    assert execute(editor, "submit", uri) is None
    assert "POSCAR has changes that are not saved" in shown(editor)["message"]


@pytest.mark.parametrize(
    ("name", "text", "companion", "language"),
    [
        ("INCAR", "NSW = 0\n", "POTCAR.spec", "plaintext"),
        ("mgo.d12", DECK, "mgo.gui", "plaintext"),
    ],
)
def test_a_companion_that_was_never_saved_is_noticed(
    editor: Editor,
    stopped_daemon: RunningDaemon,
    name: str,
    text: str,
    companion: str,
    language: str,
) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write(name, text).as_uri()
    editor.begin()
    editor.open(uri, text)
    editor.open(uri.replace(name, companion), "new\n", language)
    assert execute(editor, "submit", uri) is None
    assert f"{companion} has changes that are not saved" in shown(editor)["message"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_a_saved_file_is_saved_in_every_encoding(
    editor: Editor, stopped_daemon: RunningDaemon, encoding: str
) -> None:
    stopped_daemon.start()
    text = DECK.replace(DECK.split("\n", 1)[0], "4 Å cell", 1)
    path = stopped_daemon.write("mgo.d12", DECK)
    path.write_bytes(text.encode(encoding))
    editor.begin()
    editor.open(path.as_uri(), text)
    (job,) = execute(editor, "submit", path.as_uri())["jobs"]
    with stopped_daemon.connection() as connection:
        terminal_states(connection, [job["job_id"]])
    run, *_ = titles(editor, path.as_uri())
    assert run.startswith("last run: ")


def test_many_changes_of_jobs_are_one_word_to_the_editor(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin()
    editor.open(uri, DECK)
    titles(editor, uri)
    with stopped_daemon.connection() as connection:
        for _ in range(30):
            submit(stopped_daemon, connection, DECK, hold=True)
    editor.wait_for(lambda m: m.get("method") == "workspace/codeLens/refresh")
    time.sleep(1.5)
    titles(editor, uri)
    told = [m for m in editor.received if m.get("method", "").endswith("Lens/refresh")]
    assert len(told) < 10


@pytest.mark.parametrize("name", ["a.pw.in", "-x.d12", "a b.d12", "mgo.d12"])
def test_a_job_has_the_name_that_the_lens_looks_for(name: str, tmp_path: Path) -> None:
    uri = (tmp_path / name).as_uri()
    looked_for = job_name(
        Document(uri=uri, editor_language="", version=1, text="&CONTROL\n/\n")
    )
    code = CODES["espresso" if name.endswith(".in") else "crystal"]
    assert looked_for == drafts._job_name(drafts._stem(name, code))


def test_a_deck_is_explained(editor: Editor, stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.start()
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin()
    editor.open(uri, DECK)
    text = execute(editor, "explain", uri, "quiet")["text"]
    assert "mgo, code crystal" in text
    assert execute(editor, "explain", uri) == {"text": text}
    assert shown(editor) == {"type": 3, "message": text}
    assert execute(editor, "show", "12") is None
    assert "12" in shown(editor)["message"]


def test_only_what_is_known_of_a_run_is_said(daemon: RunningDaemon) -> None:
    with daemon.connection() as connection:
        job_id = submit(daemon, connection, DECK)
        job = connection.wait(job_id)
    assert job.ended_ms is not None
    known = dict.fromkeys(("energy_ev", "grade")) | {"results": ()}
    fields = {name: getattr(job, name) for name in job.__struct_fields__}
    bare = JobDetails(**fields | known | {"state": "failed", "cause": "out_of_memory"})
    now_ms = job.ended_ms + 3 * 3_600_000
    said = run_text(bare, is_same=True, now_ms=now_ms)
    assert said == "last run: failed (out_of_memory), 3 h ago"
    running = JobDetails(**fields | {"state": "running", "ended_ms": None})
    started_ms = job.started_ms or 0
    day, clock = time.strftime("%F %H:%M", time.localtime(started_ms / 1000)).split()
    said = run_text(running, is_same=True, now_ms=started_ms)
    assert said == f"job {job_id}: running since {clock}"
    said = run_text(running, is_same=True, now_ms=started_ms + 86_400_000)
    assert said == f"job {job_id}: running since {day} {clock}"
    waiting = JobDetails(**fields | {"state": "queued", "ended_ms": None})
    assert run_text(waiting, is_same=True) == f"job {job_id}: queued"


def test_a_daemon_is_started_when_it_is_needed_and_again_when_it_was_killed(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin()
    editor.open(uri, WRONG)
    assert editor.codes(uri) == ["keyword.unknown"]
    with stopped_daemon.connection() as connection:
        connection.shutdown()
    wait_until(lambda: not stopped_daemon.socket.exists(), 20)
    editor.change(uri, {"text": DECK})
    assert editor.published(uri) == []
    with stopped_daemon.connection() as connection:
        assert connection.ping()


def test_a_restarted_daemon_looks_at_everything_again(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.start()
    first, second = (
        stopped_daemon.write(name, DECK).as_uri() for name in ("a.d12", "b.d12")
    )
    editor.begin()
    for uri in (first, second):
        editor.open(uri, WRONG)
        assert editor.codes(uri) == ["keyword.unknown"]
    stopped_daemon.kill()
    stopped_daemon.start()
    editor.change(first, {"text": DECK})
    assert editor.published(first) == []
    assert editor.codes(second) == ["keyword.unknown"]


def test_without_a_daemon_it_is_said_once_and_the_editor_works_on(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.config.write_text("this is no TOML")
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin()
    editor.open(uri, WRONG)
    message = shown(editor)
    assert message["type"] == 1
    assert message["message"].startswith("Inputs are not checked until the daemon")
    for _ in range(3):
        assert editor.request("textDocument/hover", editor.at(uri, 10, 1)) is None
    assert editor.request("textDocument/codeLens", editor.about(uri)) is None
    assert editor.received == []
    stopped_daemon.config.unlink()
    stopped_daemon.start()
    assert editor.codes(uri) == ["keyword.unknown"]
    assert editor.end() == 0


def test_without_a_daemon_nobody_says_that_nothing_is_wrong(
    editor: Editor, stopped_daemon: RunningDaemon
) -> None:
    stopped_daemon.config.write_text("this is no TOML")
    uri = stopped_daemon.write("mgo.d12", DECK).as_uri()
    editor.begin(ASKS_ITSELF)
    editor.open(uri, WRONG)
    asked = editor.ask("textDocument/diagnostic", editor.about(uri))
    refused = editor.reply_to(asked)["error"]
    assert refused["code"] == -32802
    assert refused["data"] == {"retriggerRequest": False}
    stopped_daemon.config.unlink()
    stopped_daemon.start()
    editor.wait_for(lambda m: m.get("method") == "workspace/diagnostic/refresh")
    found = editor.request("textDocument/diagnostic", editor.about(uri))["items"]
    assert [one["code"] for one in found] == ["keyword.unknown"]
