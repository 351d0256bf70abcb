"""The runs that stand one behind the other in a main output.

Run scripts write `crystal` and then `properties` into one file, a queue starts a job
again into the same file: each run begins with its own banner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from crystalmathd.codes.crystal import printed
from crystalmathd.codes.crystal.cycles import POINTS
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.lines import LONGEST_LINE

_WAVEFUNCTION_MARKS: Final = (
    " CRYSTAL - SCF",
    " GEOMETRY FOR WAVE FUNCTION",
    " CYC ",
    " == SCF ENDED",
    *POINTS,
)
"""What `crystal` prints and `properties` does not."""

_STARTED: Final = b"EEEEEEEEEE STARTING"
_AUTHORS: Final = b"MAIN AUTHORS"
"""In every banner; a run that was cut there has no line STARTING."""

_HEADS: Final = (" *   ", " EEEEEEEEEE STARTING", "EEEEEEEEEE STARTING")

_PIECE: Final = 1 << 18

_PROPERTIES: Final = " CRYSTAL - PROPERTIES"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One run: its lines, and how many stand before them in the file.

    What a script prints before the first banner belongs to the first run.
    """

    lines_before: int
    marked: MarkedLines

    @property
    def has_wavefunction(self) -> bool:
        """Whether this run computed (or began) a wavefunction or a geometry."""
        marked = self.marked
        # Where ranks fall apart, a copy of the optimisation may stand behind the head
        # of properties in one file (seen in a CRYSTAL06 run).
        if marked.first(_PROPERTIES) is not None:
            return False
        return any(marked.first(mark) is not None for mark in _WAVEFUNCTION_MARKS)


def read_sections(output: bytes) -> tuple[Section, ...]:
    """Cut an output into its runs; a file without a banner is one run.

    What stands behind the last line end was cut off while it was written: a number
    there may lack digits. It counts only where it is CRYSTAL's last line as a whole.
    """
    lines, rest, n_heads = _lines(output)
    if "\r" in rest or (lines and lines[0].endswith("\r")):
        lines = [line.rstrip("\r") for line in lines]
    if printed.WHOLE_END.match(rest):
        lines.append(rest)
    whole = tuple(lines)
    starts = _starts(whole) if n_heads > 1 else []
    bounds = [0, *starts[1:], len(lines)]
    return tuple(
        Section(lines_before=first, marked=MarkedLines(whole[first:end]))
        for first, end in pairwise(bounds)
    )


def main_section(sections: Sequence[Section]) -> int:
    """Return the number of the run that the result is about.

    The last one with a wavefunction: an earlier one was begun again by it, a later
    one only reads what it left.
    """
    for number in reversed(range(len(sections))):
        if sections[number].has_wavefunction:
            return number
    return len(sections) - 1


def _lines(output: bytes) -> tuple[list[str], str, int]:
    """Return the whole lines, what stands behind them, and how many heads there are.

    In pieces: to decode a long output at once would hold up every other thread.
    """
    lines: list[str] = []
    n_started = n_banners = start = 0
    while (end := _piece_end(output, start)) > start:
        piece = output[start:end]
        n_started += piece.count(_STARTED)
        n_banners += piece.count(_AUTHORS)
        lines += piece.decode("utf-8", "replace").split("\n")
        lines.pop()
        start = end
    rest = output[start : start + LONGEST_LINE].decode("utf-8", "replace")
    return lines, rest, max(n_started, n_banners)


def _piece_end(output: bytes, start: int) -> int:
    """Return where a piece of whole lines ends; `start` if no line ends any more."""
    end = output.rfind(b"\n", start, start + _PIECE) + 1
    return end or output.find(b"\n", start + _PIECE) + 1 or start


def _starts(lines: Sequence[str]) -> list[int]:
    """Return the lines with which runs begin: their banner, or what it lacks."""
    starts: list[int] = []
    is_banner_open = False
    for number, line in enumerate(lines):
        if not line.startswith(_HEADS):
            continue
        is_banner = printed.BANNER.match(line) is not None
        if not is_banner and not printed.STARTED.match(line):
            continue
        if is_banner or not is_banner_open:
            starts.append(number)
        is_banner_open = is_banner
    return starts
