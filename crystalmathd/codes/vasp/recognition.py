"""Which files are outputs of VASP, of which of its programs, and what lies beside."""

import re
from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.vasp.stdout import is_stdout

OUTCAR: Final = "OUTCAR"
VASPRUN: Final = "vasprun.xml"
_HEAD: Final = 20_000
_POTCAR: Final = re.compile(rb"^ *POTCAR:  ", re.MULTILINE)
_INPUTS: Final = ("INCAR", "POSCAR", "KPOINTS", "POTCAR")


def is_outcar(head: bytes) -> bool:
    """Say whether a file begins as an OUTCAR, even one without its first lines."""
    start = head[:_HEAD]
    if _POTCAR.search(start):
        return True
    return start.lstrip().startswith(b"vasp.") and b"executed on" in start


def is_vasprun(head: bytes) -> bool:
    start = head[:500]
    return b"<modeling>" in start and start.lstrip().startswith(
        (b"<?xml", b"<modeling")
    )


def recognise(head: bytes) -> str | None:
    """Return the program that wrote a main output; None if it is none of VASP."""
    start = head[:_HEAD]
    if is_vasprun(head):
        if b'name="program" type="string">vasp' not in start[:2000]:
            return None
    elif not is_outcar(head) and not is_stdout(head):
        return None
    if b"gamma-only" in start:
        return "vasp_gam"
    # The build says `complex` for both others: they differ in what they allow.
    is_noncollinear = b'LNONCOLLINEAR"> T' in head or b"LNONCOLLINEAR =      T" in head
    return "vasp_ncl" if is_noncollinear else "vasp_std"


def companions(name: str) -> tuple[str, ...]:
    """Return the names of the outputs of one run, a main one first.

    `OUTCAR.relax1` belongs to `vasprun.xml.relax1`, not to `vasprun.xml`.
    """
    if OUTCAR in name:
        return name, name.replace(OUTCAR, VASPRUN)
    if VASPRUN in name:
        return name, name.replace(VASPRUN, OUTCAR)
    if name.endswith(".xml"):
        return (name,)
    return name, OUTCAR, VASPRUN


def inputs_beside(output: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the inputs of an output: those with its ending, if it has one."""
    ending = ""
    for word in (OUTCAR, VASPRUN):
        if output.startswith(word):
            ending = output.removeprefix(word)
    found = tuple(f"{name}{ending}" for name in _INPUTS if f"{name}{ending}" in names)
    return found or tuple(name for name in _INPUTS if name in names)
