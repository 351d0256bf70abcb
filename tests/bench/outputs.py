"""Full Results of CRYSTAL outputs against CRYSTALpytools and pycrystal.

Reads every main output of the corpora several times, in one run one after the other:

    PEERS_PYTHON=/some/venv/bin/python python tests/bench/outputs.py ../shared/corpora

`PEERS_PYTHON` is a python that has the two packages; without it only our own reader
is measured. A ratio compares the files that the package reads without an error, with
all that it shares with a Result: energy, convergence, gap, Fermi energy, geometries,
Mulliken charges. Ours reads the whole Result each time. Seconds are those of the
processor, so that a busy machine does not count.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from crystalmathd.codes.crystal.outputs import read_output

ROUNDS: Final = 5
GOALS: Final = {"CRYSTALpytools": 10, "pycrystal": 5}
SAME_HA: Final = 1e-5
"""Both packages convert to eV with constants of their own."""

Seconds = Mapping[Path, Sequence[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    files = sorted((options.corpora / "open/crystal/out").iterdir())
    energies, ours = measure(files, options.rounds)
    print(f"{'what':<42} {'median':>9} {'min':>9} {'max':>9}")
    sums = [sum(seconds) for seconds in zip(*ours.values(), strict=True)]
    show("full Result, all files, ms", [1000 * seconds for seconds in sums])
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    show("full Result, MB/s", [megabytes / seconds for seconds in sums])
    small = [file for file in files if file.stat().st_size < 100_000]
    sums = [sum(ours[file][number] for file in small) for number in range(len(sums))]
    show("full Result, files/s below 100 kB", [len(small) / one for one in sums])
    python = os.environ.get("PEERS_PYTHON")
    if not python:
        print("no peers: set PEERS_PYTHON to a python with both packages")
        return
    for peer in GOALS:
        compare(python, peer, ours, energies, options.rounds)


def measure(
    files: Sequence[Path], rounds: int
) -> tuple[dict[Path, float | None], dict[Path, list[float]]]:
    """Read every file `rounds` times, from disk, as the packages do."""
    energies: dict[Path, float | None] = {}
    seconds: dict[Path, list[float]] = {}
    for file in files:
        for _ in range(rounds):
            begun = time.process_time()
            result = read_output("crystal", file.name, file.read_bytes())
            seconds.setdefault(file, []).append(time.process_time() - begun)
        energies[file] = result.energy_as_printed
    return energies, seconds


def compare(
    python: str,
    peer: str,
    ours: Seconds,
    energies: Mapping[Path, float | None],
    rounds: int,
) -> None:
    program = Path(__file__).with_name("peers.py")
    # One round more: the first one imports the package.
    done = subprocess.run(
        [python, program, peer, str(rounds + 1)],
        input="\n".join(map(str, ours)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{peer} was not measured: {done.stderr.strip().splitlines()[-1:]}")
        return
    answers = {Path(file): answer for file, answer in json.loads(done.stdout).items()}
    read = [file for file, answer in answers.items() if answer["error"] is None]
    theirs = [
        sum(answers[file]["seconds"][n] for file in read) for n in range(1, rounds + 1)
    ]
    same = [sum(ours[file][n] for file in read) for n in range(rounds)]
    show(f"{peer}, {len(read)} of {len(answers)} files, ms", [1000 * s for s in theirs])
    show("  the same files with ours, ms", [1000 * s for s in same])
    ratio = statistics.median(theirs) / statistics.median(same)
    print(f"  ratio of the medians: {ratio:.1f} (goal {GOALS[peer]})")
    both = [
        (energies[file], answers[file]["energy"])
        for file in read
        if energies[file] is not None and answers[file]["energy"] is not None
    ]
    equal = sum(abs(one - other) < SAME_HA for one, other in both)
    print(f"  energies equal within {SAME_HA} hartree: {equal} of {len(both)}")


def show(what: str, values: Sequence[float]) -> None:
    print(
        f"{what:<42} {statistics.median(values):9.1f} {min(values):9.1f}"
        f" {max(values):9.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
