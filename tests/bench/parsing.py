"""How long others wait while the daemon has a large output read.

Run by itself: `.venv/bin/python tests/bench/parsing.py`.
"""

import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.load import say_waits  # noqa: E402  # the checkout is found above
from tests.daemon.raw_client import RawClient  # noqa: E402  # likewise
from tests.daemon.test_parsing import output_of, padded  # noqa: E402  # likewise
from tests.harness import RunningDaemon  # noqa: E402  # likewise

SIZE = 200 << 20


def waits_while_parsing(daemon: RunningDaemon) -> None:
    """Print the times of pings during a parse of 200 MB, and how fast that was."""
    with daemon.connection() as connection:
        output = output_of(daemon, connection)
    large = padded(output, daemon.home / "large.out", SIZE)
    took: list[float] = []

    def parse() -> None:
        with daemon.connection() as other:
            started = time.perf_counter()
            other.parse_output(large, series=True)
            took.append(time.perf_counter() - started)

    reader = threading.Thread(target=parse)
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
    say_waits("200 MB output: ping beside its parse", waits, "p99 < 50 ms")
    rate = large.stat().st_size / 1e6 / took[0]
    print(f"{'200 MB output: parse_output':<52} {took[0]:7.1f}s   {rate:5.1f} MB/s")


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py")
    daemon.install_stand_in("crystal")
    try:
        waits_while_parsing(daemon.start())
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
