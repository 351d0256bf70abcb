"""The end of an OUTCAR: accuracy, times, memory."""

from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp.outcar import Outcar
from crystalmathd.codes.vasp.run import Run

_MB_PER_KB: Final = 1 / 1024


def read_ending(outcar: Outcar, run: Run) -> None:
    """Read how it ended. The times and the memory are those of the first rank."""
    run.has_accuracy = bool(outcar.all("accuracy"))
    run.has_ended = bool(outcar.all("timing"))
    run.wall_time_s = _value(outcar, "wall")
    run.cpu_time_s = _value(outcar, "cpu")
    memory = _value(outcar, "memory")
    # Some machines do not tell the memory: VASP prints 0 then.
    run.max_memory_mb = memory * _MB_PER_KB if memory else None


def _value(outcar: Outcar, name: str) -> float | None:
    return fortran_float(outcar.last_line(name).rpartition(":")[2].strip())
