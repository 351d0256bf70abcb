"""What may be wrong in the head of the geometry where the reader stops."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.check_repairs import Repair, Stop, put_in
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.line_fixes import ATOMIC_NUMBERS, ON_THIS_LINE
from crystalmathd.codes.places import shown
from crystalmathd.codes.spellings import near
from crystalmathd.structures.elements import atomic_number

_KINDS: Final = (
    *("CRYSTAL", "SLAB", "POLYMER", "HELIX", "MOLECULE", "EXTERNAL", "DLVINPUT"),
)
_GROUPS: Final = (1, 5, 20, 50, 55, 100, 150, 180, 225)
"""A group with each number of cell values, for every kind of geometry."""

_CELL: Final = "10. 10. 10. 90. 90. 90."
_ATOM: Final = "1 0. 0. 0."
_ATOM_WORDS: Final = 4
_FLAG_DIGITS: Final = 4
_SHIFT: Final = 4
"""Index of the line on which the shift of the origin stands."""


def head_repairs(stop: Stop[object]) -> Iterator[Repair]:
    """Yield changes of title, type, flags, group, cell and number of atoms."""
    yield from _start_repairs(stop)
    if not stop.words(1):
        return
    if stop.words(1)[0] == "CRYSTAL":
        yield put_in(stop, 2, "0 0 0", "geometry.flags", "the record IFLAG IFHR IFSO")
        yield from _flag_repairs(stop)
    elif stop.words(1)[0] in _KINDS:
        yield from _flags_of_crystal(stop)
    group = stop.last_mark("group")
    if group is not None:
        yield from _group_repairs(stop, group)
    cell, atoms = stop.last_mark("cell"), stop.last_mark("atoms")
    if cell is not None:
        yield from _cell_repairs(stop, cell)
        yield put_in(stop, cell, _CELL, "geometry.cell", "the minimal cell", cost=1)
    if atoms is not None:
        yield from _count_repairs(stop, atoms, cell)


def _cell_repairs(stop: Stop[object], cell: int) -> Iterator[Repair]:
    """Yield a whole cell, where that of the group was read from the next line too."""
    at = stop.marks.index(("cell", cell + 1))
    if stop.marks[at + 1 : at + 2] != [("split", cell + 2)]:
        return
    if len(stop.words(cell)) == 1 and stop.words(cell)[0].isdecimal():
        what = "The number of atoms stands before the minimal cell."
        yield _exchanged(stop, cell, what, cost=1)
    group = stop.last_mark("group") or cell
    yield Repair(
        start=cell,
        stop=cell + 1,
        lines=(_CELL,),
        code="geometry.cell-values",
        message=f"The minimal cell of the group {shown(stop.text(group))} has more"
        f" values than {shown(stop.text(cell))}.",
        fix="give the group that the crystal has, or the values that are missing",
        line=stop.number(group),
        last=stop.number(cell),
    )


def _flags_of_crystal(stop: Stop[object]) -> Iterator[Repair]:
    """Yield the flags taken out: geometry types other than CRYSTAL have none."""
    kind, words = stop.words(1)[0], stop.words(2)
    if len(words) == len("abc") and set(words) <= {"0", "1"}:
        yield Repair(
            start=2,
            stop=3,
            lines=(),
            code="geometry.flags",
            message=f"{kind} has no flags (IFLAG IFHR IFSO): its group should stand"
            " here.",
            fix="delete this line",
            line=stop.number(2),
        )


def _flag_repairs(stop: Stop[object]) -> Iterator[Repair]:
    words = stop.words(2)
    if not all(word.isdecimal() for word in words[:3]):
        return
    if 0 < len(words) < len("abc") and set(words) <= {"0", "1"}:
        yield Repair(
            start=2,
            stop=3,
            lines=("0 0 0",),
            code="geometry.flags",
            message=f"CRYSTAL reads three flags here (IFLAG IFHR IFSO), not"
            f" {len(words)}.",
            fix="give all three, such as 0 0 0",
            line=stop.number(2),
        )
    if len(words) < len("abc"):
        return
    has_shift = len(words[2]) < _FLAG_DIGITS and int(words[2]) > 1
    if has_shift and len(stop.lines) > _SHIFT:
        yield Repair(
            start=_SHIFT,
            stop=_SHIFT,
            lines=("0 0 0",),
            code="geometry.flags",
            message=f"IFSO {words[2]} needs the shift of the origin (IX IY IZ, in units"
            " of 1/24 of the cell vectors) on the line below the group.",
            fix="give it there, or 0 or 1 for IFSO: the origin of the second or the"
            " first choice of the International Tables",
            line=stop.number(2),
            word=2,
        )
    kept = [word if word == "1" else "0" for word in words[1:3]]
    for flags in ("0 0 0", "1 0 0"):
        yield Repair(
            start=2,
            stop=3,
            lines=(flags,),
            code="geometry.flags",
            message=f"The flags {shown(stop.text(2))} (IFLAG IFHR IFSO) do not go with"
            f" {shown(stop.text(3))} below: IFLAG 0 is a number, 1 a symbol.",
            fix=f"write {' '.join([flags[0], *kept])}{ON_THIS_LINE}",
            line=stop.number(2),
            cost=1,
        )


def _start_repairs(stop: Stop[object]) -> Iterator[Repair]:
    first, second = stop.words(0), stop.words(1)
    if first[:1] and first[0] in _KINDS and not (second and second[0] in _KINDS):
        yield put_in(stop, 0, "", "deck.title", "the title (line 1)")
    if (stop.words(2) or [""])[0] in _KINDS:
        yield Repair(
            start=1,
            stop=2,
            lines=(),
            code="deck.title",
            message="A second title: line 1 is the title, line 2 the geometry type.",
            fix="delete this line",
            line=stop.number(1),
        )
    if second and second[0] not in _KINDS:
        for one in [k for k in _KINDS if k == second[0].upper()] or near(
            second[0].upper(), _KINDS
        ):
            is_case = one == second[0].upper()
            yield Repair(
                start=1,
                stop=2,
                lines=(one,),
                code="keyword.case" if is_case else "geometry.type",
                message=f"{shown(second[0])}: CRYSTAL reads keywords in capitals only."
                if is_case
                else f"{shown(second[0])} is not a geometry type; {one} is.",
                fix=f"write {one}",
                line=stop.number(1),
                word=0,
            )
        for kind in () if near(second[0].upper(), _KINDS) else _KINDS[:5]:
            yield put_in(stop, 1, kind, "geometry.type", "the geometry type", cost=2)


def _group_repairs(stop: Stop[object], group: int) -> Iterator[Repair]:
    kind = stop.words(1)[0]
    for one in _GROUPS:
        yield Repair(
            start=group,
            stop=group + 1,
            lines=(str(one),),
            code="geometry.group",
            message=_wrong_group(stop, group, kind),
            fix=_group_fix(kind),
            line=stop.number(group),
            word=0,
            cost=3,
        )
        yield put_in(
            stop, group, str(one), "geometry.group", f"the group of {kind}", cost=4
        )


def _wrong_group(stop: Stop[object], group: int, kind: str) -> str:
    error = stop.error
    if error is not None and error.code == "geometry.group":
        return error.message[:1].upper() + error.message[1:]
    if not (stop.words(group) or [""])[0].isdecimal():
        return f"{shown(stop.text(group))} is not the number of a group of {kind}."
    return (
        f"The group {shown(stop.text(group))} needs another number of cell values than"
        f" {shown(stop.text(group + 1))} has, or is not a group of {kind}."
    )


def _group_fix(kind: str) -> str:
    return {
        "SLAB": "give the layer group, 1 to 80, not the space group",
        "POLYMER": "give the rod group, 1 to 99, not the space group",
        "MOLECULE": "give the point group, 1 to 47, not the space group",
    }.get(kind, "give the space group, 1 to 230, and its minimal cell")


def _count_repairs(
    stop: Stop[object], atoms: int, cell: int | None
) -> Iterator[Repair]:
    words = stop.words(atoms)
    if len(words) >= _ATOM_WORDS:
        behind = stop.words(atoms + 1)
        if len(behind) == 1 and behind[0].isdecimal():
            what = "The number of atoms stands behind the first of them."
            yield _exchanged(stop, atoms, what)
        before = stop.words(atoms - 1)
        is_count = len(before) == 1 and before[0].isdecimal()
        if is_count and cell is not None and atoms - 1 == cell:
            yield put_in(stop, cell, _CELL, "geometry.cell", "the minimal cell")
        rows = _atom_rows(stop, atoms)
        what = "the number of atoms"
        if stop.words(1)[0] == "MOLECULE":
            what = "the group, or the number of atoms behind it,"
        yield put_in(stop, atoms, str(rows), "geometry.atoms", what, cost=1)
        return
    if stop.words(1)[0] == "MOLECULE" and stop.at == atoms:
        yield Repair(
            start=atoms,
            stop=atoms + 1,
            lines=(),
            code="geometry.cell-values",
            message="A molecule has no cell: the number of atoms should stand here.",
            fix="delete this line",
            line=stop.number(atoms),
        )
    yield from _short_atoms(stop, atoms)
    yield from _symbols(stop, atoms)
    rows = _atom_rows(stop, atoms + 1)
    yield Repair(
        start=atoms,
        stop=atoms + 1,
        lines=(str(rows),),
        code="geometry.atoms",
        message=f"The number of atoms is {shown(stop.text(atoms))}, but {rows}"
        f" {'follows' if rows == 1 else 'follow'}.",
        fix=f"write {rows}, or as many atoms as are counted",
        line=stop.number(atoms),
        last=stop.number(atoms + rows),
        cost=1,
    )
    for at in (stop.at, stop.at - 1):
        words = stop.words(at)
        is_atom = stop.last_mark("block") is None and at > atoms
        if is_atom and len(words) >= _ATOM_WORDS - 1:
            yield Repair(
                start=at,
                stop=at + 1,
                lines=(_ATOM,),
                code="geometry.atom",
                message=f"{shown(stop.text(at))} is not an atom (number x y z).",
                fix="give the atomic number and three coordinates",
                line=stop.number(at),
            )


def _symbols(stop: Stop[object], atoms: int) -> Iterator[Repair]:
    """Yield the atoms that are symbols and not numbers, all of them as one fault."""
    end = atoms + 1
    while len(stop.words(end)) >= _ATOM_WORDS and all(
        map(is_number, stop.words(end)[1:4])
    ):
        end += 1
    rows = [at for at in range(atoms + 1, end) if atomic_number(stop.words(at)[0])]
    if not rows:
        return
    first, last = rows[0], rows[-1]
    word = stop.words(first)[0]
    yield Repair(
        start=first,
        stop=last + 1,
        lines=tuple(
            " ".join([str(atomic_number(words[0]) or words[0]), *words[1:]])
            for words in map(stop.words, range(first, last + 1))
        ),
        code="geometry.atom",
        message=f"{shown(stop.text(first))} is not an atom (number x y z): CRYSTAL"
        " reads atomic numbers, and no symbols.",
        fix=f"write {atomic_number(word)}" if first == last else ATOMIC_NUMBERS,
        line=stop.number(first),
        last=None if first == last else stop.number(last),
        word=0 if first == last else None,
    )


def _short_atoms(stop: Stop[object], atoms: int) -> Iterator[Repair]:
    """Yield the atoms that were filled up from the record behind them."""
    blocks = [line for what, line in stop.marks if what.startswith("block")]
    end = min([*blocks, len(stop.lines)])
    for at in [line - 2 for what, line in stop.marks if what == "split"]:
        if not atoms < at < end or not 1 < len(stop.words(at)) < _ATOM_WORDS:
            continue
        yield Repair(
            start=at,
            stop=at + 1,
            lines=(_ATOM,),
            code="geometry.atom",
            message=f"{shown(stop.text(at))} is not an atom (number x y z): it has"
            f" {len(stop.words(at))} of {_ATOM_WORDS} values.",
            fix="give the atomic number and three coordinates",
            line=stop.number(at),
        )


def _exchanged(stop: Stop[object], at: int, message: str, *, cost: int = 0) -> Repair:
    return Repair(
        start=at,
        stop=at + 2,
        lines=(stop.text(at + 1), stop.text(at)),
        code="geometry.atoms",
        message=message,
        fix="exchange these lines",
        line=stop.number(at),
        last=stop.number(at + 1),
        cost=cost,
    )


def _atom_rows(stop: Stop[object], at: int) -> int:
    first = at
    while len(stop.words(at)) >= _ATOM_WORDS and all(
        is_number(word) for word in stop.words(at)[:_ATOM_WORDS]
    ):
        at += 1
    return at - first
