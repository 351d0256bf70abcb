"""What editors ask about input texts: one table of languages, one function a question.

Pure; nothing is ever raised for the content of a text.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from crystalmathd.codes import checks
from crystalmathd.codes.crystal import completing as crystal_completing
from crystalmathd.codes.crystal import formatting as crystal_formatting
from crystalmathd.codes.crystal import hovering as crystal_hovering
from crystalmathd.codes.crystal import outline as crystal_outline
from crystalmathd.codes.draft import Draft, folds
from crystalmathd.codes.espresso import completing as pw_completing
from crystalmathd.codes.espresso import formatting as pw_formatting
from crystalmathd.codes.espresso import hovering as pw_hovering
from crystalmathd.codes.espresso import outline as pw_outline
from crystalmathd.codes.fixes import diagnostics, edits_between
from crystalmathd.codes.vasp import completing as vasp_completing
from crystalmathd.codes.vasp import formatting as vasp_formatting
from crystalmathd.codes.vasp import hovering as vasp_hovering
from crystalmathd.codes.vasp import outline as vasp_outline
from crystalmathd.codes.vasp import potcar_hovering as vasp_potcar_hovering
from crystalmathd.codes.vasp.check import input_kind
from crystalmathd.models.editing import (
    Completion,
    Diagnostic,
    Fold,
    Hover,
    Symbol,
    TextEdit,
    Token,
)

MOST_ITEMS: Final = 1000
MOST_SYMBOLS: Final = 10_000
"""More is no outline; the rest of such a text is not shown."""
MOST_TOKENS: Final = 20_000
"""More are rows of numbers, which need no colours."""
_LONGEST_LINE: Final = 5000
"""No program reads so much on a line; it is no table that is aligned."""

Ask = Callable[[Draft, int, int], Iterable[Completion]]


def _nothing(_draft: Draft, _line: int, _column: int) -> Iterable[Completion]:
    return ()


def _unknown(_draft: Draft, _line: int, _column: int) -> None:
    return None


def _as_it_is(draft: Draft) -> Sequence[str]:
    return draft.lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """How the texts of one kind are checked, completed, explained, shown and formatted.

    `name` is what a file without a name is called. `is_rows`: the text is rows behind
    a head, of which completion, hover and outline look at no more than some lines.
    """

    code: str
    program: str
    name: str
    outline: Callable[[Draft], tuple[Symbol, ...]]
    tokens: Callable[[Draft], Iterable[Token]]
    complete: Ask = _nothing
    hover: Callable[[Draft, int, int], Hover | None] = _unknown
    formatted: Callable[[Draft], Sequence[str]] = _as_it_is
    is_rows: bool = False


LANGUAGES: Final[dict[str, Language]] = {
    "crystal": Language(
        code="crystal",
        program="crystal",
        name="deck.d12",
        outline=crystal_outline.deck_outline,
        tokens=crystal_outline.deck_tokens,
        complete=crystal_completing.complete_deck,
        hover=crystal_hovering.hover_deck,
        formatted=crystal_formatting.format_deck,
    ),
    "crystal-properties": Language(
        code="crystal",
        program="properties",
        name="deck.d3",
        outline=crystal_outline.properties_outline,
        tokens=crystal_outline.properties_tokens,
        complete=crystal_completing.complete_properties,
        hover=crystal_hovering.hover_properties,
        formatted=crystal_formatting.format_properties,
    ),
    "incar": Language(
        code="vasp",
        program="vasp_std",
        name="INCAR",
        outline=vasp_outline.incar_outline,
        tokens=vasp_outline.incar_tokens,
        complete=vasp_completing.complete_incar,
        hover=vasp_hovering.hover_incar,
        formatted=vasp_formatting.format_incar,
    ),
    "poscar": Language(
        code="vasp",
        program="vasp_std",
        name="POSCAR",
        outline=vasp_outline.poscar_outline,
        tokens=vasp_outline.row_tokens,
        complete=vasp_completing.complete_poscar,
        hover=vasp_hovering.hover_poscar,
        formatted=vasp_formatting.format_poscar,
        is_rows=True,
    ),
    "kpoints": Language(
        code="vasp",
        program="vasp_std",
        name="KPOINTS",
        outline=vasp_outline.kpoints_outline,
        tokens=vasp_outline.row_tokens,
        complete=vasp_completing.complete_kpoints,
        hover=vasp_hovering.hover_kpoints,
        formatted=vasp_formatting.format_kpoints,
        is_rows=True,
    ),
    "potcar": Language(
        code="vasp",
        program="vasp_std",
        name="POTCAR",
        outline=vasp_outline.potcar_outline,
        tokens=vasp_outline.row_tokens,
        hover=vasp_potcar_hovering.hover_potcar,
        is_rows=True,
    ),
    "pwscf": Language(
        code="espresso",
        program="pw.x",
        name="pw.in",
        outline=pw_outline.pw_outline,
        tokens=pw_outline.pw_tokens,
        complete=pw_completing.complete_pw,
        hover=pw_hovering.hover_pw,
        formatted=pw_formatting.format_pw,
    ),
}


def check(
    language: str, name: str, draft: Draft, *, deep: bool = False
) -> list[Diagnostic]:
    """Return what is wrong, by line.

    Raises
    ------
    ModuleNotFoundError
        As `checks.check`.
    """
    known = LANGUAGES[language]
    # The checks of VASP ask the name; an editor may have called the file anything.
    is_named_so = known.code != "vasp" or input_kind(name) == language
    file = name if name and is_named_so else known.name
    beside = {other: data for other, data in draft.beside.items() if other != name}
    findings = checks.check(
        known.code, known.program, file, draft.text, beside, deep=deep
    )
    named = (replace(one, file=name or file) for one in findings)
    return list(diagnostics(named, draft))


def complete(
    language: str, draft: Draft, line: int, column: int
) -> tuple[list[Completion], bool]:
    """Return what may stand at a place, in order, and whether there is more.

    Only what has the letters that are written already, in their order: whatever is
    written next, nothing that would fit then is missing.
    """
    if line > len(draft.lines):
        return [], False
    column = min(column, len(draft.line(line)) + 1)
    found = LANGUAGES[language].complete(draft, line, column)
    fitting = (one for one in found if _has_letters(one, draft, column))
    items = list(islice(fitting, MOST_ITEMS + 1))
    items.sort(key=lambda one: one.sort)
    return items[:MOST_ITEMS], len(items) > MOST_ITEMS


def _has_letters(item: Completion, draft: Draft, column: int) -> bool:
    typed = draft.line(item.range.line)[item.range.column - 1 : max(column - 1, 0)]
    letters = iter(item.label.lower())
    return all(letter in letters for letter in typed.lower())


def hover(language: str, draft: Draft, line: int, column: int) -> Hover | None:
    """Return what is known about what stands at a place."""
    if line > len(draft.lines):
        return None
    return LANGUAGES[language].hover(draft, line, column)


def symbols(language: str, draft: Draft) -> tuple[Symbol, ...]:
    """Return the parts of the text, as many as an outline may have."""
    return _some(LANGUAGES[language].outline(draft), iter(range(MOST_SYMBOLS)))


def _some(found: tuple[Symbol, ...], left: Iterator[int]) -> tuple[Symbol, ...]:
    """Return symbols with their children, one for each number that is left."""
    return tuple(
        replace(one, children=_some(one.children, left))
        for one, _ in zip(found, left, strict=False)
    )


def tokens(language: str, draft: Draft) -> list[Token]:
    """Return the words of the text with their kinds, in order; not without end."""
    return list(islice(LANGUAGES[language].tokens(draft), MOST_TOKENS))


def format_edits(language: str, draft: Draft) -> list[TextEdit]:
    """Return the edits that align the text; numbers stay as they are written."""
    if max(map(len, draft.lines)) > _LONGEST_LINE:
        return []
    return list(edits_between(draft, LANGUAGES[language].formatted(draft)))


def folding(language: str, draft: Draft) -> list[Fold]:
    """Return the lines that can be folded."""
    return folds(symbols(language, draft))
