"""How far a job is, as text: frames for a terminal, lines for a pipe."""

import textwrap
from collections.abc import Sequence
from typing import Final

from crystalmath.cli import plot
from crystalmath.cli.outcomes import cause_of
from crystalmath.connection import TERMINAL_STATES
from crystalmath.durations import duration
from crystalmath.errors import HOW_TO_RELEASE
from crystalmath_protocol.jobs import Cycle, FetchJobProgressResult

PLOT_HEIGHT: Final = 8
PLOT_WIDTH: Final = 72
TAIL: Final = 5
BLOCKS_WIDTH: Final = 16
_TROUBLES: Final = frozenset({"oscillating", "diverging", "stuck", "will not finish"})
SHARE_WIDTH: Final = 92
"""In a narrower terminal a row has no percentage."""
ROW_WIDTH: Final = 40
"""In a narrower terminal a row has number, state and cycle first."""


class JobView:
    """One watched job: the last reply, and every cycle of the running step."""

    def __init__(self, job_id: str, name: str) -> None:
        self.job_id = job_id
        self.name = name
        self.progress: FetchJobProgressResult | None = None
        self.cycles: list[Cycle] = []
        self._is_behind = False

    @property
    def state(self) -> str:
        """The last known state; empty before the first reply."""
        return "" if self.progress is None else self.progress.state

    @property
    def since_cycle(self) -> int:
        return self.cycles[-1].index if self.cycles else 0

    @property
    def has_ended(self) -> bool:
        """Whether the job has ended and all of its cycles are here."""
        progress = self.progress
        return (
            progress is not None
            and not self._is_behind
            and progress.state in TERMINAL_STATES
            and (self.since_cycle >= progress.n_cycles or not progress.cycles)
        )

    def take(self, progress: FetchJobProgressResult) -> list[str]:
        """Take a reply and return its news, a line each."""
        before, self.progress = self.progress, progress
        news = []
        is_new_step = before is not None and before.step != progress.step
        if is_new_step:
            # The reply was asked for with a cycle of the step before.
            self.cycles.clear()
        self._is_behind = is_new_step
        if before is None or _stage(before) != _stage(progress):
            news.append(f"{self.job_id} {self.name}  {_phase(progress)}")
        if not is_new_step:
            self.cycles += progress.cycles
            news += [self._cycle_line(cycle) for cycle in progress.cycles]
        news += [
            f"{self.job_id} {self.name}  {trouble}"
            for trouble in _troubles(progress)
            if before is None or trouble.split(":")[0] not in _words(before)
        ]
        return news

    def _cycle_line(self, cycle: Cycle) -> str:
        step = f"geometry {cycle.geometry_step}  " if cycle.geometry_step > 1 else ""
        energy, change = _numbers(cycle)
        return (
            f"{self.job_id} {self.name}  {step}cycle {cycle.number}  "
            f"E {energy or '?'} eV  dE {change or '-'} eV"
        )

    def frame(self, width: int, height: int) -> list[str]:
        """Return the drawing of a job that is watched alone."""
        progress = self.progress
        if progress is None:
            return [f"job {self.job_id}  {self.name}"]
        lines = _wrapped(self._headline(progress), width)
        if progress.state not in TERMINAL_STATES or self.cycles:
            lines += _wrapped(self._where(progress), width)
        if progress.state not in TERMINAL_STATES:
            lines += [_cut(line, width) for line in _outlook(progress)]
        changes = plot.decades([cycle.delta_ev for cycle in self.cycles])
        # Three more lines: two headings, and one that stays free for the prompt.
        room = height - len(lines) - TAIL - 3
        drawn = plot.curve(changes, min(width, PLOT_WIDTH), min(room, PLOT_HEIGHT))
        if drawn:
            lines += ["  |dE|/eV", *drawn]
        lines += _tail(self.cycles, width)
        return [line[:width] for line in lines[: height - 1]]

    def row(self, width: int) -> str:
        """Return the one line of a job that is watched among others."""
        progress = self.progress
        if progress is None:
            return f"{self.job_id:>5}  {self.name}"[:width]
        number = self.cycles[-1].number if self.cycles else ""
        if width < ROW_WIDTH:
            short = f"{self.job_id:>4} {progress.state:<10}{number:>4}  {self.name}"
            return short[:width].rstrip()
        if progress.state == "held":
            return f"{self.job_id:>5}  {self.name:<16.16}  {_state(progress)}"[:width]
        changes = plot.decades([cycle.delta_ev for cycle in self.cycles])
        count = f"cycle {number}" if self.cycles else ""
        size = f"|dE| {10 ** changes[-1]:.0e} eV" if changes else ""
        is_wide = width >= SHARE_WIDTH and progress.percent is not None
        share = f"{progress.percent:>3.0f} %  " if is_wide else ""
        return (
            f"{self.job_id:>5}  {self.name:<16.16}  {progress.state:<10} {count:<10} "
            f"{plot.blocks(changes, BLOCKS_WIDTH):<{BLOCKS_WIDTH}}  {size:<13} "
            f"{share}{duration(progress.elapsed_s)}"
        )[:width].rstrip()

    def _headline(self, progress: FetchJobProgressResult) -> str:
        took = duration(progress.elapsed_s)
        if took and progress.walltime_s:
            took += f" of {duration(progress.walltime_s)}"
        words = [f"job {self.job_id}", self.name, _state(progress), took]
        return "  ".join(filter(None, words))

    def _where(self, progress: FetchJobProgressResult) -> str:
        words = [_program(progress), progress.phase]
        words.append(_count(progress, self.cycles) or progress.detail)
        return "  ".join(filter(None, words))


