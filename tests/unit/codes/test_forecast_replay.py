"""Every SCF series of the corpora, replayed: what was forecast, and what came."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import ProgressReader
from crystalmathd.models.progress import Cycle, Forecast
from tests.unit.codes import corpora

CYCLES = {
    "crystal": rb"^ ?CYC ",
    "espresso": rb"^ +estimated scf accuracy",
    "vasp": rb"^[A-Z]{3}: +\d",
}
"""The line after which a cycle of a code is known with all its numbers."""
ENDS = {
    "crystal": rb"^ == SCF ENDED - (CONVERGENCE)?",
    "espresso": rb"^ +convergence (has been achieved)?",
    "vasp": rb"^ +\d+ (?:T= .*)?F= ()",
}
"""The line that ends an SCF; its group is there if the SCF has converged."""
PROGRAMS = {"crystal": "crystal", "espresso": "pw.x", "vasp": "vasp_std"}
ACCURACY = re.compile(rb"< +(\S+) Ry")
WORST = 3.0
"""A forecast that is farther off than this counts as so far off."""


@dataclass(kw_only=True)
class Scf:
    """One SCF: what was forecast after every cycle, and the sizes until then."""

    path: str
    threshold: float | None = None
    is_converged: bool = False
    limit: int | None = None
    cycles: list[Cycle] = field(default_factory=list)
    sizes: list[float | None] = field(default_factory=list)
    forecasts: list[Forecast | None] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.cycles[-1].number

    @property
    def half(self) -> int:
        return (len(self.cycles) + 1) // 2 - 1


def replay(
    code: str, path: str, content: bytes, beside: bytes, limits: Sequence[int] = ()
) -> Iterator[Scf]:
    """Yield the SCFs of an output; `limits`, one an SCF, stand for MAXCYCLE, NELM."""
    reader = CODES[code].progress_reader(PROGRAMS[code])
    reader.feed(beside, "OUTCAR")
    is_cycle, is_end = re.compile(CYCLES[code]), re.compile(ENDS[code])
    scf, n_begun = Scf(path=path), 0
    for line in content.split(b"\n"):
        reader.feed(line + b"\n")
        if is_cycle.match(line):
            cycle = reader.progress().cycles[-1]
            if scf.cycles and cycle.number <= scf.last:
                yield scf
                scf = Scf(path=path)
            if not scf.cycles:
                n_begun += 1
                if limits:
                    set_limit(reader, code, limits[n_begun - 1])
            take(scf, reader, cycle, line)
        elif (match := is_end.match(line)) and scf.cycles:
            is_at_limit = code == "vasp" and scf.last >= (scf.limit or math.inf)
            scf.is_converged = match[1] is not None and not is_at_limit
            yield scf
            scf = Scf(path=path)
    if scf.cycles:
        yield scf


def set_limit(reader: ProgressReader, code: str, limit: int) -> None:
    if code == "crystal":
        reader.feed(b" MAX NUMBER OF SCF CYCLES  %6d\n" % limit)
    elif code == "vasp":
        reader.feed(b"   NELM   = %6d;   NELMIN=  2\n" % limit, "OUTCAR")


def take(scf: Scf, reader: ProgressReader, cycle: Cycle, line: bytes) -> None:
    progress = reader.progress()
    scf.threshold, scf.limit = progress.scf_threshold_ev, progress.max_cycles
    scf.cycles.append(cycle)
    accuracy = ACCURACY.search(line)
    size = float(accuracy[1]) * 13.605693 if accuracy else cycle.delta_ev
    scf.sizes.append(size)
    scf.forecasts.append(progress.forecast)


def sources(code: str) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield path, content and OUTCAR of every output with cycles in it."""
    table = {"crystal": "crystal", "espresso": "qe", "vasp": "vasp"}[code]
    corpora.rows(f"open/{table}/truth.tsv")
    folder = corpora.ROOT / "open" / table
    if code == "vasp":
        for path in sorted(folder.glob("*/*")):
            if path.name.endswith("OSZICAR") or path.name in {"vasp_output", "stdout"}:
                beside = path.with_name(path.name.replace("OSZICAR", "OUTCAR"))
                outcar = beside if "OUTCAR" in beside.name else path.parent / "OUTCAR"
                found = outcar.read_bytes() if outcar.is_file() else b""
                yield f"{path.parent.name}/{path.name}", path.read_bytes(), found
        return
    where = folder / ("out" if code == "crystal" else "pw_out")
    for path in sorted(where.iterdir()):
        yield path.name, path.read_bytes(), b""


