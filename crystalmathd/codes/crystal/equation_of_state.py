"""EOS (and QHA): energies at several volumes and the curves fitted to them.

Å³, hartree and GPa per cell. Source: a CRYSTAL14 output of calcite in a public
repository (DavidCdeB/QHA, Test/calcite_I_EOS.out).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.numbers import fortran_floats
from crystalmathd.models.quantities import EquationOfState, StateFit
from crystalmathd.units import EV_PER_HARTREE

_SORTED: Final = "SORTING VOLUMES/ENERGIES"
_HEADING_LINES: Final = 6
"""Most lines between the title and the first point."""

_FIT: Final = re.compile(
    r" *(MURNAGHAN|BIRCH-MURNAGHAN(?: 3RD)?|POIRIER-TARANTOLA|VINET"
    r"|(?:THIRD|FOURTH|FIFTH) ORDER POLYNOMIAL)(?: +\d{4})?((?: +-?\d\S*){3,4}) *$",
    re.IGNORECASE,
)
_MODELS: Final = {
    "MURNAGHAN": "murnaghan",
    "BIRCH-MURNAGHAN": "birch_murnaghan",
    "BIRCH-MURNAGHAN 3RD": "birch_murnaghan",
    "POIRIER-TARANTOLA": "poirier_tarantola",
    "VINET": "vinet",
    "THIRD ORDER POLYNOMIAL": "polynomial_3",
    "FOURTH ORDER POLYNOMIAL": "polynomial_4",
    "FIFTH ORDER POLYNOMIAL": "polynomial_5",
}


def read_equation_of_state(lines: Sequence[str]) -> EquationOfState | None:
    """Read the last sorted list of points and the first fit of each model below it.

    The first one is of the energy itself; QHA goes on with fits of free energies.
    """
    starts = [index for index, line in enumerate(lines) if _SORTED in line]
    if not starts:
        return None
    below = lines[starts[-1] + 1 :]
    points = list(_points(below))
    if not points:
        return None
    return EquationOfState(
        volumes_a3=tuple(volume for volume, _ in points),
        energies_ev=tuple(energy * EV_PER_HARTREE for _, energy in points),
        fits=tuple(_fits(below)),
    )


def _points(lines: Sequence[str]) -> Iterator[tuple[float, float]]:
    """Yield volume and energy; the list ends at the first other line."""
    has_begun = False
    for index, line in enumerate(lines):
        numbers = fortran_floats(line)
        # A volume of nothing is no point; neither is a line of other length.
        if numbers is not None and len(numbers) == len("VE") and numbers[0] > 0:
            has_begun = True
            yield numbers[0], numbers[1]
        elif has_begun or index >= _HEADING_LINES:
            return


def _fits(lines: Sequence[str]) -> Iterator[StateFit]:
    seen: set[str] = set()
    for line in lines:
        match = _FIT.match(line)
        if match is None:
            continue
        model = _MODELS[match[1].upper()]
        numbers = fortran_floats(match[2])
        if numbers is None or model in seen:
            continue
        seen.add(model)
        volume, energy, modulus, *rest = numbers
        yield StateFit(
            model=model,
            volume_a3=volume,
            energy_ev=energy * EV_PER_HARTREE,
            bulk_modulus_gpa=modulus,
            bulk_modulus_derivative=rest[0] if rest else None,
        )
