"""Sets energies of the embedded engine beside those that CRYSTAL printed.

Prints the table of docs/engine.md. It takes minutes, and needs the corpora beside
the checkout:

    python tests/bench/engine_versus_crystal.py ../shared/corpora
"""

import argparse
import csv
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.pyscf.outputs import read_result

UNEXPLAINED_MHA = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A calculation of the corpora: what it is, deck, output, meshes to compute."""

    title: str
    deck: str
    output: str
    meshes: tuple[int, ...]


CASES = (
    Case(
        title="MgO, HF, STO-3G",
        deck="out/aiida-crystal17__crystal_mgo_sto3g_scf__main.out",
        output="out/aiida-crystal17__crystal_mgo_sto3g_scf__main.out",
        meshes=(2, 3, 4),
    ),
    Case(
        title="Si, HF, STO-3G",
        deck="d12_from_out/pycrystal__pycrystal__test08.d12",
        output="out/pycrystal__pycrystal__test08.out",
        meshes=(2, 3, 4),
    ),
    Case(
        title="Si, BECKE-PZ, STO-3G",
        deck="d12/nomad-parser-crystal__single_point_dft__si.d12",
        output="out/nomad-parser-crystal__single_point_dft__output.out",
        meshes=(2, 3, 4),
    ),
    Case(
        title="MgO, HF, 8-61G / 8-51G",
        deck="d12/nomad-parser-crystal__single_point_hf__mgo.d12",
        output="out/nomad-parser-crystal__single_point_hf__output.out",
        meshes=(2, 3),
    ),
)


def deck_text(path: Path) -> str:
    """Return a deck file, or the deck that an output echoes before its banner."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for at, line in enumerate(lines):
        if line.strip() == "CRYSTAL" and at:
            text = "\n".join(lines[at - 1 :])
            try:
                read_deck(text)
            except DeckError:
                continue
            return text
    raise SystemExit(f"{path} holds no deck")


def engine_energy(deck: str, mesh: int) -> tuple[float | None, int]:
    """Return energy, hartree, and number of atoms at one isotropic mesh."""
    deck = re.sub(r"SHRINK\n[^\n]*\n", f"SHRINK\n{mesh} {mesh}\n", deck)
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "INPUT").write_text(deck)
        done = subprocess.run(
            [sys.executable, "-m", "crystalmathd.codes.pyscf.engine", "INPUT"],
            cwd=directory,
            capture_output=True,
            check=False,
        )
    result = read_result("pyscf", "out", done.stdout)
    if not result.is_scf_converged:
        sys.stderr.write(f"{result.cause}\n")
        return None, result.n_atoms or 1
    return result.energy_as_printed, result.n_atoms or 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    root = parser.parse_args().corpora / "open" / "crystal"
    with (root / "truth.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        truth = {row["path"]: row for row in rows}
    print(
        "| deck | mesh | engine, Ha | CRYSTAL, Ha | SHRINK | difference, mHa/atom | |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    for case in CASES:
        row = truth[f"open/crystal/{case.output}"]
        printed = float(row["final_energy_Ha"])
        deck = deck_text(root / case.deck)
        shrink = read_deck(deck).find("SHRINK")
        for mesh in case.meshes:
            energy, n_atoms = engine_energy(deck, mesh)
            if energy is None:
                continue
            difference = (energy - printed) * 1000 / n_atoms
            is_large = abs(difference) > UNEXPLAINED_MHA
            is_last = mesh == case.meshes[-1]
            note = "unexplained" if is_large and is_last else ""
            print(
                f"| {case.title} | {mesh}³ | {energy:.5f} | {printed:.5f} | "
                f"{shrink.integer(0) if shrink else ''} | {difference:+.2f} | {note} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