def log_linear(scf: Scf) -> float | None:
    """Return the last cycle by the plain way: a straight line through log |size|."""
    if not scf.threshold:
        return None
    points = [
        (cycle.number, math.log(abs(size) / scf.threshold))
        for cycle, size in list(zip(scf.cycles, scf.sizes, strict=True))[: scf.half + 1]
        if size
    ]
    if len(points) < 2:
        return None
    x0, y0 = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - x0) ** 2 for x, _ in points)
    slope = sum((x - x0) * (y - y0) for x, y in points) / spread
    return max(x0 - y0 / slope, points[-1][0]) if slope < 0 else None


def series(code: str) -> list[Scf]:
    return [
        scf
        for path, content, beside in sources(code)
        for scf in replay(code, path, content, beside)
        if scf.is_converged and scf.threshold and scf.last > 1
    ]


def error(forecast: float, scf: Scf) -> float:
    return min(abs(forecast - scf.last) / scf.last, WORST)


@pytest.mark.parametrize("code", sorted(CYCLES))
def test_the_forecast_at_half_way_is_near_and_better_than_a_straight_line(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    replayed = series(code)
    both, ours, line = [], [], []
    for scf in replayed:
        forecast, plain = scf.forecasts[scf.half], log_linear(scf)
        if forecast is None or forecast.cycles is None:
            continue
        ours.append(error(forecast.cycles, scf))
        if plain is not None:
            line.append(error(plain, scf))
            both.append(ours[-1])
    with capsys.disabled():
        print(
            f"\n{code}: {len(replayed)} SCFs, {len(ours)} forecast at half-way, median"
            f" error {median(ours):.1%}, mean {fmean(ours):.1%}; where a straight line"
            f" can be drawn ({len(line)}) {median(both):.1%} and {fmean(both):.1%},"
            f" the line {median(line):.1%} and {fmean(line):.1%}"
        )
    assert len(ours) >= 0.9 * len(replayed)
    assert median(ours) <= 0.25
    assert median(both) <= median(line)
    assert fmean(both) < fmean(line)


def test_who_finished_was_hardly_ever_said_not_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also with a limit that was just enough: the last cycle that there was."""
    n_scfs, at_half, ever, tight = 0, set(), set(), set()
    for code in ("crystal", "vasp"):
        for path, content, beside in sources(code):
            plain = list(replay(code, path, content, beside))
            hard = list(
                replay(code, path, content, beside, [scf.last for scf in plain])
            )
            for number, (scf, other) in enumerate(zip(plain, hard, strict=True)):
                if not scf.is_converged:
                    continue
                n_scfs += 1
                key = f"{path} {number}"
                if is_refused(scf.forecasts[scf.half]):
                    at_half.add(key)
                if any(map(is_refused, scf.forecasts)):
                    ever.add(key)
                if is_refused(other.forecasts[other.half]):
                    tight.add(key)
    with capsys.disabled():
        print(
            f"\nsaid not to finish, of {n_scfs} that did: {len(at_half)} at half-way,"
            f" {len(ever)} at any cycle, {len(tight)} at half-way of a limit that was"
            " just enough"
        )
    assert len(at_half) <= 0.02 * n_scfs
    assert len(ever) <= 0.02 * n_scfs
    assert len(tight) <= 0.02 * n_scfs


def is_refused(forecast: Forecast | None) -> bool:
    return forecast is not None and forecast.will_finish is False
