"""What the language server makes of the daemon's words."""

from typing import Any

import pytest

from crystalmath.lsp import answers
from crystalmath.lsp.actions import code_actions
from crystalmath.lsp.documents import Document
from crystalmath.lsp.tokens import TYPES, encoded_tokens
from crystalmath_protocol.documents import (
    CompletionItem,
    Diagnostic,
    DocumentSymbol,
    Fix,
    Range,
    RelatedPlace,
    TextEdit,
    Token,
)

TEXT = "𝄞 title\nCRYSTAL\n  0 0 0\n"


@pytest.fixture
def document() -> Document:
    uri = "file:///nowhere/x.d12"
    return Document(uri=uri, editor_language="", version=3, text=TEXT)


def span(line: int, column: int, end_line: int, end_column: int) -> dict[str, Any]:
    return {
        "start": {"line": line, "character": column},
        "end": {"line": end_line, "character": end_column},
    }


def finding(**fields: Any) -> Diagnostic:
    given = {"code": "d12.x", "severity": "warning", "message": "Odd."} | fields
    return Diagnostic(**given)


def edit(text: str, line: int = 2) -> TextEdit:
    return TextEdit(line=line, column=1, end_line=line, end_column=8, new_text=text)


def test_a_finding_keeps_its_place_code_and_severity(document: Document) -> None:
    place = RelatedPlace(line=2, column=1, end_line=2, end_column=8, message="here")
    found = finding(
        line=1, column=3, end_line=1, end_column=8, fix="Write X.", related=(place,)
    )
    assert answers.diagnostic(document, found) == {
        "range": span(0, 3, 0, 8),
        "severity": 2,
        "code": "d12.x",
        "source": "crystalmath",
        "message": "Odd.\nWrite X.",
        "relatedInformation": [
            {
                "location": {"uri": document.uri, "range": span(1, 0, 1, 7)},
                "message": "here",
            }
        ],
    }


def test_a_finding_without_a_place_stands_at_a_line(document: Document) -> None:
    assert answers.diagnostic(document, finding())["range"] == span(0, 0, 0, 8)
    assert answers.diagnostic(document, finding(line=3))["range"] == span(2, 2, 2, 7)


@pytest.mark.parametrize(
    ("insert", "plain"),
    [
        ("SHRINK\n${1:4} ${2:4}", "SHRINK"),
        ("ENCUT = ${1:520}", "ENCUT = 520"),
        ("${1}$2", ""),
        (r"\$HOME \} \\", r"$HOME } \ "[:-1]),
        (r"${1:a\}b}", "a}b"),
    ],
)
def test_a_snippet_is_one_plain_line_for_an_editor_without_them(
    insert: str, plain: str
) -> None:
    assert answers.plain_line(insert) == plain


def test_completion_replaces_the_word_that_was_begun(document: Document) -> None:
    word = Range(line=2, column=1, end_line=2, end_column=4)
    item = CompletionItem(
        label="CRYSTAL", kind="keyword", insert="CRYSTAL", range=word, sort="1"
    )
    answer = answers.completion(document, item, with_snippets=True)
    assert answer["textEdit"] == {"range": span(1, 0, 1, 3), "newText": "CRYSTAL"}


def test_a_name_outside_its_symbol_is_the_symbol(document: Document) -> None:
    whole = Range(line=2, column=1, end_line=2, end_column=8)
    outside = Range(line=1, column=1, end_line=1, end_column=2)
    child = DocumentSymbol(name="a", kind="atoms", range=whole, selection=whole)
    parent = DocumentSymbol(
        name=" ", kind="cell", range=whole, selection=outside, children=(child,)
    )
    found = answers.symbol(document, parent)
    assert found["selectionRange"] == found["range"] == span(1, 0, 1, 7)
    assert [one["name"] for one in answers.flat_symbols(document, [parent])] == [
        "cell",
        "a",
    ]


def test_tokens_are_told_from_one_to_the_next(document: Document) -> None:
    tokens = [
        Token(line=1, column=1, length=7, kind="title"),
        Token(line=2, column=1, length=7, kind="block"),
        Token(line=3, column=3, length=1, kind="number"),
        Token(line=3, column=5, length=1, kind="number"),
        Token(line=3, column=7, length=1, kind="of a later daemon"),
    ]
    comment, block, number = (
        TYPES.index(t) for t in ("comment", "namespace", "number")
    )
    assert encoded_tokens(document, tokens) == [
        *(0, 0, 8, comment, 0),
        *(1, 0, 7, block, 0),
        *(1, 2, 1, number, 0),
        *(0, 2, 1, number, 0),
    ]


def asked(line: int, only: list[str] | None = None) -> dict[str, Any]:
    return {"range": span(line, 0, line, 0), "context": {"only": only}}


def test_a_fix_is_offered_where_its_finding_is(document: Document) -> None:
    fixes = (Fix(title="Make it a slab", edits=(edit("SLAB"),)),)
    found = [finding(line=2, column=1, end_line=2, end_column=8, fixes=fixes)]
    (action,) = code_actions(document, found, asked(1), with_versions=True)
    assert action["title"] == "Make it a slab"
    assert action["isPreferred"]
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": document.uri, "version": 3}
    assert change["edits"] == [{"range": span(1, 0, 1, 7), "newText": "SLAB"}]
    assert code_actions(document, found, asked(2), with_versions=True) == []
    assert (
        code_actions(document, found, asked(1, ["refactor"]), with_versions=True) == []
    )


def test_all_is_fixed_at_once_where_nothing_is_to_be_chosen(
    document: Document,
) -> None:
    one = Fix(title="one", edits=(edit("SLAB"),))
    same_place = Fix(title="same", edits=(edit("POLYMER"),))
    elsewhere = Fix(title="else", edits=(edit("1 0 0", line=3),))
    found = [
        finding(line=2, fixes=(one,)),
        finding(line=2, fixes=(same_place,)),
        finding(line=3, fixes=(elsewhere,)),
        finding(line=1, fixes=(one, elsewhere)),
    ]
    (action,) = code_actions(document, found, asked(0, ["source"]), with_versions=False)
    assert action["kind"] == "source.fixAll"
    new = [one["newText"] for one in action["edit"]["changes"][document.uri]]
    assert new == ["SLAB", "1 0 0"]
