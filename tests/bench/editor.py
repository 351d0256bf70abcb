"""How quickly an editor hears of a change: `python -m tests.bench.editor`.

A real daemon and a real language server; `textDocument/didChange` to
`textDocument/publishDiagnostics`, less the debounce of 200 ms. Goals (p95): below 20 ms
for an input of 300 lines, below 100 ms for a POSCAR of 5,000 atoms, below 10 ms for a
completion. Last, 5,000 edits in one message, until what came behind it is answered.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from crystalmath.lsp.checking import DEBOUNCE_S
from tests.daemon.editor import Editor
from tests.harness import ROOT, RunningDaemon

TURNS = 40


def long_deck(n_lines: int = 300) -> str:
    """Return a deck of a molecule with so many lines, all of them read."""
    n_atoms = n_lines - 9
    atoms = [
        f"6 {index % 20} {index // 20 % 20} {index // 400}" for index in range(n_atoms)
    ]
    head = ["Carbon", "MOLECULE", "1", str(n_atoms), *atoms]
    return "\n".join([*head, "BASISSET", "STO-3G", "MAXCYCLE", "50", "END", ""])


def long_poscar(n_atoms: int = 5000) -> str:
    edge = 50.0
    atoms = [
        f"{index % 18 / 18:.6f} {index // 18 % 18 / 18:.6f} {index // 324 / 18:.6f}"
        for index in range(n_atoms)
    ]
    cell = [f"{edge} 0 0", f"0 {edge} 0", f"0 0 {edge}"]
    return "\n".join(["MgO", "1.0", *cell, "Mg", str(n_atoms), "Direct", *atoms, ""])


def long_pw_input(n_lines: int = 300) -> str:
    n_atoms = n_lines - 11
    system = f"ibrav = 1, A = 40, nat = {n_atoms}, ntyp = 1, ecutwfc = 30"
    head = ["! A", "&CONTROL", "/", "&SYSTEM", system, "/", "&ELECTRONS", "/"]
    atoms = [f"C {i % 20} {i // 20 % 20} {i // 400}" for i in range(n_atoms)]
    cards = ["ATOMIC_SPECIES", "C 12.011 C.upf", "ATOMIC_POSITIONS bohr", *atoms]
    return "\n".join([*head, *cards, "K_POINTS gamma", ""])


def long_incar(n_lines: int = 300) -> str:
    tags = ["ENCUT = 400", "ISMEAR = 0", "SIGMA = 0.05", "NSW = 50", "IBRION = 2"]
    notes = [f"# {number}: a remark" for number in range(n_lines - len(tags) - 1)]
    return "\n".join(["# A", *tags, *notes, ""])


def report(name: str, times_s: list[float], goal_ms: float) -> None:
    ordered = sorted(1000 * one for one in times_s)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(
        f"{name:34} median {median(ordered):6.1f} ms, p95 {p95:6.1f} (goal {goal_ms:g})"
    )


def timed(work: Callable[[int], object]) -> list[float]:
    times = []
    for turn in range(TURNS):
        begin = time.perf_counter()
        work(turn)
        times.append(time.perf_counter() - begin)
    return times[2:]


def measure(editor: Editor, uri: str, text: str, goal_ms: float, line: int) -> None:
    n_lines = text.count("\n")
    editor.open(uri, text)
    editor.published(uri)

    def change(turn: int) -> None:
        start = {"line": 0, "character": 0}
        end = {"line": 0, "character": 1}
        letter = "ABC"[turn % 3]
        editor.change(uri, {"range": {"start": start, "end": end}, "text": letter})
        editor.published(uri)

    name = f"{Path(uri).name}, {n_lines} lines"
    report(f"{name}: checked", [one - DEBOUNCE_S for one in timed(change)], goal_ms)

    def complete(_turn: int) -> None:
        editor.request("textDocument/completion", editor.at(uri, line, 3))

    report(f"{name}: completion", timed(complete), 10)


def measure_many_edits(editor: Editor, uri: str, text: str, n: int = 5000) -> None:
    editor.open(uri, text)
    start, end = {"line": 0, "character": 0}, {"line": 0, "character": 1}
    edits = [{"range": {"start": start, "end": end}, "text": "A"}] * n

    def change(_turn: int) -> None:
        editor.change(uri, *edits)
        editor.request("textDocument/hover", editor.at(uri, 1, 1))

    report(f"{n} edits at once", timed(change), 100)


def main() -> None:
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py").start()
    editor = Editor(daemon, validates=False)
    try:
        editor.begin()
        deck, poscar = long_deck(), long_poscar()
        measure(editor, daemon.write("long.d12", deck).as_uri(), deck, 20, 297)
        measure(editor, daemon.write("POSCAR", poscar).as_uri(), poscar, 100, 5)
        pw_input, incar = long_pw_input(), long_incar()
        measure(editor, daemon.write("scf.pwi", pw_input).as_uri(), pw_input, 20, 4)
        measure(editor, daemon.write("INCAR.b", incar).as_uri(), incar, 20, 3)
        measure_many_edits(editor, daemon.write("edits.d12", deck).as_uri(), deck)
    finally:
        editor.close()
        daemon.close()


if __name__ == "__main__":
    main()
