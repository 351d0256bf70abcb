"""What may be wrong in a shell where the reader stops: its head, its primitives."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.check_repairs import Repair, Stop
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.places import shown
from crystalmathd.structures.elements import atomic_number

SHELL_WORDS: Final = 5
SP_WORDS: Final = 3
"""Numbers in a primitive of an sp shell, and in a term of a core potential."""
_HEAD_WORDS: Final = 3
_MOST_PRIMITIVES: Final = 100
_MOST_DIGITS: Final = 4


def last_marked(stop: Stop[object], kind: str) -> list[int]:
    """Return the indices of the last two marks of a kind."""
    return _all_marked(stop, kind)[-2:]


def _all_marked(stop: Stop[object], kind: str) -> list[int]:
    found = [line - 1 for what, line in stop.marks if what == kind]
    return [at for at in found if at < len(stop.lines)]


def _near_shells(stop: Stop[object]) -> list[int]:
    """Return the indices of the shells in the last two basis sets."""
    entries = last_marked(stop, "entry")
    begin = entries[0] if entries else 0
    return [at for at in _all_marked(stop, "shell") if at > begin]


def is_shell(words: list[str]) -> bool:
    """Tell whether a record is the head of a shell: ITYB LAT NG CHE SCAL."""
    head = words[:3]
    return (
        len(words) >= SHELL_WORDS
        and all(word.isdecimal() and len(word) <= _MOST_DIGITS for word in head)
        and int(head[0]) <= len("ab")
        and int(head[1]) <= SHELL_WORDS
        and int(head[2]) >= 1
    )


def is_entry(words: list[str]) -> bool:
    return len(words) == len("ab") and all(word.isdecimal() for word in words)


def is_primitive(words: list[str]) -> bool:
    return (
        len(words) >= len("ab")
        and all(is_number(word) for word in words[:2])
        and not is_shell(words)
        and not is_entry(words)
    )


def count_of_primitives(stop: Stop[object], shell: int) -> Iterator[Repair]:
    head = stop.words(shell)
    rows = 0
    while is_primitive(stop.words(shell + 1 + rows)):
        rows += 1
    if is_shell(head) and rows:
        yield Repair(
            start=shell,
            stop=shell + 1,
            lines=(" ".join([*head[:2], str(rows), *head[3:]]),),
            code="basis.primitives",
            message=f"The shell counts {head[2]} primitives (NG), but {rows}"
            f" {'follows' if rows == 1 else 'follow'}.",
            fix=f"write {rows}, or as many primitives as are counted",
            line=stop.number(shell),
            last=stop.number(shell + rows),
        )


def wrong_heads(stop: Stop[object]) -> Iterator[Repair]:
    """Yield heads of shells and of basis sets that hold something else."""
    splits = {line - 2 for what, line in stop.marks if what == "split"}
    for at in _near_shells(stop):
        words = stop.words(at)
        if at in splits and _HEAD_WORDS <= len(words) < SHELL_WORDS:
            yield Repair(
                start=at,
                stop=at + 1,
                lines=(" ".join([*words[:3], "0.", "1."]),),
                code="basis.shell",
                message="The head of a shell is ITYB LAT NG CHE SCAL;"
                f" {shown(stop.text(at))} has {len(words)} of these five.",
                fix="add the number that is missing",
                line=stop.number(at),
            )
    words = stop.words(stop.at)
    if stop.error is not None and stop.error.code == "basis.shell" and _is_head(words):
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=(
                " ".join([words[0] if words[0] in "012" else "0", "1", *words[2:]]),
            ),
            code="basis.shell",
            message=stop.said,
            fix="give ITYB from 0 to 2 and LAT from 0 (s) to 5 (g)",
            line=stop.line,
        )
    number = atomic_number(words[0]) if words else None
    if number and len(words) == len("ab") and words[1].isdecimal():
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=(f"{number} {words[1]}",),
            code="basis.entry",
            message=f"{shown(words[0])} stands where the atomic number should be.",
            fix=f"write {number}",
            line=stop.line,
            word=0,
        )


def _is_head(words: list[str]) -> bool:
    return (
        len(words) >= SHELL_WORDS
        and all(word.isdecimal() for word in words[:3])
        and all(is_number(word) for word in words[3:SHELL_WORDS])
    )


def short_shells(stop: Stop[object]) -> Iterator[Repair]:
    """Yield what a shell of the last two basis sets lacks among its primitives.

    Before a shell of ITYB 1 or 2 the reader goes on: the head of that one looks like
    a primitive, and it stops only where the next basis set has too few shells.
    """
    for shell in _near_shells(stop):
        head = stop.words(shell)
        if not is_shell(head) or head[0] != "0":
            continue
        width = SP_WORDS if head[1] == "1" else len("ab")
        for at in range(shell + 1, shell + 1 + min(int(head[2][:4]), _MOST_PRIMITIVES)):
            words = stop.words(at)
            if is_shell(words) or (is_entry(words) and width == SP_WORDS):
                yield from _too_few(stop, shell, at)
                break
            if words and len(words) < width and all(is_number(one) for one in words):
                yield _too_short(stop, at, width)
                break


def _too_few(stop: Stop[object], shell: int, at: int) -> Iterator[Repair]:
    """Yield the repairs of a shell whose primitives end before line `at`."""
    if at - shell > 1:
        yield from count_of_primitives(stop, shell)
        return
    what = f"the primitives of the shell {shown(stop.text(shell))}"
    yield Repair(
        start=at,
        stop=at,
        lines=("1. 1. 1.",) * int(stop.words(shell)[2][:4]),
        code="basis.primitives",
        message=f"{what[:1].upper()}{what[1:]} are missing.",
        fix="put its exponents and coefficients below this line",
        line=stop.number(shell),
    )


def _too_short(stop: Stop[object], at: int, width: int) -> Repair:
    wanted = "exponent and a coefficient"
    if width == SP_WORDS:
        wanted = "exponent and coefficients of s and p (LAT 1)"
    n_words = len(stop.words(at))
    return Repair(
        start=at,
        stop=at + 1,
        lines=("1. 1. 1.",),
        code="basis.primitives",
        message=f"A primitive of this shell has an {wanted}, but only {n_words} of"
        f" {width} numbers stand here.",
        fix="add the number that is missing",
        line=stop.number(at),
    )
