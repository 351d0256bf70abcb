"""What may be wrong in the list of basis sets where the reader stops."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.check_repairs import Repair, Stop, put_in
from crystalmathd.codes.crystal.check_shells import (
    SHELL_WORDS,
    SP_WORDS,
    count_of_primitives,
    is_entry,
    is_primitive,
    is_shell,
    last_marked,
    short_shells,
    wrong_heads,
)
from crystalmathd.codes.crystal.libraries import POTENTIALS
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.places import shown

_LIGHTEST_POTENTIAL: Final = 200


def basis_repairs(stop: Stop[object]) -> Iterator[Repair]:
    """Yield changes of the counts, and of the records, of a list of basis sets."""
    words = stop.words(stop.at)
    if words[:1] == ["BASISSET"]:
        yield from _library_behind_end(stop)
    if (words and not is_number(words[0])) or stop.at >= len(stop.lines):
        yield put_in(
            stop,
            stop.at,
            "99 0",
            "basis.terminator",
            "99 0, which closes the list of basis sets,",
        )
    yield from wrong_heads(stop)
    yield from short_shells(stop)
    for shell in last_marked(stop, "shell"):
        yield from count_of_primitives(stop, shell)
    yield from _record_repairs(stop)
    for head in last_marked(stop, "entry"):
        yield from _entry_repairs(stop, head)
    for at in last_marked(stop, "entry"):
        if len(stop.words(at)) >= SHELL_WORDS and is_shell(stop.words(at)):
            yield from _entry_head(stop, at)
    yield from _all_electron(stop)
    if potential := stop.last_mark("potential"):
        yield from _potential_repairs(stop, potential)


def _library_behind_end(stop: Stop[object]) -> Iterator[Repair]:
    for at in range(stop.at - 1, max(stop.at - 3, 0), -1):
        if (stop.words(at) or [""])[0][:3] == "END":
            yield Repair(
                start=at,
                stop=at + 1,
                lines=(),
                code="end.extra",
                message="BASISSET closes the geometry block itself: no END before it.",
                fix="delete this line",
                line=stop.number(at),
                last=stop.line,
            )


def _record_repairs(stop: Stop[object]) -> Iterator[Repair]:
    shell = stop.last_mark("shell")
    words = stop.words(stop.at)
    if stop.at + 1 < len(stop.lines):
        yield from _exchanges(stop)
    is_other = is_shell(words) or is_entry(words) or words[:1] == ["99"]
    if stop.error is not None and len(words) in {2, 3} and not is_other:
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=("1. 1. 1.",),
            code=stop.error.code,
            message=stop.error.message[:1].upper() + stop.error.message[1:],
            fix="give a positive exponent and the coefficients",
            line=stop.line,
            word=0 if stop.error.code == "basis.exponent" else None,
        )
    for line in [line for what, line in stop.marks if what == "split"][-1:]:
        what = "a primitive of the shell"
        yield put_in(stop, line - 2, "1. 1. 1.", "basis.primitives", what, cost=1)
    if shell is not None and is_shell(stop.words(shell)):
        yield put_in(
            stop,
            stop.at,
            "1. 1. 1.",
            "basis.primitives",
            "a primitive of the shell",
            cost=2,
        )
    if stop.at < len(stop.lines):
        yield Repair(
            start=stop.at,
            stop=stop.at + 1,
            lines=(),
            code="record.extra",
            message="This line is one too many in the list of basis sets.",
            fix="delete this line, or correct the count above",
            line=stop.line,
            cost=3,
        )
    before = stop.at
    width = len(stop.words(before))
    type_ = 1 if width == SP_WORDS else 0
    rows = 0
    while is_primitive(stop.words(before + rows)):
        rows += 1
    if rows:
        yield put_in(
            stop,
            before,
            f"0 {type_} {rows} 0. 1.",
            "basis.shell",
            "the head of a shell (ITYB LAT NG CHE SCAL)",
            cost=2,
        )


def _exchanges(stop: Stop[object]) -> Iterator[Repair]:
    for at in (stop.at - 2, stop.at - 1, stop.at):
        yield Repair(
            start=at,
            stop=at + 2,
            lines=(stop.text(at + 1), stop.text(at)),
            code="record.order",
            message="These two lines stand in the wrong order.",
            fix="exchange these lines",
            line=stop.number(at),
            last=stop.number(at + 1),
            cost=1,
        )


def _entry_repairs(stop: Stop[object], head: int) -> Iterator[Repair]:
    words = stop.words(head)
    if not is_entry(words):
        return
    shells, at = 0, head + 1
    while at < len(stop.lines) and not is_entry(stop.words(at)):
        shells += is_shell(stop.words(at))
        if stop.words(at) and stop.words(at)[0][:3] == "END":
            break
        at += 1
    if shells and str(shells) != words[1]:
        yield Repair(
            start=head,
            stop=head + 1,
            lines=(f"{words[0]} {shells}",),
            code="basis.shells",
            message=f"The basis set of atom number {words[0]} counts {words[1]} shells,"
            f" but {shells} {'follows' if shells == 1 else 'follow'}.",
            fix=f"write {shells}, or as many shells as are counted",
            line=stop.number(head),
            last=stop.number(at - 1),
            cost=1,
        )


def _entry_head(stop: Stop[object], entry: int) -> Iterator[Repair]:
    shells, at = 0, entry
    while at < len(stop.lines) and not is_entry(stop.words(at)):
        shells += is_shell(stop.words(at))
        at += 1
    # A basis set begins with s functions, and does not end with them.
    before = next(
        (stop.words(at) for at in range(entry - 1, 0, -1) if is_shell(stop.words(at))),
        ["", ""],
    )
    is_first = stop.words(entry)[1] == "0" and before[1] != "0"
    yield put_in(
        stop,
        entry,
        f"98 {shells}",
        "basis.entry",
        "the head of a basis set (NAT NSHL)",
        cost=0 if is_first else 2,
    )


def _short_terms(stop: Stop[object], head: int) -> Iterator[Repair]:
    """Yield the terms of a core potential that lack a value, filled up from below."""
    splits = {line - 2 for what, line in stop.marks if what == "split"}
    for at in sorted(one for one in splits if head < one <= stop.at):
        words = stop.words(at)
        if len(words) < SP_WORDS and not any(head < one < at for one in splits):
            yield Repair(
                start=at,
                stop=at + 1,
                lines=("1. 1. 0",),
                code="basis.potential",
                message="A term of a core potential is exponent, coefficient and power"
                f" of r; {shown(stop.text(at))} has {len(words)} of these.",
                fix="add the number that is missing",
                line=stop.number(at),
            )


def _all_electron(stop: Stop[object]) -> Iterator[Repair]:
    """Yield the atom number of an all-electron basis that has a core potential."""
    entry = (last_marked(stop, "entry") or [0])[-1]
    words = stop.words(entry)
    name = (stop.words(entry + 1) or [""])[0]
    if stop.at == entry + 1 and is_entry(words) and name in ("INPUT", *POTENTIALS):
        label = int(words[0][:4]) % 100 + _LIGHTEST_POTENTIAL
        yield Repair(
            start=entry,
            stop=entry + 1,
            lines=(f"{label} {words[1]}",),
            code="basis.potential",
            message=f"{name} begins a core potential, but atom number {words[0]} is"
            " that of an all-electron basis set: with a core potential it is above"
            " 200.",
            fix=f"write {label}, here and in the geometry",
            line=stop.number(entry),
            word=0,
        )


def _potential_repairs(stop: Stop[object], potential: int) -> Iterator[Repair]:
    head = potential + 1
    yield from _short_terms(stop, head)
    counts = stop.words(head)[1:]
    first = head + 1
    rows = 0
    while len(stop.words(first + rows)) == SP_WORDS and is_number(
        stop.words(first + rows)[0]
    ):
        rows += 1
    if counts and all(count.isdecimal() for count in counts):
        counted = sum(int(count[:4]) for count in counts)
        largest = max(range(len(counts)), key=lambda at: int(counts[at][:4]))
        rest = counted - int(counts[largest][:4])
        if rows != counted and rows >= rest:
            fixed = [*counts]
            fixed[largest] = str(rows - rest)
            yield Repair(
                start=head,
                stop=head + 1,
                lines=(" ".join([stop.words(head)[0], *fixed]),),
                code="basis.potential",
                message=f"The core potential counts {counted} terms, but {rows}"
                " follow.",
                fix="give as many terms (exponent, factor, power) as are counted",
                line=stop.number(head),
                last=stop.number(first + rows),
                cost=1,
            )
    label = stop.words(potential - 1)[:1]
    if label and label[0].isdecimal() and int(label[0][:4]) > _LIGHTEST_POTENTIAL:
        yield put_in(
            stop,
            potential,
            "INPUT",
            "basis.potential",
            "INPUT, or the name of a core potential,",
            cost=2,
        )
