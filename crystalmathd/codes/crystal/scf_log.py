"""SCFOUT.LOG: the SCFs of all geometries after the first, without their numbers."""

from crystalmathd.codes.lines import LineSplitter

_READ = ("CYC", "== SCF", "TTTTT")
"""The first letters of the lines that are of use."""


class ScfLog:
    """Gives out the lines of the log in time, and counts its SCFs.

    The log may be ahead of the main output, which is where the first SCF stands: what
    comes before that has ended is held back.
    """

    def __init__(self) -> None:
        self._splitter = LineSplitter()
        self._held_back: list[str] = []
        self._is_released = False
        self._last_cycle: int | None = None
        self.has_lines = False
        self.n_scfs = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that may be taken now."""
        lines = [
            line
            for line in self._splitter.feed(data)
            if line.lstrip().startswith(_READ)
        ]
        self.has_lines = self.has_lines or bool(lines)
        if self._is_released:
            return lines
        self._held_back += lines
        return []

    def release(self) -> list[str]:
        """Say that the first SCF has ended; return what was held back until now."""
        self._is_released = True
        held, self._held_back = self._held_back, []
        return held

    def count(self, cycle: int) -> int:
        """Take the number of a cycle; return which SCF it is of, from 1."""
        if self._last_cycle is None or cycle <= self._last_cycle:
            self.n_scfs += 1
        self._last_cycle = cycle
        return self.n_scfs

    def count_anew(self) -> None:
        """Say that what comes are displacements, which are counted from 1."""
        self.n_scfs = 0
