"""No text, however broken, stops an editor: never an error, always sound places."""

from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes import editing
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Range, Symbol

_PIECES = st.sampled_from(
    [
        *("CRYSTAL", "SLAB", "END", "ENDBS", "BASISSET", "OPTGEOM", "DFT", "PBE0"),
        *("SHRINK", "99 0", "0 0 0", "225", "12 0. 0. 0.", "BAND", "DOSS", "\r", "\t"),
        *("&system", "/", "nat = 2", "a='", "K_POINTS", "ATOMIC_POSITIONS crystal"),
        *("ENCUT = 5", "A{", "}", '"', "\\", "#", "!", ";", "Direct", "Selective"),
        *(
            "1 1 1",
            "²",
            "\uff19",
            "1e999",
            "999999999999",
            "-1",
            "\0",
            "\u2028",
            "\x0c",
        ),
    ]
)
_BUILT = st.lists(st.tuples(_PIECES, st.sampled_from(["\n", " ", "\r\n"]))).map(
    lambda parts: "".join(one + end for one, end in parts)
)


def check_range(one: Range, draft: Draft) -> None:
    assert 1 <= one.line <= one.end_line <= len(draft.lines)
    assert 1 <= one.column <= len(draft.line(one.line)) + 1
    assert 1 <= one.end_column <= len(draft.line(one.end_line)) + 1
    assert (one.line, one.column) <= (one.end_line, one.end_column)


def check_symbols(symbols: tuple[Symbol, ...], draft: Draft) -> None:
    for one in symbols:
        check_range(one.range, draft)
        check_range(one.selection, draft)
        check_symbols(one.children, draft)


_TEXTS = st.one_of(st.text(max_size=200), _BUILT)
_LANGUAGES = st.sampled_from(sorted(editing.LANGUAGES))


@settings(max_examples=100, deadline=None)
@given(text=_TEXTS, language=_LANGUAGES)
def test_any_text_is_checked(text: str, language: str) -> None:
    draft = Draft(text, {"POSCAR": text.encode("utf-8", "replace")})
    for one in editing.check(language, "x", draft):
        for place in (*one.related, *(edit for fix in one.fixes for edit in fix.edits)):
            check_range(place, draft)


@settings(max_examples=100, deadline=None)
@given(
    text=_TEXTS, language=_LANGUAGES, line=st.integers(1, 9), column=st.integers(1, 30)
)
def test_any_place_has_an_answer(
    text: str, language: str, line: int, column: int
) -> None:
    draft = Draft(text, {})
    items, _ = editing.complete(language, draft, line, column)
    hover = editing.hover(language, draft, line, column)
    if line <= len(draft.lines):
        for place in [one.range for one in items] + ([hover.range] if hover else []):
            check_range(place, draft)


@settings(max_examples=100, deadline=None)
@given(text=_TEXTS, language=_LANGUAGES)
def test_any_text_has_parts_and_words(text: str, language: str) -> None:
    draft = Draft(text, {})
    check_symbols(editing.symbols(language, draft), draft)
    for token in editing.tokens(language, draft):
        assert token.length > 0
        end = token.column - 1 + token.length
        assert end <= len(draft.line(token.line))
    for fold in editing.folding(language, draft):
        assert 1 <= fold.line < fold.end_line <= len(draft.lines)


@settings(max_examples=100, deadline=None)
@given(text=_TEXTS, language=_LANGUAGES)
def test_any_text_that_was_formatted_is_well(text: str, language: str) -> None:
    draft = Draft(text, {})
    new = list(draft.lines)
    for edit in editing.format_edits(language, draft):
        new[edit.line - 1 : edit.end_line] = edit.new_text.split("\n")
    assert editing.format_edits(language, Draft("\n".join(new), {})) == []
