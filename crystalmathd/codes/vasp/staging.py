"""VASP's files: a directory that goes into scratch as it is, and what comes back."""

import re
from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.base import Staging, StepRequest
from crystalmathd.codes.vasp.potcar_assembly import POTCAR, PROGRAM
from crystalmathd.models.plans import StagedFile

NEEDED: Final = ("INCAR", "POSCAR", "POTCAR")
MESH: Final = "KPOINTS"

_KSPACING: Final = re.compile(r"(?:^|;)\s*KSPACING\s*=", re.IGNORECASE | re.MULTILINE)

_SAVED: Final = (
    ("OUTCAR", "output"),
    ("OSZICAR", "log"),
    ("vasprun.xml", "results"),
    ("CONTCAR", "geometry"),
    ("WAVECAR", "wavefunction"),
    ("CHGCAR", "charge_density"),
    ("CHG", "charge_density"),
    ("TAUCAR", "charge_density"),
    ("DOSCAR", "plot"),
    ("EIGENVAL", "plot"),
    ("PROCAR", "plot"),
    ("LOCPOT", "plot"),
    ("ELFCAR", "plot"),
    ("XDATCAR", "geometry_history"),
    ("IBZKPT", "mesh"),
    ("vaspout.h5", "results"),
)


def staging(steps: Sequence[StepRequest], auxiliary: Sequence[str]) -> Staging:
    """Stage every file under its own name."""
    own = tuple(dict.fromkeys(step.input.name for step in steps))
    others = tuple(name for name in auxiliary if name not in own)
    is_made = any(step.program == PROGRAM for step in steps)
    needed = [name for name in NEEDED if name != POTCAR or not is_made]
    if not any(_has_kspacing(step) for step in steps):
        needed.append(MESH)
    return Staging(
        stage_in=tuple(
            StagedFile(name=name, scratch_name=name, role=role, is_required=True)
            for names, role in ((own, "input"), (others, "auxiliary"))
            for name in names
        ),
        stage_out=tuple(
            StagedFile(name=name, scratch_name=name, role=role) for name, role in _SAVED
        ),
        missing=tuple(
            f"VASP needs {name}"
            + (" (or KSPACING in the INCAR)" if name == MESH else "")
            + ", and it did not come with the job."
            for name in needed
            if name not in {*own, *others}
        ),
    )


def _has_kspacing(step: StepRequest) -> bool:
    text = step.input.text.decode("utf-8", "replace")
    bare = re.sub(r"[#!].*", "", text)
    return _KSPACING.search(bare) is not None
