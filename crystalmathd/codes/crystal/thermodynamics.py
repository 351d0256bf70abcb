"""Thermodynamic functions of the vibrations, as FREQCALC prints them.

Every line holds the same value in three units; the first is read: hartree a cell,
or mHartree/K a cell. Source: outputs of CRYSTAL06 to 22.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.quantities import Thermodynamics
from crystalmathd.units import EV_PER_HARTREE

HEADS: Final = (
    " E0 ",
    " AT (T",
    " ET ",
    " PV ",
    " TS ",
    " ENTROPY ",
    " HEAT CAPACITY",
    " WARNING **** THERMOFRQ",
)
"""How the lines begin that `ThermodynamicsReader.take` wants to see."""

_AT: Final = re.compile(r" AT \(T = *(\S+) K, P = *(\S+) MPA\)")
_VALUE: Final = re.compile(r" ([A-Z0-9]+(?: [A-Z]+)?) *: *(\S+)")
_FIELDS: Final = {
    "ET": ("vibrational_ev", EV_PER_HARTREE),
    "PV": ("pv_ev", EV_PER_HARTREE),
    "TS": ("ts_ev", EV_PER_HARTREE),
    "ENTROPY": ("entropy_ev_k", EV_PER_HARTREE / 1000),
    "HEAT CAPACITY": ("heat_capacity_ev_k", EV_PER_HARTREE / 1000),
}
_GPA_PER_MPA: Final = 1e-3


@dataclass(slots=True)
class ThermodynamicsReader:
    """Collects the zero-point energy and the functions at each T and p."""

    zero_point_ev: float | None = None
    points: list[Thermodynamics] = field(default_factory=list)
    _has_pv: bool = True

    def take(self, line: str) -> None:
        if match := _AT.match(line):
            temperature = fortran_float(match[1])
            pressure = fortran_float(match[2])
            if temperature is not None:
                self.points.append(
                    Thermodynamics(
                        temperature_k=temperature,
                        pressure_gpa=(
                            None if pressure is None else pressure * _GPA_PER_MPA
                        ),
                    )
                )
        elif "PV TERM COMPUTED ONLY FOR 3D" in line:
            self._has_pv = False
        elif match := _VALUE.match(line):
            self._take_value(match[1], fortran_float(match[2]))

    def _take_value(self, label: str, value: float | None) -> None:
        """Keep a value; what is not a number (T = 0) or not computed stays absent."""
        if value is None:
            return
        if label == "E0":
            self.zero_point_ev = value * EV_PER_HARTREE
        elif label in _FIELDS and self.points and (label != "PV" or self._has_pv):
            name, factor = _FIELDS[label]
            self.points[-1] = replace(self.points[-1], **{name: value * factor})
