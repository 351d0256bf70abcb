"""Units: eV, Å, K, s inside; other units only where a file is read or written."""

from typing import Final

EV_PER_HARTREE: Final = 27.211386245981
"""CODATA 2022."""

EV_PER_RYDBERG: Final = EV_PER_HARTREE / 2

ANGSTROM_PER_BOHR: Final = 0.529177210544
"""CODATA 2022."""

GPA_PER_EV_A3: Final = 160.2176634
"""Exact: 1 eV is 1.602176634e-19 J."""

GPA_PER_KBAR: Final = 0.1
