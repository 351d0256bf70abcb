"""What is wrong in a deck (`.d12`) or an input of properties (`.d3`), with places."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final, TypeVar

from crystalmathd.codes.crystal import check_blocks, check_head, check_lists
from crystalmathd.codes.crystal.check_basis import basis_findings
from crystalmathd.codes.crystal.check_commas import with_points
from crystalmathd.codes.crystal.check_geometry import geometry_findings
from crystalmathd.codes.crystal.check_lines import line_findings
from crystalmathd.codes.crystal.check_properties import band_titles, property_findings
from crystalmathd.codes.crystal.check_repairs import Line, Repair, Stop, repaired
from crystalmathd.codes.crystal.check_scf import scf_findings, spin_findings
from crystalmathd.codes.crystal.check_uses import remark_findings, use_findings
from crystalmathd.codes.crystal.deck import Deck, Properties
from crystalmathd.codes.crystal.inputs import read_property_records, read_records
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

T = TypeVar("T")

_DIMENSIONS: Final = frozenset({"0", "1", "2", "3"})


def check_deck(
    name: str, text: str, beside: Mapping[str, bytes], *, deep: bool = False
) -> Iterator[InputFinding]:
    """Yield what is wrong with a deck; `beside`: the files that lie beside it.

    `deep` applies the symmetry too, which needs numpy and spglib.
    """
    read = partial(read_records, is_strict=True)
    text, commas = with_points(text, name, read)
    yield from commas
    places = Places(text, name)
    stop, repairs = repaired(_lines(places), read, _of_deck)
    if _is_geometry_only(stop, repairs):
        yield places.at(
            stop.line,
            "deck.geometry-only",
            WARNING,
            "The deck ends after the geometry: without TESTGEOM, CRYSTAL stops with an"
            " error here.",
            fix="put TESTGEOM before the last END, or add basis set and SCF block",
        )
        return
    yield from _found(repairs, places)
    if stop.read is None:
        return
    splits = [line for what, line in stop.marks if what == "split"]
    if splits and not repairs:
        yield from (_split(line, places) for line in dict.fromkeys(splits[:1]))
        return
    new = Places("\n".join(line for line, _ in stop.lines), name)
    codes = set()
    for finding in _meant(stop.read, repairs, new, beside):
        codes.add(finding.code)
        yield _on_file(finding, stop)
    if deep and not repairs and "atoms.duplicate" not in codes:
        # numpy and spglib are not there in every installation.
        from crystalmathd.codes.crystal.check_meaning import (  # noqa: PLC0415
            meaning_findings,
        )

        yield from meaning_findings(stop.read, places, beside, codes)


def check_properties(name: str, text: str) -> Iterator[InputFinding]:
    """Yield what is wrong with an input of properties."""
    read = partial(read_property_records, is_strict=True)
    text, commas = with_points(text, name, read)
    yield from commas
    places = Places(text, name)
    stop, repairs = repaired(_lines(places), read, check_blocks.repairs)
    titles = list(band_titles(places)) if repairs or _splits(stop, repairs) else []
    if titles:
        yield from titles
        return
    splits = _splits(stop, repairs)
    if splits and all(one.line >= splits[0] for one in repairs):
        # What a filled-up record seems to say is a follower, and so is what is behind.
        yield _split(splits[0], places)
        return
    yield from _found(repairs, places)
    if stop.read is not None:
        new = Places("\n".join(line for line, _ in stop.lines), name)
        for finding in property_findings(stop.read, new):
            yield _on_file(finding, stop)


def _splits(stop: Stop[Properties], repairs: list[Repair]) -> list[int]:
    """Return the lines that values were taken from, but those of the repairs."""
    own = {repair.start + 1 for repair in repairs}
    marks = [at for what, at in stop.marks if what == "split" and at not in own]
    return [stop.number(at - 1) for at in marks]


def _lines(places: Places) -> list[Line]:
    lines = [(line, at) for at, line in enumerate(places.lines, start=1)]
    return lines[:-1] if not lines[-1][0] else lines


def _of_deck(stop: Stop[Deck]) -> Iterator[Repair]:
    kinds = [what.partition(" ")[0] for what, _ in stop.marks]
    if "block" not in kinds:
        yield from check_blocks.same_twice(stop)
        yield from check_head.head_repairs(stop)
        return
    last = next(k for k in reversed(kinds) if k in {"basis", "block", "keyword", "end"})
    if last == "basis":
        yield from check_blocks.same_twice(stop)
        yield from check_lists.basis_repairs(stop)
        yield from check_blocks.record_repairs(stop)
        return
    if "basis" not in kinds and kinds.count("keyword") <= 1:
        yield from check_head.head_repairs(stop)
    yield from check_blocks.repairs(stop)


def _split(line: int, places: Places) -> InputFinding:
    return places.at(
        line - 1,
        "record.split",
        WARNING,
        "This record has fewer values than are read here: CRYSTAL takes the rest from"
        " the next line.",
        fix="give all values on one line; is a line missing, or one too many?",
        last=line,
    )


def _is_geometry_only(stop: Stop[Deck], repairs: list[Repair]) -> bool:
    return (
        len(repairs) == 1
        and stop.error is not None
        and stop.error.code == "deck.cut"
        and bool(stop.marks)
        and stop.marks[-1][0] == "entry"
        and stop.marks[-2][0] == "basis"
    )


def _found(repairs: list[Repair], places: Places) -> Iterator[InputFinding]:
    for one in repairs:
        yield places.at(
            one.line,
            one.code,
            one.severity,
            one.message,
            fix=one.fix,
            word=one.word,
            last=one.last,
        )


def _meant(
    deck: Deck, repairs: list[Repair], places: Places, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield the findings of the parts that nothing was repaired in: no followers."""
    errors = [repair for repair in repairs if repair.severity == ERROR]
    is_known = all(repair.code != "keyword.unknown" for repair in repairs)
    parts = {_part(repair, deck) for repair in errors}
    if "geometry" not in parts:
        yield from geometry_findings(deck, places)
    if not parts & {"geometry", "edits", "basis"}:
        yield from basis_findings(deck, places)
    if "scf" not in parts:
        for finding in scf_findings(deck, places, _dimension(deck, beside)):
            # A functional that is not known here was left out of what is read.
            if is_known or finding.code != "functional.missing":
                yield finding
        yield from spin_findings(deck, places, counts_atoms=not errors)
    if not errors:
        yield from line_findings(deck, places)
        yield from use_findings(deck, places, beside)
        yield from remark_findings(deck.remarks, places)


def _part(repair: Repair, deck: Deck) -> str:
    if repair.start < (deck.geometry.last_line or 0):
        return "geometry"
    basis = deck.basis
    if basis is not None and repair.start < (basis.end or basis.last_line):
        return "basis" if repair.start >= deck.edits_end - 1 else "edits"
    return "scf"


def _dimension(deck: Deck, beside: Mapping[str, bytes]) -> int | None:
    if deck.geometry.dimension is not None:
        return deck.geometry.dimension
    for name, content in beside.items():
        if PurePosixPath(name).suffix == ".gui" or name.endswith("fort.34"):
            word = content[:80].split()[:1]
            if word and word[0].decode("latin-1") in _DIMENSIONS:
                return int(word[0])
    return None


def _on_file(finding: InputFinding, stop: Stop[T]) -> InputFinding:
    """Return a finding with the lines of the file, not those of the repaired text."""
    line, last = finding.line or 1, finding.end_line or 1
    return replace(finding, line=stop.number(line - 1), end_line=stop.number(last - 1))
