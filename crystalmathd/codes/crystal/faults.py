"""Every known failure of CRYSTAL, and the files in which they are looked for.

Sources are named in each row. `real` is what a recorded output shows, `quoted` what
other programs look for in outputs of CRYSTAL or users have written down.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.crystal.input_faults import (
    BASIS_FAULTS,
    DECK_FAULTS,
    FILE_FAULTS,
)
from crystalmathd.codes.crystal.scf_faults import (
    GEOMETRY_FAULTS,
    SCF_FAULTS,
    UNNAMED,
)
from crystalmathd.codes.crystal.warnings import WARNINGS
from crystalmathd.codes.machine_faults import MACHINE_FAULTS

FAULTS: Final = (
    *DECK_FAULTS,
    *BASIS_FAULTS,
    *FILE_FAULTS,
    *SCF_FAULTS,
    *GEOMETRY_FAULTS,
    *MACHINE_FAULTS,
    UNNAMED,
    *WARNINGS,
)


def texts(stdout: str) -> Mapping[str, str]:
    """Name the files with messages: the main output, unit 87, the SCF's own log."""
    stem = PurePosixPath(stdout).stem
    return {
        stdout: "stdout",
        f"{stem}.ERROR": "error_unit",
        f"{stem}.SCFLOG": "scf_log",
        "SCFOUT.LOG": "scf_log",
    }
