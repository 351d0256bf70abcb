"""Full Results of CRYSTAL outputs against CRYSTALpytools and pycrystal.

    PEERS_PYTHON=/some/venv/bin/python python -m tests.bench.outputs

`PEERS_PYTHON` is a python that has the two packages; without it only our own reader
is measured. All files are read by ours, then by the package, in each of the rounds;
seconds are those of the processor. A ratio compares the files that the package reads
without an error, with all that it shares with a Result: energy, convergence, gap,
Fermi energy, geometries, Mulliken charges. Ours reads the whole Result each time.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from crystalmathd.codes.crystal.outputs import read_output

CORPORA: Final = Path(__file__).resolve().parents[3] / "shared" / "corpora"
ROUNDS: Final = 5
GOALS: Final = {"CRYSTALpytools": 10, "pycrystal": 5}
SAME_HA: Final = 1e-5
"""Both packages convert to eV and back; what differs by more is not their rounding:
pycrystal leaves dispersion out, CRYSTALpytools gives 0 for some outputs."""


@dataclass
class Timed:
    """One file: seconds of every round, ours and the other's, and both energies."""

    path: Path
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    energy_ha: float | None = None
    their_energy_ha: float | None = None
    error: str | None = None

    def read(self) -> None:
        begun = time.process_time()
        result = read_output("crystal", self.path.name, self.path.read_bytes())
        self.ours.append(time.process_time() - begun)
        self.energy_ha = result.energy_as_printed

    def hear(self, answer: dict[str, Any]) -> None:
        self.theirs.append(answer["seconds"])
        self.their_energy_ha, self.error = answer["energy_ha"], answer["error"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpora", type=Path, nargs="?", default=CORPORA)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = options.corpora / "open/crystal/out"
    if not folder.is_dir():
        print("outputs of CRYSTAL: the corpora are not beside the checkout")
        return
    paths = sorted(folder.iterdir())
    print(f"{'what':<42} {'median':>9} {'min':>9} {'max':>9}")
    ours_alone(paths, options.rounds)
    python = os.environ.get("PEERS_PYTHON")
    if not python:
        print("no peers: set PEERS_PYTHON to a python with both packages")
        return
    for peer in GOALS:
        compare(python, peer, paths, options.rounds)


def ours_alone(paths: Sequence[Path], rounds: int) -> None:
    files = [Timed(path) for path in paths]
    for _ in range(rounds):
        for file in files:
            file.read()
    sums = totals(file.ours for file in files)
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    show("full Result, all files, ms", [1000 * seconds for seconds in sums])
    show("full Result, MB/s", [megabytes / seconds for seconds in sums])
    small = [file.ours for file in files if file.path.stat().st_size < 100_000]
    show("full Result, files/s below 100 kB", [len(small) / s for s in totals(small)])


def compare(python: str, peer: str, paths: Sequence[Path], rounds: int) -> None:
    files = [Timed(path) for path in paths]
    program = Path(__file__).with_name("peers.py")
    with subprocess.Popen(
        [python, program, peer],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if not ask(files[0], process.stdin, process.stdout):  # imports the package
            print(f"{peer} was not measured: {python} cannot run it")
            return
        files[0] = Timed(paths[0])
        for _ in range(rounds):
            for file in files:
                file.read()
            for file in files:
                ask(file, process.stdin, process.stdout)
    report(peer, files)


def ask(file: Timed, questions: TextIO, answers: TextIO) -> bool:
    try:
        questions.write(f"{file.path}\n")
        questions.flush()
    except BrokenPipeError:
        return False
    answer = answers.readline()
    if answer:
        file.hear(json.loads(answer))
    return bool(answer)


def report(peer: str, files: Sequence[Timed]) -> None:
    read = [file for file in files if file.theirs and file.error is None]
    if not read:
        print(f"{peer} was not measured: it reads none of the files here")
        return
    ours, theirs = totals(f.ours for f in read), totals(f.theirs for f in read)
    show(f"{peer}, {len(read)} of {len(files)} files, ms", [1000 * s for s in theirs])
    show("  the same files with ours, ms", [1000 * seconds for seconds in ours])
    ratios = [other / one for one, other in zip(ours, theirs, strict=True)]
    show(f"  ratio (goal {GOALS[peer]})", ratios)
    both = [
        math.isclose(file.energy_ha, file.their_energy_ha, abs_tol=SAME_HA)
        for file in read
        if file.energy_ha is not None and file.their_energy_ha is not None
    ]
    print(f"  energies equal within {SAME_HA} hartree: {sum(both)} of {len(both)}")


def totals(seconds: Iterable[Sequence[float]]) -> list[float]:
    """Return the sum over the files for each round."""
    return [sum(of_round) for of_round in zip(*seconds, strict=True)]


def show(what: str, values: Sequence[float]) -> None:
    print(
        f"{what:<42} {statistics.median(values):9.1f} {min(values):9.1f}"
        f" {max(values):9.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
