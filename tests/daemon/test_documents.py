"""Texts that are being written, through the socket: answers, sizes, other clients."""

import threading
import time
from collections.abc import Iterator

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import RunningDaemon

DECK = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
BASISSET
STO-3G
TOLINTGE
7 7 7 7 14
SHRINK
8 8
END
"""
MOST_CHARACTERS = 3 << 18
LATE_S = 1.0
"""A ping of another client; measured it is some ms, but machines of tests are busy."""


@pytest.fixture
def connection(shared: RunningDaemon) -> Iterator[Connection]:
    with shared.connection() as connection:
        yield connection


def poscar(n_atoms: int) -> str:
    side = round(n_atoms ** (1 / 3)) + 1
    cells = [(x, y, z) for x in range(side) for y in range(side) for z in range(side)]
    rows = [f"{x / side:.6f} {y / side:.6f} {z / side:.6f}" for x, y, z in cells]
    length = 2.5 * side
    head = f"c\n1.0\n{length} 0 0\n0 {length} 0\n0 0 {length}\nSi\n{n_atoms}\nDirect\n"
    return head + "\n".join(rows[:n_atoms]) + "\n"


def test_a_text_is_checked_as_it_stands_in_the_editor(connection: Connection) -> None:
    found = connection.check_document(DECK, name="mgo.d12")
    assert found.language == "crystal"
    (one,) = found.diagnostics
    assert (one.code, one.line, one.column) == ("keyword.unknown", 11, 1)
    assert one.fixes[0].edits[0].new_text == "TOLINTEG"
    fixed = DECK.replace("TOLINTGE", "TOLINTEG")
    assert connection.check_document(fixed, language="crystal").diagnostics == ()


def test_what_lies_beside_the_text_decides_too(connection: Connection) -> None:
    text = "MAGMOM = 1 2 3\nISPIN = 2\n"
    alone = connection.check_document(text, name="INCAR").diagnostics
    beside = {"POSCAR": poscar(2), "WAVECAR": None}
    with_atoms = connection.check_document(text, name="INCAR", beside=beside)
    assert {one.code for one in with_atoms.diagnostics} > {one.code for one in alone}


def test_the_symmetry_is_applied_when_asked(connection: Connection) -> None:
    thin = DECK.replace("TOLINTGE", "TOLINTEG").replace("4.21", "12.0")
    assert connection.check_document(thin, name="mgo.d12").diagnostics == ()
    deep = connection.check_document(thin, name="mgo.d12", deep=True).diagnostics
    assert [one.code for one in deep] == ["geometry.volume"]


def test_every_question_is_answered_about_a_place(connection: Connection) -> None:
    items = connection.complete_document(DECK, 13, 3, name="a.d12").items
    assert "SHRINK" in {one.label for one in items}
    hover = connection.hover_document(DECK, 13, 3, name="a.d12")
    assert hover.markdown is not None
    assert "SCF block" in hover.markdown
    symbols = connection.document_symbols(DECK, name="a.d12").symbols
    assert [one.kind for one in symbols] == ["title", "geometry", "basis", "block"]
    assert connection.document_tokens(DECK, name="a.d12").tokens[0].kind == "title"
    edits = connection.format_document(DECK, name="a.d12").edits
    assert edits[0].new_text.startswith("12  0.   0.   0.")
    folds = connection.folding_ranges(DECK, name="a.d12").folds
    assert (folds[0].line, folds[0].end_line) == (2, 8)


def test_a_text_of_no_language_has_empty_answers(connection: Connection) -> None:
    text = "units metal\n"
    assert connection.check_document(text, name="in.lammps").language is None
    assert connection.complete_document(text, 1, 1).items == ()
    assert connection.hover_document(text, 1, 1).markdown is None
    assert connection.document_symbols(text).symbols == ()
    assert connection.document_tokens(text).tokens == ()
    assert connection.format_document(text).edits == ()
    assert connection.folding_ranges(text).folds == ()


def test_a_text_that_is_too_long_is_refused_by_its_size(connection: Connection) -> None:
    with pytest.raises(RpcError, match="786432") as refusal:
        connection.check_document("x" * (MOST_CHARACTERS + 1), name="INCAR")
    assert refusal.value.kind == "rpc.invalid_params"
    longest = "x" * MOST_CHARACTERS
    assert connection.check_document(longest, name="INCAR").language == "incar"


def test_a_place_outside_of_the_text_is_none(connection: Connection) -> None:
    assert connection.hover_document("ENCUT = 5", 99, 99, name="INCAR").range is None
    assert connection.complete_document("EN", 99, 99, name="INCAR").items == ()
    behind = connection.complete_document("EN", 1, 99, name="INCAR").items
    assert {one.range.end_column for one in behind} == {3}


def test_long_texts_are_answered_and_other_clients_do_not_wait(
    shared: RunningDaemon, connection: Connection
) -> None:
    text = poscar(5000)
    assert connection.check_document(text, name="POSCAR").diagnostics == ()
    is_done = threading.Event()
    slowest = 0.0

    def ping() -> None:
        nonlocal slowest
        with shared.connection() as other:
            while not is_done.is_set():
                begin = time.monotonic()
                other.ping()
                slowest = max(slowest, time.monotonic() - begin)

    thread = threading.Thread(target=ping)
    thread.start()
    for _ in range(3):
        connection.check_document(text, name="POSCAR")
        edits = connection.format_document(text, name="POSCAR").edits
    is_done.set()
    thread.join()
    assert edits
    assert 0 < slowest < LATE_S
