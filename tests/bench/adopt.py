"""How fast trees of past calculations are taken in.

Run by itself: `.venv/bin/python tests/bench/adopt.py [TREE ...]`; else trees are made
of copies of what the stand-in prints.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.daemon.test_parsing import output_of, padded  # noqa: E402  # found above
from tests.harness import RunningDaemon  # noqa: E402  # likewise

N_SMALL = 2000
N_LARGE = 20
LARGE_BYTES = 20 << 20


def small_runs(daemon: RunningDaemon, output: Path) -> Path:
    """Make runs of some kB, each in a directory of its own with its input."""
    tree, text = daemon.home / "small", output.read_text()
    deck = (output.parents[1] / "inputs" / "mgo.d12").read_text()
    for number in range(N_SMALL):
        directory = tree / str(number // 100) / str(number)
        directory.mkdir(parents=True)
        (directory / "mgo.out").write_text(f"{text} {number}\n")
        (directory / "mgo.d12").write_text(deck)
    return tree


def large_runs(daemon: RunningDaemon, output: Path) -> Path:
    tree = daemon.home / "large"
    for number in range(N_LARGE):
        padded(output, tree / f"{number}.out", LARGE_BYTES + 1000 * number)
    return tree


def take_in(daemon: RunningDaemon, tree: Path, what: str) -> None:
    """Print the rates of one adoption, and of one more of the same tree."""
    for which in ("first", "again"):
        started = time.perf_counter()
        with daemon.connection() as connection:
            while not (found := connection.adopt_directory(tree)).is_done:
                pass
        seconds = time.perf_counter() - started
        files = f"{found.n_outputs / seconds:7.0f}/s"
        rate = f"{found.size_bytes / 1e6 / seconds:7.1f} MB/s"
        about = f"{found.n_adopted} new, {found.n_known} known, "
        about += f"{found.n_duplicates} duplicates, {found.n_problems} problems"
        print(
            f"{f'adopt {what}, {which}':<40} {files} {rate} in {seconds:.1f} s; {about}"
        )


def trees(daemon: RunningDaemon, given: Sequence[Path] = ()) -> None:
    """Take in the trees that are given, or else such as are made for it."""
    for tree in given:
        take_in(daemon, tree, tree.name)
    if given:
        return
    with daemon.connection() as connection:
        output = output_of(daemon, connection)
    take_in(daemon, small_runs(daemon, output), "small (goal 200/s)")
    take_in(daemon, large_runs(daemon, output), "large (goal 50 MB/s)")


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py")
    daemon.install_stand_in("crystal")
    try:
        trees(daemon.start(), [Path(word).resolve() for word in sys.argv[1:]])
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
