"""CPHF/CPKS and FREQCALC INTENS: the response to an electric field.

Source: outputs of CRYSTAL14 (`XX  α Im(α) ε χ`) and CRYSTAL22 and 23
(`ħω(eV)  XX  α Im(α) ε Im(ε) χ`), static and dynamic.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.numbers import fortran_float, fortran_floats
from crystalmathd.models.quantities import Dielectric, Tensor

_LINEAR: Final = " POLARIZABILITY (ALPHA)"
_INDICES: Final = " REFRACTIVE INDICES"
_IONIC: Final = " SUM TENSOR OF THE VIBRATIONAL CONTRIBUTIONS"
_HYPER: Final = (
    " FIRST HYPERPOLARIZABILITY (BETA)",
    " SECOND HYPERPOLARIZABILITY (GAM",
)
_HEADS: Final = (_LINEAR, _INDICES, _IONIC, *_HYPER)

_COMPONENT: Final = re.compile(r" +(?:(-?\d\S*) +)?([XYZ]{2}) +(\S.*)")
_HYPER_COMPONENT: Final = re.compile(r" +([XYZ]{3,4}) +(-?\d[^\s(]*) *\(")
_AXIS: Final = re.compile(r"\b(AA|BB|CC) +(\S+)")
_COMPONENTS: Final = ("XX", "XY", "XZ", "YY", "YZ", "ZZ")
_MOST_LINES: Final = 24
"""Of a table with its heading: 15 components (γ) and 5 lines above them."""

_N_STATIC: Final = 4
"""Numbers behind a component: α, Im α, ε, χ; a fifth one is Im ε, behind ε."""


@dataclass(slots=True)
class _Field:
    """What was printed for one frequency of the field."""

    photon_energy_ev: float | None
    alpha: dict[str, float] = field(default_factory=dict)
    epsilon: dict[str, float] = field(default_factory=dict)
    refractive_indices: tuple[float, ...] = ()


@dataclass(slots=True)
class _Reading:
    fields: list[_Field] = field(default_factory=list)
    ionic: Tensor | None = None
    hyperpolarisability: dict[str, float] = field(default_factory=dict)

    def take(self, lines: Sequence[str], index: int) -> None:
        line, below = lines[index], lines[index + 1 : index + _MOST_LINES]
        if line.startswith(_LINEAR):
            self._take_linear(below)
        elif line.startswith(_INDICES):
            if self.fields:
                self.fields[-1].refractive_indices = _axes(below[:1])
        elif line.startswith(_IONIC):
            self.ionic = _square(below[:5])
        else:
            self._take_hyper(below)

    def _take_linear(self, lines: Sequence[str]) -> None:
        current: _Field | None = None
        for line in lines:
            match = _COMPONENT.match(line)
            numbers = None if match is None else fortran_floats(match[3])
            if match is None or not numbers:
                if current is not None:
                    return
                continue
            energy = None if match[1] is None else fortran_float(match[1])
            if current is None or current.photon_energy_ev != energy:
                current = _Field(photon_energy_ev=energy)
                self.fields.append(current)
            current.alpha[match[2]] = numbers[0]
            if len(numbers) >= _N_STATIC:
                current.epsilon[match[2]] = numbers[2]

    def _take_hyper(self, lines: Sequence[str]) -> None:
        for line in lines:
            if match := _HYPER_COMPONENT.match(line):
                value = fortran_float(match[2])
                if value is not None:
                    self.hyperpolarisability[match[1]] = value

    def dielectric(self) -> Dielectric | None:
        if not self.fields and self.ionic is None and not self.hyperpolarisability:
            return None
        # The slowest field: that is what is called ε∞, before the ions follow.
        slowest = min(
            self.fields,
            key=lambda f: f.photon_energy_ev or 0.0,
            default=_Field(photon_energy_ev=None),
        )
        electronic = _tensor(slowest.epsilon)
        is_static = not slowest.photon_energy_ev
        return Dielectric(
            electronic=electronic,
            ionic=self.ionic,
            static=_sum(electronic, self.ionic) if is_static else None,
            photon_energy_ev=slowest.photon_energy_ev,
            polarisability_bohr3=_tensor(slowest.alpha),
            refractive_indices=slowest.refractive_indices,
            hyperpolarisability_au=tuple(self.hyperpolarisability.items()),
        )


def read_dielectric(lines: Sequence[str]) -> Dielectric | None:
    """Read the response of one run; None if it printed none.

    Of several frequencies of the field the lowest; real parts. The static tensor is
    ε∞ plus the ions' part, both as printed (CRYSTAL does not print their sum).
    """
    reading = _Reading()
    for index, line in enumerate(lines):
        if line.startswith(_HEADS):
            reading.take(lines, index)
    return reading.dielectric()


def _axes(lines: Sequence[str]) -> tuple[float, ...]:
    """Read ` AA  1.2E+00 BB  1.2E+00 CC  1.2E+00`."""
    values = [fortran_float(m[2]) for line in lines for m in _AXIS.finditer(line)]
    return tuple(value for value in values if value is not None)


def _square(lines: Sequence[str]) -> Tensor | None:
    numbers = [fortran_floats(line) for line in lines]
    rows = [(n[0], n[1], n[2]) for n in numbers if n and len(n) == len("XYZ")]
    return (rows[0], rows[1], rows[2]) if len(rows) == len("XYZ") else None


def _tensor(components: Mapping[str, float]) -> Tensor | None:
    if not all(name in components for name in _COMPONENTS):
        return None
    xx, xy, xz, yy, yz, zz = (components[name] for name in _COMPONENTS)
    return (xx, xy, xz), (xy, yy, yz), (xz, yz, zz)


def _sum(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    if one is None or other is None:
        return None
    a, b, c = (
        (x[0] + y[0], x[1] + y[1], x[2] + y[2]) for x, y in zip(one, other, strict=True)
    )
    return a, b, c
