"""ELASTCON and ELAPIEZO: elastic constants of a crystal and the moduli from them.

Of slabs and polymers CRYSTAL prints hartree a cell, which are no constants of a
material in GPa: they are not read. Source: outputs of CRYSTAL14 to 22.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.quantities import Elastic

_CONSTANTS: Final = " SYMMETRIZED ELASTIC CONSTANTS FOR"
_MODULI: Final = re.compile(r" +K_V +G_V +K_R +G_R +K_H +G_H +E_H +v_H")
_FIXED: Final = re.compile(r"-?\d{1,12}\.\d{1,12}")
"""A number of a fixed field; wide ones touch: `-404.2543-249.8055`."""

_ORDER: Final = 6
_MOST_LINES: Final = 40
"""Between the constants and the moduli stand the compliances: 14 lines."""

_AGREEMENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Moduli:
    """In the order of the printed line."""

    bulk_voigt: float
    shear_voigt: float
    bulk_reuss: float
    shear_reuss: float
    bulk_hill: float
    shear_hill: float
    young: float
    poisson: float


def read_elastic(lines: Sequence[str]) -> Elastic | None:
    """Read the last constants of a run; None if none in GPa are whole.

    CRYSTAL17 printed Voigt moduli that its own constants contradict (K_V = −122 GPa
    beside K_H = 40): a Voigt modulus that they do not give is left out.
    """
    constants: tuple[tuple[float, ...], ...] | None = None
    moduli: _Moduli | None = None
    for index, line in enumerate(lines):
        if line.startswith(_CONSTANTS):
            is_gpa = line.rstrip().endswith("IN GPa")
            constants = _symmetric(lines[index + 1 : index + 9]) if is_gpa else None
            moduli = _moduli(lines[index : index + _MOST_LINES])
    if constants is None:
        return None
    if moduli is None:
        return Elastic(constants_gpa=constants)
    return Elastic(
        constants_gpa=constants,
        bulk_voigt_gpa=_if_near(moduli.bulk_voigt, _bulk_voigt(constants)),
        bulk_reuss_gpa=moduli.bulk_reuss,
        bulk_hill_gpa=moduli.bulk_hill,
        shear_voigt_gpa=_if_near(moduli.shear_voigt, _shear_voigt(constants)),
        shear_reuss_gpa=moduli.shear_reuss,
        shear_hill_gpa=moduli.shear_hill,
        young_gpa=moduli.young,
        poisson=moduli.poisson,
    )


def _symmetric(lines: Sequence[str]) -> tuple[tuple[float, ...], ...] | None:
    """Read the upper triangle `| c11 c12 … |` and complete it."""
    rows = [
        [float(number) for number in _FIXED.findall(line)]
        for line in lines
        if line.lstrip().startswith("|")
    ]
    if [len(row) for row in rows] != list(range(_ORDER, 0, -1)):
        return None
    return tuple(
        tuple(rows[min(i, j)][abs(i - j)] for j in range(_ORDER)) for i in range(_ORDER)
    )


def _moduli(lines: Sequence[str]) -> _Moduli | None:
    heading = next((i for i, line in enumerate(lines) if _MODULI.match(line)), None)
    if heading is None:
        return None
    for line in lines[heading + 1 : heading + 3]:
        numbers = [float(number) for number in _FIXED.findall(line)]
        if len(numbers) == len(_Moduli.__dataclass_fields__):
            return _Moduli(*numbers)
    return None


def _bulk_voigt(c: tuple[tuple[float, ...], ...]) -> float:
    return (c[0][0] + c[1][1] + c[2][2] + 2 * (c[0][1] + c[0][2] + c[1][2])) / 9


def _shear_voigt(c: tuple[tuple[float, ...], ...]) -> float:
    stretch = c[0][0] + c[1][1] + c[2][2] - c[0][1] - c[0][2] - c[1][2]
    return (stretch + 3 * (c[3][3] + c[4][4] + c[5][5])) / 15


def _if_near(printed: float, expected: float) -> float | None:
    """Return what was printed, unless it is off by more than the digits allow."""
    allowed = _AGREEMENT * max(1.0, abs(expected))
    return printed if abs(printed - expected) <= allowed else None
