"""Every known failure of VASP, and the files in which they are looked for.

The keys are those of custodian's handlers, where it has one. VASP says most of this
on its standard output; version 6 puts its boxes into the OUTCAR as well. What no text
says is found by `conditions.result_findings`. custodian's handlers of wall time, of
checkpoints and of runs that hang have no rows: watching a run is the daemon's work.
"""

from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.machine_faults import MACHINE_FAULTS
from crystalmathd.codes.vasp.conditions import CONDITIONS
from crystalmathd.codes.vasp.electronic_faults import ELECTRONIC_FAULTS
from crystalmathd.codes.vasp.input_faults import INPUT_FAULTS, REFUSED, VERY_BAD_NEWS
from crystalmathd.codes.vasp.potcar_faults import POTCAR_FAULTS
from crystalmathd.codes.vasp.symmetry_faults import SYMMETRY_FAULTS

FAULTS: Final = (
    *SYMMETRY_FAULTS,
    *ELECTRONIC_FAULTS,
    *POTCAR_FAULTS,
    *INPUT_FAULTS,
    *(fault for fault, _ in CONDITIONS),
    *MACHINE_FAULTS,
    VERY_BAD_NEWS,
    REFUSED,
)


def texts(stdout: str) -> Mapping[str, str]:
    """Name the files with messages → their roles."""
    return {stdout: "stdout", "vasp.err": "error_unit", "OUTCAR": "outcar"}
