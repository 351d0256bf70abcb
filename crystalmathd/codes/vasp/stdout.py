"""The standard output of VASP or OSZICAR, where it is all that a run has left.

It names neither the settings nor the atoms: whether a loop converged is not said.
"""

import re
from typing import Final

from crystalmathd.codes.lines import numbered_lines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp import printed
from crystalmathd.codes.vasp.run import Run, Step

_VERSION: Final = re.compile(r"^ *vasp\.(\S+) *(.*?)\s*$")
_BANNER: Final = re.compile(rb"^ ?vasp\.\d+\.\d+[. ]", re.MULTILINE)
_BEGUN: Final = re.compile(
    rb"^ (?:POSCAR(?: found|, INCAR)|POTCAR: |LDA part: |reading )", re.MULTILINE
)
"""What VASP says of the files that it reads, each line with one blank in front."""
_SAME_EV: Final = 1e-5
_DIGITS: Final = 1e-7
_IMAGES: Final = b"\n each image running on "
_RANKS: Final = re.compile(r"^ *running +(?:on +)?(\d{1,9}) +(?:total|mpi-ranks|nodes)")
_MOMENT: Final = re.compile(r"mag= *(\S+)(?: +(\S+) +(\S+))?\s*$")


def is_stdout(head: bytes) -> bool:
    """Say whether a file begins as VASP does when it talks to the terminal."""
    start = head[:4000]
    return _BANNER.search(start) is not None and _BEGUN.search(start) is not None


def read_stdout(data: bytes, name: str) -> Run:
    """Read the loops and the energies behind them."""
    run = Run(file=name, is_image=_IMAGES in data)
    step: Step | None = None
    for number, line in numbered_lines(data):
        if cycle := printed.electronic_step(line):
            if step is None or step.zero_line is not None:
                step = Step(number=len(run.steps) + 1)
                run.steps.append(step)
            step.n_cycles = cycle.number
            step.energies_ev.append(cycle.energy_ev)
            step.deltas_ev.append(cycle.delta_ev if cycle.number > 1 else None)
        elif ionic := printed.ionic_step(line):
            if step is None or step.zero_line is not None:
                step = Step(number=len(run.steps) + 1)
                run.steps.append(step)
            step.number = ionic.number
            step.free_ev, step.zero_ev = ionic.free_ev, ionic.zero_ev
            step.zero_line = number, line.strip()
            if step.zero_ev is None:  # NaN
                step.is_converged = False
            run.magnetisation = _moment(line)
        elif run.version is None and (match := _VERSION.match(line)):
            run.version, run.build = match[1], match[2] or None
        elif run.n_ranks is None and (match := _RANKS.match(line)):
            run.n_ranks = int(match[1])
        elif printed.ACCURACY.match(line):
            run.has_accuracy = True
    # VASP says nothing at its end: only a loop that was left open tells that it is not.
    run.has_ended = False if step is None or step.zero_line is None else None
    return run


def _moment(line: str) -> float | None:
    match = _MOMENT.search(line)
    if match is None:
        return None
    parts = [fortran_float(text) for text in match.groups() if text]
    if len(parts) == 1:
        return parts[0]
    whole = [part for part in parts if part is not None]
    return (
        sum(part * part for part in whole) ** 0.5 if len(whole) == len("xyz") else None
    )


def compare_stdout(run: Run, said: Run) -> None:
    """Say of a run that was read from its files where its standard output differs.

    It has eight digits of the energies. In the directory of an elastic band it may be
    that of another image.
    """
    run.is_image = run.is_image or said.is_image
    energies = {step.number: step.free_ev for step in said.steps}
    for step in run.steps:
        other = energies.get(step.number)
        if step.free_ev is None or other is None:
            continue
        if abs(step.free_ev - other) > _SAME_EV + _DIGITS * abs(other):
            run.warnings.append(
                f"{said.file} is of another run than {run.file}: in ionic step"
                f" {step.number} it says F = {other:.6f} eV, not {step.free_ev:.6f} eV"
            )
            return
