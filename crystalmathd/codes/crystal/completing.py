"""What may stand at a place of a CRYSTAL input.

Only what stands before the cursor's line decides: what is behind it is often half
written.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.crystal.basis_names import fitting
from crystalmathd.codes.crystal.blocks import ENDINGS
from crystalmathd.codes.crystal.functionals import NO_FUNCTIONALS
from crystalmathd.codes.crystal.geometry import read_geometry
from crystalmathd.codes.crystal.hovering import explained, open_before
from crystalmathd.codes.crystal.keyword_facts import HEAD, facts_of, names_of
from crystalmathd.codes.crystal.records import DeckError, Records
from crystalmathd.codes.crystal.tree import read_marks
from crystalmathd.codes.draft import Draft, snippet_text
from crystalmathd.models.editing import Completion, Range
from crystalmathd.structures.elements import symbol

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
_HEADS: Final = {
    "CRYSTAL": "0 0 0/${1:225}/${2:4.21}/${3:1}/${4:12 0.0 0.0 0.0}",
    "SLAB": "${1:1}/${2:4.0 4.0 90.0}/${3:1}/${4:6 0.0 0.0 0.0}",
    "POLYMER": "${1:1}/${2:4.0}/${3:1}/${4:6 0.0 0.0 0.0}",
    "HELIX": "${1:1 0}/${2:4.0}/${3:1}/${4:6 0.0 0.0 0.0}",
    "MOLECULE": "${1:1}/${2:1}/${3:6 0.0 0.0 0.0}",
}
_VALUES: Final = {
    "EXCHANGE": "LDA VBH BECKE MPW91 PBE PBESOL PWGGA SOGGA WCGGA",
    "CORRELAT": "PWLSD PZ VBH VWN LYP P86 PBE PBESOL PWGGA WL B95",
    "FUNC": "PBE BLYP B97 B3LYP PBE0 PW1PW M06 HSE06 HSESOL LC-WPBE",
    "BASISSET": "",
}
"""The words that may stand on the line behind a keyword."""

_ENDS: Final = {
    "dft": ["ENDDFT"],
    "dftd3": ["ENDDFTD3"],
    "gcp": ["ENDGCP"],
    "eos": ["ENDEOS"],
    "qha": ["ENDQHA"],
}


def complete_deck(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield what may stand at a place of a deck."""
    place = _place(draft, line, column)
    if place is None or line == 1:
        return
    if line == 2:  # noqa: PLR2004 - where the geometry type stands
        yield from (_item(HEAD, name, place) for name in names_of(HEAD))
        return
    yield from _complete(draft, line, place, is_deck=True)


def complete_properties(draft: Draft, line: int, column: int) -> Iterator[Completion]:
    """Yield what may stand at a place of an input of properties."""
    place = _place(draft, line, column)
    if place is not None:
        yield from _complete(draft, line, place, is_deck=False)


def _place(draft: Draft, line: int, column: int) -> Range | None:
    """Return what a completion replaces; None where no first word is written."""
    place = draft.prefix(line, column, _WORD)
    is_first = not draft.line(line)[: place.column - 1].strip()
    return place if is_first else None


def _complete(
    draft: Draft, line: int, place: Range, *, is_deck: bool
) -> Iterator[Completion]:
    before = draft.lines[: line - 1]
    owner = (before[-1].split() or [""])[0] if before else ""
    stop, marks = read_marks(before, is_deck=is_deck)
    wants_data = stop.error is not None and stop.error.code == "deck.cut"
    if wants_data and owner == "BASISSET":
        yield from _libraries(draft, place)
    elif wants_data and owner in _VALUES:
        for name in _VALUES[owner].split():
            yield _word(name, "value", place, detail=owner)
    elif wants_data and stop.marks and stop.marks[-1][0] == "entry":
        yield from _entries(draft, stop.marks, place)
    elif not wants_data or len(marks) > len(stop.marks):
        # Before the first keyword of properties, nothing has been marked.
        blocks = open_before(marks, line) or ([] if is_deck else ["properties"])
        if blocks:
            yield from _keywords(blocks[-1], place)


def _keywords(block: str, place: Range) -> Iterator[Completion]:
    names = names_of(block)
    names += ["BASISSET"] if block == "geometry" else []
    for name in names:
        yield _item(block, name, place)
    named = [f"END{one}" for one in ENDINGS.get(block, ())[:1]]
    for at, ending in enumerate(["END", *(named or _ENDS.get(block, []))]):
        yield Completion(
            label=ending,
            kind="end",
            insert=ending,
            range=place,
            sort=f"0{at}",
            detail=f"closes the {block.upper()} block",
        )


def _item(block: str, name: str, place: Range) -> Completion:
    facts = facts_of(block, name)
    if facts is None:
        return _word(name, "keyword", place)
    kind = "block" if facts.opens or block == HEAD else "keyword"
    if block == "dft" and name not in NO_FUNCTIONALS:
        kind = "function"
    insert = [snippet_text(name)]
    if block == HEAD:
        insert += _HEADS.get(name, "").split("/") if name in _HEADS else []
    elif facts.opens:
        insert += ["${1}", "END"]
    elif any(facts.records):
        rows = enumerate(facts.records, start=1)
        insert += [f"${{{at}:{snippet_text(row)}}}" for at, row in rows]
    elif facts.shape:
        insert += [f"${{1:{snippet_text(facts.shape)}}}"]
    elif name == "BASISSET":
        insert += ["${1:POB-TZVP-REV2}"]
    return Completion(
        label=name,
        kind=kind,
        insert="\n".join(insert),
        range=place,
        sort=f"{1 if facts.sentence else 2}{name}",
        detail=facts.sentence,
        documentation=explained(facts),
    )


def _word(name: str, kind: str, place: Range, *, detail: str = "") -> Completion:
    return Completion(
        label=name,
        kind=kind,
        insert=snippet_text(name),
        range=place,
        sort=f"1{name}",
        detail=detail,
    )


def _labels(draft: Draft) -> list[int]:
    """Return the atomic numbers of the deck; none if its head cannot be read."""
    records = Records(draft.text)
    try:
        records.take("the title")
        return [atom.label for atom in read_geometry(records).atoms]
    except DeckError:
        return []


def _libraries(draft: Draft, place: Range) -> Iterator[Completion]:
    for at, (name, against) in enumerate(fitting(_labels(draft))):
        yield Completion(
            label=name,
            kind="value",
            insert=snippet_text(name),
            range=place,
            sort=f"{9 if against else 1}{at:02}",
            detail=against,
        )


def _entries(
    draft: Draft, marks: Sequence[tuple[str, int]], place: Range
) -> Iterator[Completion]:
    """Yield the head of each basis set that is missing, or the end of the list."""
    lines = {at for what, at in marks if what == "entry"}
    given = {(draft.line(at).split() or [""])[0] for at in lines if at < place.line}
    missing = [one for one in dict.fromkeys(_labels(draft)) if str(one) not in given]
    for label in missing:
        yield Completion(
            label=f"{label} … ({symbol(label % 100)})",
            kind="snippet",
            insert=f"{label} ${{1:1}}\n0 0 ${{2:1}} ${{3:2.0}} 1.0\n${{4:1.0 1.0}}",
            range=place,
            sort=f"1{label:03}",
            detail="basis set of this element: NAT NSHL, shells, primitives",
        )
    yield Completion(
        label="99 0",
        kind="end",
        insert="99 0\nEND",
        range=place,
        sort="2" if missing else "0",
        detail="closes the list of basis sets",
    )
