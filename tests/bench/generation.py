"""What making an input costs: `python -m tests.bench.generation`.

The first deck (a worker starts and imports what it needs), the same again and others;
the check of a submission; how much the daemon grows, and how long others wait.
"""

from functools import partial

from crystalmath import Connection
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.sourced import AtomsGiven, StructureSource
from tests.bench.load import say_waits, waits_beside
from tests.bench.materials import say, timed
from tests.daemon.observation import memory_mb
from tests.harness import ROOT, RunningDaemon

N_WARM = 50
N_BESIDE = 40
PRESETS = ("fast", "moderate", "precise")


def rock_salt(a: float) -> StructureSource:
    """Return the primitive cell of MgO with half the edge `a`, Å."""
    atoms = AtomsGiven(
        lattice_a=((0.0, a, a), (a, 0.0, a), (a, a, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (a, a, a)),
    )
    return StructureSource(atoms=atoms)


def generations(connection: Connection) -> str:
    generate = partial(connection.generate_crystal_input, rock_salt(2.105), name="mgo")
    say("deck of MgO, worker not running (ms)", [timed(generate)], "")
    say("the same, warm (ms)", [timed(generate) for _ in range(N_WARM)], "< 20 ms")
    others = [
        timed(partial(connection.generate_crystal_input, rock_salt(2.0 + number / 500)))
        for number in range(N_WARM)
    ]
    say("other lattice constants, warm (ms)", others, "")
    return generate().files[0].text


def checks(connection: Connection, text: str) -> None:
    check = partial(connection.validate_inputs, {"mgo.d12": text})
    say("check with symmetry, warm (ms)", [timed(check) for _ in range(N_WARM)], "")


def make_decks(daemon: RunningDaemon) -> None:
    """Make decks of all presets, in a worker that has to start."""
    with daemon.connection() as other:
        for number in range(N_BESIDE):
            options = CrystalOptions(preset=PRESETS[number % len(PRESETS)])
            other.generate_crystal_input(rock_salt(2.0 + number / 300), options)


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py").start()
    try:
        with daemon.connection() as connection:
            before_mb = memory_mb(daemon)
            say_waits(
                "ping beside generation",
                waits_beside(daemon, partial(make_decks, daemon)),
                "p99 < 50 ms",
            )
            grown_mb = memory_mb(daemon) - before_mb
            print(f"{'growth of the daemon by inputs':<52} {grown_mb:7.1f}MB  < 5 MB")
            text = generations(connection)
            checks(connection, text)
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
