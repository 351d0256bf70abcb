"""What work on structures costs: `python -m tests.bench.structures`.

A preview (a worker starts and imports what it needs) and the same again; how long
others wait while supercells and slabs are made and looked at.
"""

from functools import partial

from crystalmath import Connection
from crystalmath_protocol.structures import TransformStep
from tests.bench.generation import rock_salt
from tests.bench.load import say_waits, waits_beside
from tests.bench.materials import say, timed
from tests.daemon.observation import memory_mb
from tests.harness import ROOT, RunningDaemon

N_WARM = 50
N_BESIDE = 20
SUPERCELL = TransformStep(
    kind="supercell", matrix=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))
)
SLAB = TransformStep(kind="slab", miller=(2, 1, 0), layers=20)


def previews(connection: Connection) -> None:
    preview = partial(connection.preview_structure, rock_salt(2.105))
    say("preview of MgO, worker not running (ms)", [timed(preview)], "")
    say("the same, warm (ms)", [timed(preview) for _ in range(N_WARM)], "")


def transformations(daemon: RunningDaemon) -> None:
    """Make supercells of 128 atoms and slabs, and look at some."""
    with daemon.connection() as other:
        for number in range(N_BESIDE):
            source = rock_salt(2.0 + number / 300)
            other.transform_structure(source, (SUPERCELL,))
            other.transform_structure(source, (SLAB,))
            other.preview_structure(source)


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py").start()
    try:
        before_mb = memory_mb(daemon)
        waits = waits_beside(daemon, partial(transformations, daemon))
        say_waits("ping beside transformations", waits, "p99 < 50 ms")
        grown_mb = memory_mb(daemon) - before_mb
        print(f"{'growth of the daemon by structures':<52} {grown_mb:7.1f}MB  < 5 MB")
        with daemon.connection() as connection:
            previews(connection)
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
