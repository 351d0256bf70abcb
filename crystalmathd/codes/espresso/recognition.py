"""Which files are outputs of Quantum ESPRESSO, and which inputs belong to them."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.espresso.programs import NAMELISTS

_PROGRAM: Final = re.compile(rb"^ +Program (\S+) +v\.?\d\S* .*starts", re.MULTILINE)
_NEAR: Final = 8_000
"""Bytes before which a program names itself, behind what MPI has to say."""
_CALLED: Final = {
    "PWSCF": "pw.x",
    "PHONON": "ph.x",
    "BANDS": "bands.x",
    "DOS": "dos.x",
    "PROJWFC": "projwfc.x",
    "POST-PROC": "pp.x",
    "Q2R": "q2r.x",
    "MATDYN": "matdyn.x",
    "DYNMAT": "dynmat.x",
    "HP": "hp.x",
    "OPEN_GRID": "open_grid.x",
    "CP": "cp.x",
    "NEB": "neb.x",
}
"""What a program calls itself → its file."""

_INPUTS: Final = (".in", ".pwi", ".inp")


def recognise(head: bytes) -> str | None:
    """Return the program that begins in the first bytes of a file.

    Of neb.x, which is no step here, only the frame is read; others (turbo …) are
    not ours.
    """
    match = _PROGRAM.search(head[:_NEAR])
    return None if match is None else _CALLED.get(match[1].decode("utf-8", "replace"))


def inputs_beside(program: str, output: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the input of an output: same name, or the only one that can be.

    A name like `si.bands.in` belongs to bands.x, others to pw.x.
    """
    stem = PurePosixPath(output).name.rpartition(".")[0] or output
    inputs = [name for name in names if name.lower().endswith(_INPUTS)]
    same = [name for name in inputs if _stem(name) in {stem, output}]
    if same:
        return tuple(same[:1])
    own = [name for name in inputs if _may_be_of(program, name)]
    return tuple(own) if len(own) == 1 else ()


def _stem(name: str) -> str:
    lowered = name.lower()
    suffix = next(s for s in _INPUTS if lowered.endswith(s))
    return name[: -len(suffix)]


def _may_be_of(program: str, name: str) -> bool:
    parts = _stem(name).lower().split(".")
    named = {f"{part}.x" for part in parts} & NAMELISTS.keys()
    return program in named or (program == "pw.x" and not named)
