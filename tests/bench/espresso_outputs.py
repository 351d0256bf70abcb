"""pw.x outputs read by us and by ase, side by side in one run: values and times.

Run by itself: `python -m tests.bench.espresso_outputs`. ase is not a dependency:
without it there is one sentence. Both read every geometry (`index=":"` of ase).
"""

import statistics
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

from crystalmathd.codes.espresso.outputs import read_output
from crystalmathd.models.results import Result

Answer = TypeVar("Answer")

CORPORA: Final = Path(__file__).resolve().parents[3] / "shared" / "corpora"
REPEATS: Final = 5
SAME_CONSTANTS: Final = 2e-7
"""ase takes the constants of CODATA 2006."""
SMALL_EV: Final = 1e-4
SMALL_A: Final = 1e-3
GOAL: Final = 5.0


def main() -> None:
    compare()


def compare() -> None:
    """Print medians of ratios and what differs; nothing fails for a figure."""
    try:
        from ase.io import read
    except ImportError:
        print("pw.x against ase: ase is not installed here")
        return
    folder = CORPORA / "open" / "qe" / "pw_out"
    if not folder.is_dir():
        print("pw.x against ase: the corpora are not beside the checkout")
        return
    ratios, n_bytes, ours_s, theirs_s, n_alike = [], 0, 0.0, 0.0, 0
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        text = data.decode("utf-8", "replace")
        frames, slow = best_of(lambda text=text: frames_of(read, text))
        if not frames:
            continue  # ase refuses it or finds no energy in it
        result, fast = best_of(lambda data=data: ours(data))
        problems = list(differences(result, frames))
        for problem in problems:
            print(f"  {path.name}: {problem}")
        n_alike += not problems
        ratios.append(slow / fast)
        n_bytes, ours_s, theirs_s = n_bytes + len(data), ours_s + fast, theirs_s + slow
    print(
        f"{'pw.x outputs against ase (times faster)':<52}"
        f" {statistics.median(ratios):9.1f} {min(ratios):9.1f} {max(ratios):9.1f}"
        f"  >= {GOAL:.0f}"
    )
    print(
        f"{len(ratios)} files, {n_bytes / 1e6:.1f} MB: ours"
        f" {n_bytes / ours_s / 1e6:.0f} MB/s, ase {n_bytes / theirs_s / 1e6:.0f} MB/s,"
        f" together {theirs_s / ours_s:.1f} times; values alike in {n_alike}"
    )


def best_of(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """Return the answer and the least time of several runs."""
    answer, best = work(), float("inf")
    for _ in range(REPEATS):
        begin = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - begin)
    return answer, best


def ours(data: bytes) -> Result:
    return read_output("pw.x", "out", {"out": data})


def frames_of(read: Callable[..., Any], text: str) -> list[Any]:
    try:
        return list(read(StringIO(text), format="espresso-out", index=":"))
    except Exception:  # noqa: BLE001  # whatever a library raises: it has no answer
        return []


def differences(result: Result, frames: list[Any]) -> Iterator[str]:
    """Tell where the last geometries differ: energy, forces, atoms, cell."""
    last, step = frames[-1], result.steps[-1] if result.steps else None
    energy = last.calc.results.get("energy")
    if step is None or step.energy_ev is None or energy is None:
        if energy != result.energy_ev:
            yield f"energy {result.energy_ev} ours, {energy} ase's"
        return
    if abs(energy / step.energy_ev - 1) > SAME_CONSTANTS:
        yield f"energy {step.energy_ev} ours, {energy} ase's"
    if len(frames) != len(result.steps):
        yield f"{len(result.steps)} geometries ours, {len(frames)} ase's"
    forces = last.calc.results.get("forces")
    if forces is not None and step.forces_ev_a:
        worst = abs(forces - step.forces_ev_a).max()
        if worst > SMALL_EV:
            yield f"forces differ by {worst:.1e} eV/Å"
    if step.structure is not None:
        shift = abs(last.positions - step.structure.positions_a).max()
        cell = abs(last.cell.array - step.structure.lattice_a).max()
        if max(shift, cell) > SMALL_A:
            yield f"atoms differ by {shift:.1e} Å, cells by {cell:.1e} Å"


if __name__ == "__main__":
    main()