def _stage(progress: FetchJobProgressResult) -> tuple[str | int | None, ...]:
    return progress.state, progress.cause, progress.step, progress.phase


def _phase(progress: FetchJobProgressResult) -> str:
    """Return state, program, phase and detail; what is not known is left out.

    The detail of an SCF is its cycle, which has lines of its own.
    """
    if progress.state in TERMINAL_STATES:
        return _state(progress)
    detail = "" if progress.phase == "scf" else progress.detail
    words = [_state(progress), _program(progress), progress.phase, detail]
    return "  ".join(filter(None, words))


def _state(progress: FetchJobProgressResult) -> str:
    if progress.state == "held":
        return f"held: {HOW_TO_RELEASE.format(job_id=progress.job_id)}"
    return progress.state + cause_of(progress.state, progress.cause)


def _program(progress: FetchJobProgressResult) -> str:
    if progress.n_steps > 1 and progress.program:
        return f"{progress.program} (step {progress.step} of {progress.n_steps})"
    return progress.program


def _outlook(progress: FetchJobProgressResult) -> list[str]:
    """Return how much is done, what the SCF does, and how it will go on."""
    lines = [_share(progress), _measures(progress)]
    if progress.pattern is not None and progress.pattern.word != "too_short":
        lines.append(f"{progress.pattern.word}: {progress.pattern.because}")
    forecast = progress.forecast
    if forecast is not None and forecast.will_finish is False:
        lines.append(f"will not finish: {forecast.because}")
    elif forecast is not None and forecast.cycles is not None:
        lines.append(f"about {forecast.cycles} cycles: {forecast.because}")
    return [line for line in lines if line]


def _share(progress: FetchJobProgressResult) -> str:
    if progress.percent is None:
        return ""
    words = f"{progress.percent:.0f} %: {progress.percent_basis}"
    left_s = None if progress.forecast is None else progress.forecast.remaining_s
    return words if left_s is None else f"{words}, about {duration(left_s)} left"


def _measures(progress: FetchJobProgressResult) -> str:
    """Return the criteria of the last step, each with its threshold if printed."""
    if progress.geometry is None:
        return ""
    parts = []
    for one in progress.geometry.measures:
        words = f"{one.name.replace('_', ' ')} {one.value:.1e}"
        if one.threshold is not None:
            sign = "<" if one.is_met else ">"
            words += f" {sign} {one.threshold:.1e}"
        parts.append(words)
    step = f"after step {progress.geometry.number}: "
    return step + ", ".join(parts) if parts else ""


def _troubles(progress: FetchJobProgressResult) -> list[str]:
    """Return what a person should know at once, each with its word in front."""
    return [
        line
        for line in _outlook(progress)
        if line.split(":")[0] in _TROUBLES and progress.state not in TERMINAL_STATES
    ]


def _words(progress: FetchJobProgressResult) -> set[str]:
    return {line.split(":")[0] for line in _troubles(progress)}


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(width - 1, 0)]}…"


def _count(progress: FetchJobProgressResult, cycles: Sequence[Cycle]) -> str:
    """Return the cycle, and how many there may be at most."""
    if not cycles:
        return ""
    number = cycles[-1].number
    words = f"cycle {number}"
    if progress.max_cycles:
        words += f" of at most {progress.max_cycles}"
    if progress.geometry_step > 1:
        words += f", geometry step {progress.geometry_step}"
    return words


def _tail(cycles: Sequence[Cycle], width: int) -> list[str]:
    """Return the last cycles; a column without room is left out, never cut."""
    if not cycles:
        return []
    rows = [("cycle", "energy/eV", "dE/eV")]
    rows += [(str(c.number), *_numbers(c)) for c in cycles[-TAIL:]]
    wide = [
        f"{number:>7}  {energy:>18}  {change:>10}" for number, energy, change in rows
    ]
    if max(map(len, wide)) <= width:
        return wide
    return [f"{number:>7}  {change:>10}" for number, _, change in rows]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 1), break_on_hyphens=False)


def _numbers(cycle: Cycle) -> tuple[str, str]:
    energy = "" if cycle.energy_ev is None else f"{cycle.energy_ev:.8f}"
    change = "" if cycle.delta_ev is None else f"{cycle.delta_ev:+.2e}"
    return energy, change
