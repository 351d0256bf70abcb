"""How the changes of energy of one SCF go down: the last of them, and their pace."""

import math
from collections import deque
from itertools import combinations
from statistics import median
from typing import Final

WINDOW: Final = 12
"""The last changes that are kept: what a look costs does not grow with the run."""
_SHARP: Final = math.log(1e9)
_HUGE_EV: Final = 1e100
_TINY_EV: Final = 1e-14
"""A change below what a double of a total energy can hold counts as this."""


class Series:
    """The changes of one SCF, one a cycle, as they come.

    What is compared with the threshold is the *size* of a cycle: |ΔE|, or what the
    code compares instead (pw.x: the estimated accuracy). Sizes are kept as natural
    logarithms of eV. `cycles_after` are those that a code runs when the size is
    already below the threshold (CRYSTAL: one).
    """

    def __init__(self, threshold_ev: float | None, cycles_after: int = 0) -> None:
        self.threshold_ev = threshold_ev
        self.cycles_after = cycles_after
        self.cycle = 0
        self.n_sizes = 0
        self.is_broken = False
        self.least: float | None = None
        self.sizes: deque[tuple[int, float]] = deque(maxlen=WINDOW)
        self.signs: deque[bool] = deque(maxlen=WINDOW)
        self._falls: list[float] | None = None

    def add(
        self, cycle: int, size_ev: float | None, delta_ev: float | None = None
    ) -> None:
        """Take the size of a cycle, and ΔE with its sign where it is printed.

        None: the cycle has no size (the first one), which is not `broken`.
        """
        self.cycle = cycle
        if delta_ev is not None:
            self.signs.append(delta_ev > 0)
        if size_ev is None or not math.isfinite(size_ev):
            return
        size = math.log(min(max(abs(size_ev), _TINY_EV), _HUGE_EV))
        self.n_sizes += 1
        self._falls = None
        self.sizes.append((cycle, size))
        self.least = size if self.least is None else min(self.least, size)

    def break_off(self, cycle: int) -> None:
        """Take a cycle whose energy is no number."""
        self.cycle = cycle
        self.is_broken = True

    def begin_again(self) -> None:
        """Forget the sizes: from here on the cycles are of another kind."""
        self.sizes.clear()
        self.signs.clear()
        self.n_sizes = 0
        self.least = self._falls = None

    @property
    def level(self) -> float | None:
        """By how much the last size is above the threshold, as a logarithm."""
        if not self.sizes or not self.threshold_ev:
            return None
        return self.sizes[-1][1] - math.log(self.threshold_ev)

    @property
    def is_below(self) -> bool:
        """Whether the threshold has been reached, and nothing but an end is to come."""
        if not self.threshold_ev:
            return False
        threshold = math.log(self.threshold_ev)
        last = list(self.sizes)[-1 - self.cycles_after :]
        return any(size < threshold for _, size in last)

    def falls(self) -> list[float]:
        """Return by how much a cycle the size falls, between all pairs that count.

        The later half of the sizes counts, and five at least: DIIS sets in late, and
        a slow end is not excused by a fast beginning. Sorted; negative: it rises.
        """
        if self._falls is None:
            shown = list(self.sizes)[-max(5, self.n_sizes // 2) :]
            self._falls = sorted(
                (before - after) / (later - earlier)
                for (earlier, before), (later, after) in combinations(shown, 2)
                if later > earlier
            )
        return self._falls

    def fall(self) -> float | None:
        """Return the median of `falls` (Theil and Sen); None with less than two sizes.

        One cycle that jumps does not move it, as it moves a least-squares fit.
        """
        falls = self.falls()
        return median(falls) if falls else None


def in_words(fall: float) -> str:
    """Say by what factor a cycle sizes go down or up."""
    factor = math.exp(min(abs(fall), _SHARP))
    if factor < 1.05:  # noqa: PLR2004 - it would be printed as 1.0
        return "about the same from cycle to cycle"
    return f"{'down' if fall > 0 else 'up'} by a factor {factor:.1f} a cycle"
