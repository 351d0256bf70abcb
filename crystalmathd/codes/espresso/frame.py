"""What frames a run: how it was started, its times, warnings, errors and its end."""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar, Final

from crystalmathd.codes.espresso import printed
from crystalmathd.codes.espresso.report import Heads, Report
from crystalmathd.codes.numbers import fortran_float

MOST_WARNINGS: Final = 50
_CRASH_BYTES: Final = 65536

_COUNT: Final = re.compile(r"(?<!\d)(\d{1,9}) *$")
_PROCESSORS: Final = re.compile(r"running on +(\d{1,9}) processor")
_TIMES: Final = re.compile(r" *\S+ *: +(\S.*?) *CPU(?: time)?,? +(\S.*?) *WALL")
_TIME: Final = re.compile(
    r"(?:(\d+) *d)? *(?:(\d+) *h)? *(?:(\d+) *m)? *(?:(\d+(?:\.\d*)?) *s)?"
)
_SECONDS: Final = (86400, 3600, 60, 1)
_MEMORY: Final = re.compile(r"([\d.]+) *(kB|MB|GB|TB)", re.IGNORECASE)
_MB: Final = {"kb": 1e-3, "mb": 1.0, "gb": 1e3, "tb": 1e6}
_SILENT_RULE: Final = re.compile(r"^[-=%* ]*$")


@dataclass(slots=True)
class Frame:
    """`warnings` are those of the program, once each, in order."""

    report: Report
    build: str | None = None
    n_ranks: int | None = None
    n_threads: int | None = None
    n_pools: int | None = None
    estimated_mb: float | None = None
    measured_mb: float | None = None
    warnings: dict[str, None] = field(default_factory=dict)
    error: str | None = None
    stopped: str | None = None
    has_ended: bool = False

    @property
    def times_s(self) -> tuple[float | None, float | None]:
        """CPU and wall time of the whole program, as it prints them at its end."""
        name = self.report.header[0] if self.report.header else None
        start = self.report.text.rfind(f"\n     {name} ") if name else -1
        match = _TIMES.match(self.report.text, start + 1) if start >= 0 else None
        if match is None:
            return None, None
        return seconds(match[1]), seconds(match[2])

    def cause(self, crash: bytes) -> str | None:
        """Return the error that ended the program; `crash` is the file CRASH.

        The standard output of a parallel run may lack it.
        """
        if self.error is not None or self.has_ended:
            return self.error
        return first_error(crash)

    def _take_build(self, at: int) -> None:
        line = self.report.line(at)
        self.build = line.partition(", running")[0].strip()
        processors = _PROCESSORS.search(line)
        if self.build.startswith("Serial multi"):
            self.n_ranks = 1
            self.n_threads = None if processors is None else int(processors[1])
        elif self.build.startswith("Serial"):
            self.n_ranks = 1
        elif processors is not None and "OpenMP" not in self.build:
            self.n_ranks = int(processors[1])

    def _take_ranks(self, at: int) -> None:
        self.n_ranks = self._count(at)

    def _take_threads(self, at: int) -> None:
        self.n_threads = self._count(at)

    def _take_pools(self, at: int) -> None:
        self.n_pools = self._count(at)

    def _count(self, at: int) -> int | None:
        match = _COUNT.search(self.report.line(at))
        return None if match is None else int(match[1])

    def _take_gpu(self, _: int) -> None:
        self.build = f"{self.build}, GPU" if self.build else "GPU"

    def _take_estimate(self, at: int) -> None:
        self.estimated_mb = _megabytes(self.report.line(at))

    def _take_memory(self, at: int) -> None:
        if (memory := _megabytes(self.report.line(at))) is not None:
            self.measured_mb = max(memory, self.measured_mb or 0.0)

    def _take_message(self, at: int) -> None:
        routine = self.report.line(at).strip().removeprefix("Message from routine ")
        self._warn(f"{routine} {self.report.line(at + 1).strip()}")

    def _take_warning(self, at: int) -> None:
        self._warn(self.report.line(at).strip())

    def _warn(self, text: str) -> None:
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings[text] = None

    def _take_error(self, at: int) -> None:
        match = printed.ERROR.match(self.report.line(at))
        if match is not None and self.error is None:
            # The message is the line behind `Error in routine`.
            self.error = f"{match[1]} {self.report.line(at + 1).strip()}".strip()

    def _take_stop(self, at: int) -> None:
        self.stopped = self.report.line(at).strip()

    def _take_end(self, _: int) -> None:
        self.has_ended = True

    HEADS: ClassVar[Heads] = {
        "Parallel version": _take_build,
        "Serial version": _take_build,
        "Serial multi-threaded version": _take_build,
        "Number of MPI processes": _take_ranks,
        "Threads/MPI process": _take_threads,
        "K-points division": _take_pools,
        "GPU acceleration is ACTIVE": _take_gpu,
        "Estimated max dynamical RAM": _take_estimate,
        "per-process dynamical memory": _take_memory,
        "Message from routine": _take_message,
        "Warning:": _take_warning,
        "Warning: card": _take_warning,
        "WARNING": _take_warning,
        "SCF correction compared": _take_warning,
        "c_bands: ": _take_warning,
        "Error in routine": _take_error,
        "Maximum CPU time exceeded": _take_stop,
        "Program stopped by user": _take_stop,
        "JOB DONE.": _take_end,
    }


def first_error(crash: bytes) -> str | None:
    """Return the first error in a file CRASH, where each rank writes its own."""
    lines = crash[:_CRASH_BYTES].decode("utf-8", "replace").splitlines()
    for line, message in pairwise(lines):
        if match := printed.ERROR.match(line):
            said = "" if _SILENT_RULE.match(message) else message.strip()
            return f"{match[1]} {said}".strip()
    return None


def seconds(text: str) -> float | None:
    """Return a time as `1m35.45s`, `1h 2m`, `8m 3.39s` in seconds."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    return sum(
        float(part) * factor
        for part, factor in zip(match.groups(), _SECONDS, strict=True)
        if part
    )


def _megabytes(line: str) -> float | None:
    match = _MEMORY.search(line)
    number = None if match is None else fortran_float(match[1])
    if match is None or number is None:
        return None
    return number * _MB[match[2].lower()]
