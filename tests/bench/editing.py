"""What an editor waits for an answer: `python -m tests.bench.editing`.

A deck of 300 lines with a fault near its end, and a POSCAR of 5,000 atoms, asked
through the socket of a real daemon; meanwhile another client pings. The goals: 20 ms
for the check of the deck, 100 ms for that of the POSCAR, 10 ms for a completion (95th
percentiles), and 50 ms for the pings (99th).
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from crystalmath import Connection
from tests.harness import RunningDaemon

N_CALLS: Final = 100
N_ATOMS: Final = 5000
N_DECK_ATOMS: Final = 260


def main() -> None:
    """Print the percentiles of every question."""
    daemon = RunningDaemon()
    daemon.start()
    try:
        with daemon.connection() as connection:
            _measure(daemon, connection)
    finally:
        daemon.close()


def _deck() -> str:
    side = 7
    rows = [
        f"12 {at % side / side:.6f} {at // side % side / side:.6f} {at / 343:.6f}"
        for at in range(N_DECK_ATOMS)
    ]
    head = f"large\nCRYSTAL\n0 0 0\n1\n30. 30. 30. 90. 90. 90.\n{len(rows)}\n"
    edits = "OPTGEOM\nFULLOPTG\nTOLDEG\n0.0003\nENDOPT\nBASISSET\nPOB-TZVP-REV2\n"
    scf = "DFT\nPBE0\nXLGRID\nENDDFT\nTOLINTEG\n7 7 7 7 14\nSHRNIK\n8 8\nEND\n"
    return head + "\n".join(rows) + "\n" + edits + scf


def _poscar() -> str:
    side = round(N_ATOMS ** (1 / 3)) + 1
    rows = [
        f"{x / side:.9f} {y / side:.9f} {z / side:.9f}"
        for x in range(side)
        for y in range(side)
        for z in range(side)
    ][:N_ATOMS]
    a = 2.5 * side
    head = f"large\n1.0\n{a} 0 0\n0 {a} 0\n0 0 {a}\nSi\n{N_ATOMS}\nDirect\n"
    return head + "\n".join(rows) + "\n"


def _measure(daemon: RunningDaemon, connection: Connection) -> None:
    deck, poscar = _deck(), _poscar()
    last = deck.count("\n") - 2
    questions: dict[str, Callable[[], object]] = {
        "check, deck": lambda: connection.check_document(deck, name="a.d12"),
        "complete, deck": lambda: connection.complete_document(
            deck, last, 3, name="a.d12"
        ),
        "hover, deck": lambda: connection.hover_document(deck, last, 3, name="a.d12"),
        "symbols, deck": lambda: connection.document_symbols(deck, name="a.d12"),
        "format, deck": lambda: connection.format_document(deck, name="a.d12"),
        "complete, INCAR": lambda: connection.complete_document(
            "EN", 1, 3, name="INCAR"
        ),
        "check, POSCAR": lambda: connection.check_document(poscar, name="POSCAR"),
        "complete, POSCAR": lambda: connection.complete_document(
            poscar, 8, 1, name="POSCAR"
        ),
        "hover, POSCAR": lambda: connection.hover_document(
            poscar, 4000, 3, name="POSCAR"
        ),
        "format, POSCAR": lambda: connection.format_document(poscar, name="POSCAR"),
    }
    is_done = threading.Event()
    pings: list[float] = []

    def ping() -> None:
        with daemon.connection() as other:
            while not is_done.is_set():
                begin = time.perf_counter()
                other.ping()
                pings.append(time.perf_counter() - begin)
                time.sleep(0.002)

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        for name, ask in questions.items():
            ask()
            _print(name, [_time(ask) for _ in range(N_CALLS)])
    finally:
        is_done.set()
        thread.join()
    _print("ping of another client", pings)


def _time(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return time.perf_counter() - begin


def _print(name: str, seconds: list[float]) -> None:
    found = sorted(1000 * one for one in seconds)
    shares = [found[int(share * (len(found) - 1))] for share in (0.5, 0.95, 0.99)]
    line = "  ".join(
        f"{label} {value:6.1f} ms"
        for label, value in zip(("median", "p95", "p99"), shares, strict=True)
    )
    print(f"{name:24}{line}")


if __name__ == "__main__":
    main()
