"""The list of basis sets of a deck, read in order and weighed against its atoms."""

from dataclasses import dataclass, field

from tests.unit.codes.mutants.crystal_tape import Tape
from tests.unit.codes.mutants.verdicts import RefusedError

_CAPACITY = (2, 8, 6, 10, 14, 18)
"""Electrons that a shell of type LAT 0 to 5 (s sp p d f g) can hold."""

_LIBRARIES = {
    **{
        name: frozenset(range(1, 54)) for name in ("STO-3G", "SOLDEF2MSVP")
    },
    "SOL-DEF2-MSVP": frozenset(range(1, 54)),
    "POB-TZVP": frozenset(range(1, 54)) - {39, 43} | {83},
    "POB-DZVP": frozenset(range(1, 54)) - {43} | {74, 83},
    "POB-DZVP-REV2": frozenset(range(1, 36)) - {2, 10, 18},
    "POB-TZVP-REV2": frozenset(range(1, 85))
    - {2, 10, 18, 36, 43, 54, *range(57, 72)},
    "DEF2-MSVP": frozenset({*range(1, 81), 86}),
    "MINIX": frozenset({*range(1, 81), 86}),
    "MTZVP": frozenset({*range(1, 58), *range(72, 79)}),
    **{
        name: frozenset(range(1, 99))
        for name in ("STO-6G", "POB-DZVPP", "DEF2-SVP", "SOLMINIX")
    },
}  # fmt: skip
"""Elements of the sets that the program brings, as measured on cells of one atom."""


@dataclass
class Entry:
    """The basis set of one conventional atomic number, as it was written."""

    label: int
    line: int
    charge: float | None
    shells: list[tuple[int, int, float]] = field(default_factory=list)
    """(line, LAT, electrons)"""

    @property
    def excess(self) -> float | None:
        """Electrons minus charge; None with the core potential of a library."""
        if self.charge is None:
            return None
        return sum(shell[2] for shell in self.shells) - self.charge


def check_library(tape: Tape, atoms: dict[int, int]) -> None:
    """Read the name behind BASISSET: it must be one, and have these elements."""
    line = tape.line
    words = tape.take("library")
    elements = _LIBRARIES.get(words[0].upper()) if words else None
    if elements is None:
        raise RefusedError({line - 1, line}, "no basis set of the library")
    for label, at in atoms.items():
        if label % 100 and label % 100 not in elements:
            raise RefusedError({at}, "the library lacks an element")


def read_basis(tape: Tape) -> list[Entry]:
    """Read basis sets up to 99 0."""
    entries: list[Entry] = []
    while True:
        line = tape.line
        try:
            label, n_shells = _head(tape)
        except RefusedError as refused:
            raise RefusedError(
                refused.lines | _behind(tape, entries, line), refused.why
            ) from refused
        if label == 99:
            tape.roles[line] = "terminator"
            return entries
        entry = Entry(label, line, float(label % 100))
        entries.append(entry)
        if label > 200:
            _potential(tape, entry)
        for _ in range(n_shells):
            _shell(tape, entry)


def _head(tape: Tape) -> tuple[int, int]:
    line = tape.line
    words = tape.words()
    if tape.is_over:
        raise RefusedError({line - 1}, "no 99 0")
    if words[:1] and words[0][:3] == "END":
        raise RefusedError({line - 1, *tape.ends_around(line)}, "no 99 0")
    if len(words) >= 5:
        raise RefusedError({line - 1, line}, "a shell where a basis set begins")
    label, n_shells = tape.read("ii", "entry")
    if not 0 <= label < 1000 or not 0 <= n_shells <= 100:
        raise RefusedError({line}, "no atomic number")
    return int(label), int(n_shells)


def _behind(tape: Tape, entries: list[Entry], line: int) -> set[int]:
    """Return what may be wrong above, where no basis set begins."""
    if not entries:
        return tape.ends_around(line)
    last = entries[-1]
    lines = {line - 1, line, last.line, *tape.twins(last.line, line)}
    if last.shells and 2 <= len(tape.words(line)) <= 3:
        lines.add(last.shells[-1][0])
    return lines


