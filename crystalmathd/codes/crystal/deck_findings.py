"""A generated deck read back: no keyword may be unknown, none may stand twice."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding


def deck_findings(text: str) -> list[InputFinding]:
    """Return what the reader of decks finds in the records that somebody added.

    Raises
    ------
    InputRefusedError
        If they make the deck unreadable.
    """
    try:
        deck = read_deck(text)
    except DeckError as error:
        raise InputRefusedError(f"the added records make no deck: {error}") from None
    return [
        *_unknown(deck, text.splitlines()),
        *_repeated(deck),
        *_tail(deck, text),
        *(
            InputFinding(
                code="deck.remark",
                severity=WARNING,
                message=remark.message,
                line=remark.line,
            )
            for remark in deck.remarks
        ),
    ]


def _tail(deck: Deck, text: str) -> Iterator[InputFinding]:
    n_lines = len(text.splitlines())
    if deck.scf_end and deck.scf_end < n_lines:
        yield InputFinding(
            code="deck.tail",
            severity=ERROR,
            message=f"The deck ends in line {deck.scf_end} of {n_lines}: an added END "
            "closes it.",
            fix="Add no END; it is written.",
            line=deck.scf_end,
        )


def _unknown(deck: Deck, lines: Sequence[str]) -> Iterator[InputFinding]:
    for word in deck.words():
        if not word.is_known:
            yield InputFinding(
                code="keyword.unknown",
                severity=ERROR,
                message=f"{word.written} is no keyword of the {word.block} block.",
                fix=_one_an_option(word.block, lines[word.line - 1])
                or "CRYSTAL reads upper case only; see the block that it belongs to.",
                line=word.line,
            )


def _one_an_option(block: str, line: str) -> str:
    """Return how records are written that somebody joined by `;`, as `clone` wants."""
    if ";" not in line:
        return ""
    records = [shlex.quote(one.strip()) for one in line.split(";") if one.strip()]
    options = " ".join(f"--extra {block}={one}" for one in records)
    return f"One record an option: {options}."


def _repeated(deck: Deck) -> Iterator[InputFinding]:
    for edit in deck.edits:
        # Edits of the geometry act one after the other: they may stand twice.
        yield from _repeated_in(edit.children)
    yield from _repeated_in(deck.basis.keywords if deck.basis else ())
    yield from _repeated_in(deck.scf)


def _repeated_in(block: tuple[Keyword, ...]) -> Iterator[InputFinding]:
    seen: Counter[str] = Counter()
    for word in block:
        seen[word.name] += 1
        if seen[word.name] == 2:  # noqa: PLR2004 the second time is told once
            yield InputFinding(
                code="keyword.twice",
                severity=ERROR,
                message=f"{word.written} stands twice in the {word.block} block.",
                fix="Give the value by its option, not as a record.",
                line=word.line,
            )
        yield from _repeated_in(word.children)
