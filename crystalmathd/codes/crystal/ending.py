"""How a run ended: end line, errors, warnings, times."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.sections import Section
from crystalmathd.codes.numbers import fortran_float

_ENDS: Final = (" EEEEEEEEEE TERM", "EEEEEEEEEE TERM")
_ERRORS: Final = (" ERROR ****", "ERROR ****")
_RUNTIME: Final = (
    "forrtl: ",
    "Program received signal ",
    "At line ",
    " f90main",
    "f90main",
)
"""What the Fortran run-time and CRYSTAL's scripts print where no ERROR line is."""

_WARNINGS: Final = (" WARNING", "  WARNING", "   WARNING", "WARNING ****")
_FRAME: Final = re.compile(r"^ (?:WARNING){3,}")
_FRAMED: Final = 6
"""Lines that a frame of WARNINGWARNING… holds at most."""

_NUMBER: Final = re.compile(r"[-+]?\d[\d.]*(?:E[-+]?\d+)?")
_ELAPSED: Final = re.compile(r" TELAPSE *(\S+)")
_CPU_TOTAL: Final = "    TOTAL CPU TIME ="
_CPU: Final = re.compile(r" TCPU *(\S+)")


def has_ended(marked: MarkedLines) -> bool:
    """Whether the end of the run was printed, not only that of one of its parts."""
    return any(
        printed.ENDED.match(marked.lines[line]) for line in marked.starting_any(_ENDS)
    )


def first_error(sections: Iterable[Section]) -> str | None:
    """Return the first line with an error, of the program or of its run-time."""
    for section in sections:
        marked = section.marked
        for line in marked.starting_any((*_ERRORS, *_RUNTIME)):
            text = marked.lines[line]
            if printed.ERROR.match(text) or printed.RUNTIME_ERROR.match(text):
                return text.strip()
    return None


def scf_has_failed(marked: MarkedLines) -> bool:
    """Whether an error says that an SCF did not converge, wherever its cycles stand."""
    return any(
        "SCF FAILED" in marked.lines[line] for line in marked.starting_any(_ERRORS)
    )


def warnings(sections: Iterable[Section]) -> tuple[str, ...]:
    """Return the program's warnings, one of each form: their numbers may differ."""
    found: dict[str, str] = {}
    for section in sections:
        for text in _warnings(section.marked):
            found.setdefault(_NUMBER.sub("#", text), text)
    return tuple(found.values())


def wall_time_s(marked: MarkedLines) -> float | None:
    return _last_time(marked, _ELAPSED)


def cpu_time_s(marked: MarkedLines, n_ranks: int | None) -> float | None:
    """Return the CPU time of all ranks together.

    The total that a parallel run ends with. Timing lines are those of the first rank:
    they tell where it is the only one, and a program that says no number of ranks is
    not parallel.
    """
    line = marked.last(_CPU_TOTAL)
    if line is not None:
        return fortran_float(marked.lines[line].rsplit(maxsplit=1)[-1])
    return None if (n_ranks or 1) > 1 else _last_time(marked, _CPU)


def _warnings(marked: MarkedLines) -> Sequence[str]:
    found: list[str] = []
    inside = -1
    for line in marked.starting_any(_WARNINGS):
        text = marked.lines[line]
        if _FRAME.match(text):
            if line > inside:
                framed, inside = _framed(marked.lines, line)
                found += framed
        elif text.startswith(" "):
            found.append(" ".join(text.split()))
    return found


def _framed(lines: Sequence[str], start: int) -> tuple[list[str], int]:
    """Return the text between two frames as one warning, and where it ends."""
    words: list[str] = []
    for number in range(start + 1, min(start + 1 + _FRAMED, len(lines))):
        if _FRAME.match(lines[number]):
            return [f"WARNING {' '.join(words)}"] if words else [], number
        words += lines[number].split()
    return [], start


def _last_time(marked: MarkedLines, form: re.Pattern[str]) -> float | None:
    for line in reversed(marked.starting(" TTTTT")):
        match = form.search(marked.lines[line])
        value = fortran_float(match[1]) if match else None
        if value is not None:
            return value
    return None
