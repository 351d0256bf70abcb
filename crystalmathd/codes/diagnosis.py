"""Looking for the known failures of a code in what a run has left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.lines import LONGEST_LINE
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.faults import Evidence, Fault, Finding, Severity

MOST_EVIDENCE: Final = 5
"""Lines that are kept of one finding; the others are only counted."""

MOST_CANDIDATES: Final = 20_000
"""Lines with one of the needed texts that are looked at in one file."""
_LONGEST_EVIDENCE: Final = 300
_BLOCK: Final = 512 * 1024
"""Bytes that are searched at once: they stay in the processor's cache, and other
threads of the daemon get their turn in between."""
_GREATEST: Final = "most_"
_RANKS: Final = {Severity.FATAL: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def find(
    faults: Sequence[Fault], texts: Mapping[str, tuple[str, bytes]]
) -> tuple[Finding, ...]:
    """Return what is known of a run's trouble, the first cause first.

    Parameters
    ----------
    texts
        Name of a file → its role and content, in the order in which they are to be
        believed: the main output first.

    Returns
    -------
    Fatal findings before the others, those that follow from another one behind it,
    then in the order in which they stand in the run.
    """
    found: dict[str, _Found] = {}
    for order, (name, (role, data)) in enumerate(texts.items()):
        wanted = [f for f in faults if not f.files or role in f.files]
        for candidate in _candidates(data, _all_literals(wanted)):
            for fault in wanted:
                if any(text in candidate.line for text in fault.literals):
                    one = found.setdefault(fault.key, _Found(fault))
                    one.take(name, order, candidate, data)
    shown = _without_repeats([found[f.key] for f in faults if f.key in found])
    return tuple(one.finding() for one in sorted(shown, key=_rank))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that holds a needed text; `start` and `end` are its bytes in the file."""

    number: int
    start: int
    end: int
    line: str


@dataclass(slots=True)
class _Found:
    """What the lines looked at so far say of one fault."""

    fault: Fault
    places: set[tuple[int, int]] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def take(self, file: str, order: int, candidate: _Candidate, data: bytes) -> None:
        fault = self.fault
        match = fault.pattern.search(_window(candidate, data, fault.n_lines))
        if match is None:
            return
        if fault.undone_by and data.find(fault.undone_by.encode(), candidate.end) >= 0:
            return
        self.places.add((order, candidate.number))
        for name, value in match.groupdict().items():
            self._learn(name, value)
        if len(self.evidence) < MOST_EVIDENCE:
            text = candidate.line.strip()[:_LONGEST_EVIDENCE]
            self.evidence.append(Evidence(file=file, line=candidate.number, text=text))

    def _learn(self, name: str, value: str | None) -> None:
        if value is None:
            return
        known = self.facts.setdefault(name, value)
        if name.startswith(_GREATEST) and _number(value) > _number(known):
            self.facts[name] = value

    def finding(self) -> Finding:
        return Finding(
            fault=self.fault,
            evidence=tuple(self.evidence),
            n_lines=len(self.places),
            facts=self.facts,
        )


def _without_repeats(found: Sequence[_Found]) -> list[_Found]:
    """Leave out generic rows whose lines all belong to other ones.

    Those are the special rows, and the generic ones that stand before it in the table.
    """
    named = set[tuple[int, int]]()
    for one in found:
        if not one.fault.is_generic:
            named |= one.places
    shown = []
    for one in found:
        is_new = bool(one.places - named)
        if one.places and (is_new or not one.fault.is_generic):
            shown.append(one)
        named |= one.places
    return shown


def _rank(found: _Found) -> tuple[int, bool, int, int]:
    fault = found.fault
    return _RANKS[fault.severity], fault.is_generic, *min(found.places)


def _all_literals(faults: Sequence[Fault]) -> set[str]:
    return {text for fault in faults for text in fault.literals}


def _number(text: str) -> float:
    value = fortran_float(text)
    return float("-inf") if value is None else value


def _window(candidate: _Candidate, data: bytes, n_lines: int) -> str:
    """Return a line with those behind it, `n_lines` together."""
    if n_lines == 1:
        return candidate.line
    start = candidate.end + 1
    after = data[start : start + LONGEST_LINE].split(b"\n", n_lines - 1)
    return "\n".join((candidate.line, *map(_text, after[: n_lines - 1])))


def _candidates(data: bytes, needs: set[str]) -> Iterator[_Candidate]:
    """Yield each line that holds one of the texts, once, in order."""
    left = {need.encode(): MOST_CANDIDATES for need in _shortest(needs)}
    number = 1
    for start, stop in _blocks(data):
        counted = start
        for line_start in sorted(_line_starts(data, start, stop, left)):
            number += data.count(b"\n", counted, line_start)
            counted = line_start
            end = data.find(b"\n", line_start, line_start + LONGEST_LINE)
            end = min(line_start + LONGEST_LINE, len(data)) if end < 0 else end
            yield _Candidate(number, line_start, end, _text(data[line_start:end]))
        number += data.count(b"\n", counted, stop)


def _shortest(needs: set[str]) -> list[str]:
    """Leave out texts that hold another one: their lines are found by that."""
    kept: list[str] = []
    for need in sorted(needs, key=len):
        if not any(one in need for one in kept):
            kept.append(need)
    return kept


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Cut a text behind line ends, where it has any."""
    start = 0
    while start < len(data):
        stop = data.rfind(b"\n", start, start + _BLOCK) + 1 or start + _BLOCK
        yield start, min(stop, len(data))
        start = stop


def _line_starts(
    data: bytes, start: int, stop: int, left: dict[bytes, int]
) -> set[int]:
    """Return where the lines of a block begin that hold one of the texts.

    `left`: how many lines may still be looked at for each text.
    """
    starts = set()
    for need, allowed in left.items():
        at = data.find(need, start, stop) if allowed else -1
        while at >= 0 and left[need]:
            left[need] -= 1
            first = max(start, at - LONGEST_LINE)
            line_start = data.rfind(b"\n", first, at) + 1 or first
            starts.add(line_start)
            end = data.find(b"\n", at, stop)
            at = data.find(need, end, stop) if end >= 0 else -1
    return starts


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
