"""Which questions of editors are answered at once, however long the text is."""

import time

import pytest

from crystalmath_protocol.languages import language_of
from crystalmathd.services.questions import Question, answer, is_light

OF_SOME_LINES = (
    *("complete_document", "hover_document", "document_symbols", "folding_ranges"),
)


@pytest.mark.parametrize("kind", OF_SOME_LINES)
@pytest.mark.parametrize("name", ["POSCAR", "KPOINTS", "POTCAR"])
def test_a_few_lines_of_rows_are_looked_at_in_no_time(kind: str, name: str) -> None:
    text = "c\n1\n9 0 0\n0 9 0\n0 0 9\nSi\n60000\nDirect\n" + "0 .5 .25\n" * 60_000
    language = language_of(name, text)
    asked = Question(kind=kind, text=text, language=language, line=30_000, column=2)
    assert is_light(asked)
    started = time.process_time()
    answer(asked)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("check_document", "POSCAR"),
        ("format_document", "POSCAR"),
        ("document_tokens", "POSCAR"),
        ("complete_document", "a.d12"),
        ("hover_document", "INCAR"),
    ],
)
def test_what_reads_the_whole_text_is_not_light(kind: str, name: str) -> None:
    language = language_of(name, "")
    assert not is_light(Question(kind=kind, text="", language=language))
