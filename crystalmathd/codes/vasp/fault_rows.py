"""How a row of VASP's table of failures is made, and remedies that several rows share.

Effects: mixing, cycles, distribution over ranks and restarts change
nothing; ALGO, LREAL, NBANDS, SYMPREC, EDIFF the numbers; ISYM, ISMEAR, SIGMA, mesh and
cell the physics.
"""

import re
from typing import Final

from crystalmathd.models.faults import (
    Continue,
    Effect,
    Fault,
    Remedy,
    RemoveFile,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

CUSTODIAN: Final = "custodian 2026.10.21, vasp/handlers.py"
_CALLED: Final = ("stdout", "outcar", "error_unit")

SYMMETRY_OFF: Final = Remedy(
    text="Leave the symmetry out of account.",
    effect=Effect.PHYSICS,
    edits=(SetValue(key="ISYM", value="0"),),
)
TIGHTER_SYMMETRY: Final = Remedy(
    text="Look for the symmetry with a tolerance of 1e-6.",
    effect=Effect.NUMERICAL,
    edits=(SetValue(key="SYMPREC", value="1E-6"),),
)
GAMMA_MESH: Final = Remedy(
    text=(
        "Centre the mesh on Γ in KPOINTS (with KSPACING: KGAMMA = .TRUE.); even"
        " Monkhorst-Pack meshes break the symmetry of hexagonal and fcc lattices."
    ),
    effect=Effect.PHYSICS,
)
GAUSSIAN: Final = Remedy(
    text="Use Gaussian smearing instead of the tetrahedron method.",
    effect=Effect.PHYSICS,
    edits=(SetValue(key="ISMEAR", value="0"), SetValue(key="SIGMA", value="0.05")),
)
RECIPROCAL: Final = Remedy(
    text="Evaluate the projectors in reciprocal space.",
    effect=Effect.NUMERICAL,
    edits=(SetValue(key="LREAL", value=".FALSE."),),
)
NORMAL: Final = Remedy(
    text="Use the blocked Davidson algorithm.",
    effect=Effect.NUMERICAL,
    edits=(SetValue(key="ALGO", value="Normal"),),
)
ALL_BANDS: Final = Remedy(
    text="Minimise all bands together (not with the tetrahedron method).",
    effect=Effect.NUMERICAL,
    edits=(SetValue(key="ALGO", value="All"), SetValue(key="ISEARCH", value="1")),
)
LESS_MIXING: Final = Remedy(
    text="Mix more carefully.",
    edits=(SetValue(key="AMIX", value="0.1"), SetValue(key="BMIX", value="0.01")),
)
SMALLER_STEPS: Final = Remedy(
    text="Take ionic steps half as long.",
    edits=(ScaleValue(key="POTIM", factor=0.5, default=0.5, least=0.01),),
)
FRESH: Final = Remedy(
    text="Start without the old charge density and orbitals.",
    edits=(RemoveFile(name="CHGCAR"), RemoveFile(name="WAVECAR")),
)
GO_ON: Final = Remedy(
    text="Go on from the last geometry.", edits=(Continue(kind="optimisation"),)
)


def row(
    key: str,
    needs: str | tuple[str, ...],
    cause: str,
    meaning: str,
    *remedies: Remedy,
    pattern: str | None = None,
    severity: Severity = Severity.FATAL,
    standing: Standing = Standing.QUOTED,
    source: str = CUSTODIAN,
    files: tuple[str, ...] = _CALLED,
    is_generic: bool = False,
    n_lines: int = 1,
    undone_by: str | None = None,
) -> Fault:
    """Return a row; without a pattern the needed texts are what is looked for."""
    texts = (needs,) if isinstance(needs, str) else needs
    found = pattern or "|".join(re.escape(text) for text in texts)
    return Fault(
        key=key,
        needs=needs,
        pattern=re.compile(found),
        severity=severity,
        cause=cause,
        meaning=meaning,
        source=source,
        standing=standing,
        remedies=remedies,
        files=files,
        is_generic=is_generic,
        n_lines=n_lines,
        undone_by=undone_by,
    )


_NEVER: Final = re.compile(r"(?!)")


def unspoken(
    key: str,
    cause: str,
    meaning: str,
    *remedies: Remedy,
    source: str,
    severity: Severity = Severity.FATAL,
) -> Fault:
    """Return a row that no text shows: it is found in the numbers of a Result."""
    return Fault(
        key=key,
        needs=f"crystalmath: {key}",
        pattern=_NEVER,
        severity=severity,
        cause=cause,
        meaning=meaning,
        source=source,
        standing=Standing.QUOTED,
        remedies=remedies,
        files=("result",),
    )