def _potential(tape: Tape, entry: Entry) -> None:
    line = tape.line
    words = tape.take("potential")
    if not words or tape.begins_with_number(line):
        raise RefusedError({line - 1, line}, "no core potential")
    entry.charge = None
    if words[0] != "INPUT":
        return
    head = tape.line
    counts = [word for word in tape.words() if word.isdigit()]
    if len(tape.words()) < 6 or len(counts) < 5:
        raise RefusedError({head - 1, head}, "no head of a core potential")
    values = tape.read("r" + "i" * min(len(tape.words()) - 1, 6), "potential head")
    entry.charge = values[0]
    for _ in range(int(sum(values[1:]))):
        at = tape.line
        if len(tape.words()) != 3:
            raise RefusedError({head, at - 1, at}, "no term of a core potential")
        tape.read("rri", "potential term")


def _shell(tape: Tape, entry: Entry) -> None:
    line = tape.line
    words = tape.words()
    around = {line - 1, line}
    if len(words) < 5 or not all(word.isdigit() for word in words[:3]):
        if len(words) == 2 and all(word.isdigit() for word in words):
            around |= {entry.line}
        elif entry.shells and 2 <= len(words) <= 3:
            around |= {entry.shells[-1][0], *tape.twins(entry.shells[-1][0], line)}
        elif words and words[0][:1].isalpha():
            around |= {entry.line}
        raise RefusedError(around | tape.twins(entry.line, line), "no head of a shell")
    kind, lat, n_primitives, electrons, _ = tape.read("iiirr", "shell")
    if kind > 2 or lat > 5 or not 0 < n_primitives <= 100:
        raise RefusedError({line - 1, line}, "no type of a shell")
    if not 0 <= electrons <= _CAPACITY[int(lat)]:
        raise RefusedError({line}, "more electrons than the shell holds")
    entry.shells.append((line, int(lat), electrons))
    for _ in range(int(n_primitives) if kind == 0 else 0):
        _primitive(tape, line, width=3 if lat == 1 else 2)


def _primitive(tape: Tape, shell: int, width: int) -> None:
    line = tape.line
    words = tape.words()
    if tape.is_over or not tape.begins_with_number() or len(words) not in {2, 3}:
        lines = {shell, line - 1, line}
        raise RefusedError(lines | tape.twins(shell, line), "no primitive")
    is_entry = len(words) == 2 and all(word.isdigit() for word in words)
    if is_entry:
        raise RefusedError({shell, line - 1, line}, "a basis set among primitives")
    exponent = tape.read("r" * width, "primitive")[0]
    if exponent <= 0:
        raise RefusedError({line}, "an exponent that is not positive")


def check_basis(
    entries: list[Entry], atoms: dict[int, int], end: int, *, is_charged: bool
) -> None:
    """See that every atom has a basis set, one only, and that the cell is neutral."""
    heads: dict[int, int] = {}
    for entry in entries:
        if entry.label in heads:
            raise RefusedError({entry.line, heads[entry.label]}, "two for one atom")
        heads[entry.label] = entry.line
    unused = {line for label, line in heads.items() if label not in atoms}
    for label, line in atoms.items():
        if label not in heads:
            raise RefusedError({line, end, *unused}, "an atom without basis set")
    if is_charged or not atoms:
        return
    used = [entry for entry in entries if entry.label in atoms and entry.label % 100]
    excess = {entry.line: entry.excess for entry in used}
    if any(value is None for value in excess.values()):
        return
    signs = {value > 0 for value in excess.values() if value and abs(value) > 1e-4}
    if len(signs) == 1:
        lines = {
            line
            for entry in used
            if abs(entry.excess or 0) > 1e-4
            for line in (entry.line, *(shell[0] for shell in entry.shells))
        }
        raise RefusedError(lines, "the cell is not neutral")
