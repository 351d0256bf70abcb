"""Files in which blocks of a deck keep what was done, and keywords that take them up.

Sources: the keyword tables of CRYSTAL17 and 23; the names that run scripts save. What
CRYSTAL writes into these files is documented nowhere.
"""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.staging import (
    FREQUENCIES,
    OPTIMISATION,
    STRAINS,
    VOLUMES,
)
from crystalmathd.codes.fortran import records_fit
from crystalmathd.models.restarts import LeftFile


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A block that keeps its state in a file, and the keyword that takes it up."""

    block: str
    word: str
    role: str
    suffix: str
    unit: str
    title: str
    keeps: str
    obstacle: str | None = None
    """Why the keyword is not offered, where no run has shown what it does."""


STATES: Final = (
    State(
        block="FREQCALC",
        word="RESTART",
        role=FREQUENCIES,
        suffix=".freqinfo",
        unit="FREQINFO.DAT",
        title="go on with the displacements that are left (FREQCALC RESTART)",
        keeps="the forces of every displacement that was done",
    ),
    State(
        block="OPTGEOM",
        word="RESTART",
        role=OPTIMISATION,
        suffix=".optinfo",
        unit="OPTINFO.DAT",
        title="go on with the optimisation (OPTGEOM RESTART)",
        keeps="the points that were done and the Hessian made from them",
    ),
    *(
        State(
            block=block,
            word="RESTART",
            role=STRAINS,
            suffix=".elasinfo",
            unit="ELASINFO.DAT",
            title=f"go on with the strains that are left ({block} RESTART)",
            keeps="every strained geometry that was done",
        )
        for block in ("ELASTCON", "ELAPIEZO")
    ),
    State(
        block="EOS",
        word="RESTART2",
        role=VOLUMES,
        suffix=".eosinfo",
        unit="EOSINFO.DAT",
        title="go on with the volumes that are left (EOS RESTART2)",
        keeps="every volume that was done",
        obstacle=(
            "that RESTART2 of EOS takes it up is not proven: it is known from tables"
            " of keywords, not from a run"
        ),
    ),
    State(
        block="QHA",
        word="RESTART",
        role=VOLUMES,
        suffix=".eosinfo",
        unit="EOSINFO.DAT",
        title="go on with the volumes that are left (QHA RESTART)",
        keeps="every volume that was done",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """Whether a file was cut, and how that is said to a person."""

    is_cut: bool
    words: str


def ends(file: LeftFile, unit: str) -> Ends:
    """Look for a cut in a state that Fortran has written, as text or as records."""
    name = f"{file.name} ({unit})"
    is_text = file.data.isascii() and b"\0" not in file.data
    if not file.is_here:
        words = f"{name} has {file.size} bytes; it was not looked into"
    elif is_text and file.is_whole and not file.data.endswith(b"\n"):
        return Ends(is_cut=True, words=f"{name} was cut in the middle of a line")
    elif not is_text and not records_fit(file.data, file.size):
        words = f"{name} is neither text nor whole records: it was cut"
        return Ends(is_cut=True, words=words)
    else:
        end = "its last line or record is whole" if file.is_whole else "begins whole"
        words = (
            f"{name} has {file.size} bytes, {end}; its numbers were not looked into,"
            " as their form is not known"
        )
    return Ends(is_cut=False, words=words)
