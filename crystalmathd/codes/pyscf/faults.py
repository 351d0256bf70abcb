"""Known failures of the embedded engine: its own words, each behind `ERROR:`."""

import re
from typing import Final

from crystalmathd.codes.crystal.stops import MORE_CYCLES, OUT_OF_CYCLES
from crystalmathd.codes.machine_faults import MACHINE_FAULTS
from crystalmathd.models.faults import (
    Effect,
    Fault,
    Remedy,
    Severity,
    Standing,
)

_OWN: Final = "This engine's own report"


def _refusal(
    key: str, text: str, *, cause: str, meaning: str, remedies: tuple[Remedy, ...]
) -> Fault:
    return Fault(
        key=key,
        needs="ERROR: ",
        pattern=re.compile(rf"^ERROR: .*(?:{text})"),
        severity=Severity.FATAL,
        cause=cause,
        meaning=meaning,
        source=_OWN,
        standing=Standing.REAL,
        remedies=remedies,
    )


FAULTS: Final = (
    Fault(
        key="scf_cycles",
        needs="CONVERGED answer no",
        pattern=re.compile(r"^CONVERGED answer no\b"),
        severity=Severity.FATAL,
        cause=OUT_OF_CYCLES,
        meaning="MAXCYCLE was reached: the energy is not converged.",
        source=_OWN,
        standing=Standing.REAL,
        remedies=(
            Remedy(
                text="Allow more cycles.",
                edits=(MORE_CYCLES,),
            ),
            Remedy(
                text="If the mesh shows no gap, this engine cannot help: use CRYSTAL.",
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    _refusal(
        "charged_cell",
        r"runs neutral cells only",
        cause="The cell is charged, and the embedded engine runs neutral cells only.",
        meaning="The electrons in the shells do not make up the nuclear charges.",
        remedies=(
            Remedy(
                text="Correct the CHE of the shells, or run CRYSTAL itself.",
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    _refusal(
        "odd_electrons",
        r"runs closed shells only",
        cause="The cell has an odd number of electrons.",
        meaning="This deck is closed-shell, which needs pairs.",
        remedies=(Remedy(text="Run it with spin.", effect=Effect.PHYSICS),),
    ),
    _refusal(
        "integrals_too_large",
        r"fitted integrals would take",
        cause="The fitted integrals do not fit on the disk.",
        meaning="They grow with the square of the mesh and of the basis set.",
        remedies=(
            Remedy(text="Choose a scratch directory with more room."),
            Remedy(
                text="Take a coarser mesh or a smaller basis set.",
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    _refusal(
        "library_stopped",
        r"PySCF stopped: ",
        cause="PySCF could not make this calculation.",
        meaning="Its own words stand behind it; often the basis is nearly dependent.",
        remedies=(
            Remedy(
                text="Leave the most diffuse functions out of the basis set.",
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    _refusal(
        "library_missing",
        r"is missing: pip install",
        cause="A library of the embedded engine is not installed.",
        meaning="The engine runs in the daemon's own Python.",
        remedies=(Remedy(text="Install what the line says; restart the daemon."),),
    ),
    *MACHINE_FAULTS,
    Fault(
        key="refused",
        needs="ERROR: ",
        pattern=re.compile(r"^ERROR: (?P<message>.+)"),
        severity=Severity.FATAL,
        cause="The embedded engine refused the deck.",
        meaning="The line says what it cannot compute, and where that stands.",
        source=_OWN,
        standing=Standing.REAL,
        remedies=(Remedy(text="Change that line, or run CRYSTAL itself."),),
        is_generic=True,
    ),
)
