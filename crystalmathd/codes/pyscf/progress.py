"""The engine's growing output → `Progress`."""

import codecs

from crystalmathd.codes.pyscf.report import NORMAL_END, fields, number
from crystalmathd.models.progress import Cycle, Progress
from crystalmathd.units import EV_PER_HARTREE


class EngineProgress:
    """Reads the output of one engine process as it comes."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._phase = "start"
        self._detail = ""
        self._max_cycles: int | None = None
        self._cycles: list[Cycle] = []

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + self._decode(data)).split("\n")
        for line in lines:
            self._read(line)

    def progress(self) -> Progress:
        return Progress(
            program=self._program,
            phase=self._phase,
            detail=self._detail,
            max_cycles=self._max_cycles,
            cycles=tuple(self._cycles),
        )

    def _read(self, line: str) -> None:
        if line.strip() == NORMAL_END:
            self._phase, self._detail = "end", ""
            return
        word, values = fields(line)
        if word == "PHASE":
            name = values.pop("name", "")
            self._phase = name
            self._detail = ", ".join(f"{k} {v}" for k, v in values.items())
            limit = values.get("max_cycles", "")
            self._max_cycles = int(limit) if limit.isdecimal() else self._max_cycles
        elif word == "CYCLE":
            cycle = read_cycle(line)
            if cycle is not None:
                self._cycles.append(cycle)
        elif word == "ERROR":
            self._phase, self._detail = "error", values.get("text", "")


def read_cycle(line: str) -> Cycle | None:
    """Return the cycle of a line ``CYCLE n energy_hartree …``; None if it is broken."""
    _, at, *rest = [*line.split(), ""]
    _, values = fields(" ".join(["CYCLE", *rest]))
    energy = number(values.get("energy_hartree"))
    delta = number(values.get("delta_hartree"))
    if not at.isdecimal() or energy is None:
        return None
    return Cycle(
        number=int(at),
        geometry_step=0,
        energy_ev=energy * EV_PER_HARTREE,
        delta_ev=None if delta is None else delta * EV_PER_HARTREE,
    )
