"""Outputs of VASP read here and by pymatgen, side by side in one run.

For every OUTCAR of the corpora, with the vasprun.xml beside it where there is one:
both readers read the same bytes in turns, the values that both give are compared,
and the times are printed. Run it as `python -m tests.bench.vasp_outputs`.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.codes.vasp.recognition import is_outcar
from crystalmathd.models.results import Result

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "open" / "vasp"
N_TURNS = 5
GOAL = 5.0
ENERGY_EV, FORCE_EV_A, BAND_EV, GAP_EV = 1e-6, 2e-6, 1e-6, 1e-3


@dataclass
class Case:
    """The files of one run, the seconds both needed, the values that differ."""

    outcar: Path
    xml: Path | None
    ours_s: list[float]
    theirs_s: list[float]
    differing: list[str]

    @property
    def size_mb(self) -> float:
        files = (self.outcar, *([self.xml] if self.xml else []))
        return sum(path.stat().st_size for path in files) / 1e6


def main() -> None:
    if not CORPORA.is_dir():
        print("outputs of VASP: the corpora are not beside the checkout")
        return
    warnings.simplefilter("ignore")
    cases = [
        case for path in sorted(CORPORA.rglob("*OUTCAR*")) if (case := compare(path))
    ]
    print(f"{'run':<58} {'MB':>6} {'ours/ms':>8} {'pymatgen/ms':>11} {'ratio':>6}")
    for case in cases:
        ours, theirs = map(statistics.median, (case.ours_s, case.theirs_s))
        name = str(case.outcar.relative_to(CORPORA))[-58:]
        print(
            f"{name:<58} {case.size_mb:6.2f} {1e3 * ours:8.1f} {1e3 * theirs:11.1f}"
            f" {theirs / ours:6.1f}  {', '.join(case.differing)}"
        )
    ours_s = sum(min(case.ours_s) for case in cases)
    theirs_s = sum(min(case.theirs_s) for case in cases)
    size_mb = sum(case.size_mb for case in cases)
    print(
        f"{len(cases)} runs, {size_mb:.1f} MB: {size_mb / ours_s:.0f} MB/s here,"
        f" {size_mb / theirs_s:.1f} MB/s by pymatgen, {theirs_s / ours_s:.1f} times as"
        f" fast (goal {GOAL:g})"
    )


def compare(outcar: Path) -> Case | None:
    """Read one run by both in turns; None if pymatgen cannot read it."""
    data = outcar.read_bytes()
    if not is_outcar(data):
        return None
    beside = outcar.with_name("vasprun.xml")
    xml = beside if outcar.name == "OUTCAR" and beside.is_file() else None
    files = {"OUTCAR": data} | ({"vasprun.xml": xml.read_bytes()} if xml else {})
    case = Case(outcar=outcar, xml=xml, ours_s=[], theirs_s=[], differing=[])
    try:
        theirs = pymatgen_reads(outcar, xml)
    except (ValueError, IndexError, AttributeError, TypeError):
        return None
    for _ in range(N_TURNS):
        case.ours_s.append(timed(lambda: read_files("vasp_std", "OUTCAR", files)))
        case.theirs_s.append(timed(lambda: pymatgen_reads(outcar, xml)))
    result = read_files("vasp_std", "OUTCAR", files)
    case.differing = [*outcar_differs(result, theirs[0])]
    if theirs[1] is not None:
        case.differing += vasprun_differs(result, theirs[1])
    return case


def pymatgen_reads(outcar: Path, xml: Path | None) -> tuple[Any, Any]:
    from pymatgen.io.vasp.outputs import Outcar, Vasprun

    run = None
    if xml is not None:
        run = Vasprun(str(xml), parse_potcar_file=False, exception_on_bad_xml=False)
    return Outcar(str(outcar)), run


def timed(read: Callable[[], object]) -> float:
    start = time.perf_counter()
    read()
    return time.perf_counter() - start


def outcar_differs(result: Result, theirs: Any) -> list[str]:
    """Name the values of an OUTCAR that are not those of pymatgen.

    Of a run that was cut, pymatgen takes the energy of the last cycle; its Fermi energy
    is the first one of the file: these are not compared.
    """
    found = []
    if result.is_normal_end and theirs.final_energy is not None:
        energy = result.energy_ev
        if energy is None or abs(energy - theirs.final_energy) > ENERGY_EV:
            found.append("energy")
    electrons = [atom["tot"] for atom in theirs.charge or ()]
    if electrons and (
        not result.charges or list(result.charges[0].electrons) != electrons
    ):
        found.append("charges")
    if theirs.run_stats.get("Elapsed time (sec)") not in {None, result.wall_time_s}:
        found.append("wall time")
    return found


def vasprun_differs(result: Result, theirs: Any) -> list[str]:
    found = []
    if len(theirs.ionic_steps) != len(result.steps):
        return ["number of steps"]
    for ours, step in zip(result.steps, theirs.ionic_steps, strict=True):
        forces = step.get("forces", ())
        if any(
            abs(x - y) > FORCE_EV_A
            for one, other in zip(ours.forces_ev_a, forces, strict=True)
            for x, y in zip(one, other, strict=True)
        ):
            found.append("forces")
    with suppress(ValueError):
        gap = theirs.eigenvalue_band_properties[0]
        # Where states are partly filled, the result has the gap 0, pymatgen the
        # distance between levels.
        ours_ev = result.gaps[0].gap_ev if result.gaps else 0.0
        if ours_ev and gap and abs(gap - ours_ev) > GAP_EV:
            found.append("gap")
    if theirs.eigenvalues and result.bands:
        spins = sorted(theirs.eigenvalues, key=lambda spin: -spin.value)
        for ours_of_spin, spin in zip(result.bands.energies_ev, spins, strict=True):
            levels = theirs.eigenvalues[spin][:, :, 0]
            if abs(levels - list(map(list, ours_of_spin))).max() > BAND_EV:
                found.append("bands")
    return found


if __name__ == "__main__":
    main()
