"""Every known failure of Quantum ESPRESSO, and the files in which they are looked for.

Sources are named in each row. `real` is what a recorded output shows or the program has
printed for the tests; `quoted` what the sources of the program or others say.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.espresso.fault_rows import SOURCE, same, stop
from crystalmathd.codes.espresso.input_faults import (
    CARD_FAULTS,
    FILE_FAULTS,
    NAMELIST_FAULTS,
)
from crystalmathd.codes.espresso.scf_faults import (
    ELECTRON_FAULTS,
    GEOMETRY_FAULTS,
    TIME_FAULTS,
    WARNINGS,
)
from crystalmathd.codes.machine_faults import MACHINE_FAULTS
from crystalmathd.models.faults import Fault, Standing

_KNOWN: Final = (
    *NAMELIST_FAULTS,
    *CARD_FAULTS,
    *FILE_FAULTS,
    *ELECTRON_FAULTS,
    *GEOMETRY_FAULTS,
    *TIME_FAULTS,
)


def _unnamed() -> Fault:
    """Return the row for every error whose message no other row has."""
    patterns = [re.sub(r"\?P<\w+>", "?:", fault.pattern.pattern) for fault in _KNOWN]
    known = "|".join(patterns)
    return stop(
        "unnamed",
        "Error in routine",
        "The program stopped with an error that is not in the table.",
        "The line behind the name of the routine is its message.",
        same("Look for the routine and its message in the manual of the program."),
        source=SOURCE,
        standing=Standing.REAL,
        pattern=(
            rf"^(?![\s\S]*?(?:{known}))"
            r" *Error in routine +(?P<routine>\S+) *\( *-?\d+\):? *\n\s*(?P<said>.*)"
        ),
        n_lines=2,
        is_generic=True,
    )


FAULTS: Final[tuple[Fault, ...]] = (
    *_KNOWN,
    *MACHINE_FAULTS,
    _unnamed(),
    *WARNINGS,
)


def texts(stdout: str) -> Mapping[str, str]:
    """Name the files with messages: the output, CRASH, and the standard error."""
    return {
        stdout: "stdout",
        "CRASH": "crash",
        f"{PurePosixPath(stdout).stem}.err": "stderr",
    }
