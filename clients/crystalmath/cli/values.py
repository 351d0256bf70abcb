"""What the value of an option may be: a number in a range, or one of some words."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

STATES: Final = (
    "held",
    "queued",
    "starting",
    "pending",
    "running",
    "collecting",
    "completed",
    "failed",
    "cancelled",
    "lost",
)
CODES: Final = ("crystal", "espresso", "pyscf", "vasp")
"""For completion only, as the states: the daemon knows best, and refuses."""
Complete = Callable[[click.Context, click.Parameter, str], "list[Any]"]
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)")
MOST_NAMED: Final = 3


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number; for `parsed`."""

    def parse(word: str) -> int:
        number = int(word) if _WHOLE.fullmatch(word) else math.nan
        return int(_checked(number, word, "a whole number", low, high))

    return parse


def decimal(low: int, high: int | None = None) -> Callable[[str], float]:
    """Return what reads a number with or without decimals; for `parsed`."""

    def parse(word: str) -> float:
        number = float(word) if _DECIMAL.fullmatch(word) else math.nan
        return _checked(number, word, "a number", low, high)

    return parse


def _checked(number: float, word: str, kind: str, low: int, high: int | None) -> float:
    """Return a number that is in its range; nan is in none."""
    if low <= number <= (math.inf if high is None else high):
        return number
    allowed = f"of {low} or more" if high is None else f"from {low} to {high}"
    raise ValueError(f"{word!r} is not {kind} {allowed}.")


def one_of(what: str, words: Sequence[str]) -> Callable[[str], str]:
    """Return what refuses all but some words, with the nearest ones or with all."""

    def parse(word: str) -> str:
        if word in words:
            return word
        near = nearest(word, words)
        advice = f"Did you mean {' or '.join(near)}?"
        if not near:
            advice = f"There are {', '.join(words)}."
        raise ValueError(f"there is no {what} {word!r}. {advice}")

    return parse


def nearest(word: str, words: Iterable[str]) -> list[str]:
    """Return the words that may have been meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    return get_close_matches(word, list(words), n=MOST_NAMED, cutoff=0.6)


def completing(words: Sequence[str]) -> Complete:
    """Return what completes an option of words; commas may stand between them."""

    def complete(
        _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - on tab only

        head, comma, last = incomplete.rpartition(",")
        return [CompletionItem(head + comma + w) for w in words if w.startswith(last)]

    return complete
