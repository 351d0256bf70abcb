"""How long others wait while the daemon has a large output read.

Run by itself: `.venv/bin/python tests/bench/parsing.py`.
"""

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crystalmath import Connection  # noqa: E402  # the checkout is found above
from crystalmathd.codes import CODES  # noqa: E402  # likewise
from crystalmathd.codes.diagnosis import find  # noqa: E402  # likewise
from tests.bench.load import say_waits  # noqa: E402  # likewise
from tests.daemon.raw_client import RawClient  # noqa: E402  # likewise
from tests.daemon.test_parsing import output_of, padded  # noqa: E402  # likewise
from tests.harness import RunningDaemon  # noqa: E402  # likewise

SIZE = 200 << 20


def waits_beside(
    daemon: RunningDaemon, large: Path, name: str, ask: Callable[[Connection], object]
) -> None:
    """Print the times of pings while a large output is read, and how fast that was."""
    took: list[float] = []

    def read() -> None:
        with daemon.connection() as other:
            started = time.perf_counter()
            ask(other)
            took.append(time.perf_counter() - started)

    reader = threading.Thread(target=read)
    waits = []
    with RawClient(daemon.socket) as client:
        client.result("ping")
        reader.start()
        while reader.is_alive():
            asked = time.perf_counter()
            client.result("ping")
            waits.append(1000 * (time.perf_counter() - asked))
            time.sleep(0.002)
    reader.join()
    say_waits(f"200 MB output: ping beside {name}", waits, "p99 < 50 ms")
    rate = large.stat().st_size / 1e6 / took[0]
    print(f"{f'200 MB output: {name}':<52} {took[0]:7.1f}s   {rate:5.1f} MB/s")


def search(large: Path) -> None:
    """Print how fast the known failures of CRYSTAL are looked for."""
    data = large.read_bytes()
    started = time.perf_counter()
    find(CODES["crystal"].faults, {large.name: ("stdout", data)})
    took = time.perf_counter() - started
    rate = len(data) / 1e6 / took
    print(f"{'200 MB output: looking for faults':<52} {took:7.1f}s   {rate:5.1f} MB/s")


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py")
    daemon.install_stand_in("crystal")
    try:
        with daemon.start().connection() as connection:
            output = output_of(daemon, connection)
        large = padded(output, daemon.home / "large.out", SIZE)
        parse = partial(Connection.parse_output, path=large, series=True)
        waits_beside(daemon, large, "parse_output", parse)
        diagnose = partial(Connection.diagnose_path, path=large)
        waits_beside(daemon, large, "diagnose_job", diagnose)
        search(large)
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
