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
_RANKS: Final = re.compile(r"^ *running +(?:on +)?(\d{1,9}) +(?:total|mpi-ranks|nodes)")
_MOMENT: Final = re.compile(r"mag= *(\S+)(?: +(\S+) +(\S+))?\s*$")


def is_stdout(head: bytes) -> bool:
    """Say whether a file begins as VASP does when it talks to the terminal."""
    start = head[:4000]
    return b" vasp." in start and (
        b"POSCAR found" in start or b"POTCAR" in start or b"reading" in start
    )


def read_stdout(data: bytes, name: str) -> Run:
    """Read the loops and the energies behind them."""
    run = Run(file=name)
    step: Step | None = None
    for number, line in numbered_lines(data):
        if cycle := printed.electronic_step(line):
            if step is None or step.zero_ev is not None:
                step = Step(number=len(run.steps) + 1)
                run.steps.append(step)
            step.n_cycles = cycle.number
            step.energies_ev.append(cycle.energy_ev)
            step.deltas_ev.append(cycle.delta_ev if cycle.number > 1 else None)
        elif ionic := printed.ionic_step(line):
            if step is None or step.zero_ev is not None:
                step = Step(number=len(run.steps) + 1)
                run.steps.append(step)
            step.number = ionic.number
            step.free_ev, step.zero_ev = ionic.free_ev, ionic.zero_ev
            step.zero_line = number, line.strip()
            run.magnetisation = _moment(line)
        elif run.version is None and (match := _VERSION.match(line)):
            run.version, run.build = match[1], match[2] or None
        elif run.n_ranks is None and (match := _RANKS.match(line)):
            run.n_ranks = int(match[1])
        elif printed.ACCURACY.match(line):
            run.has_accuracy = True
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
