"""What the energy of an SCF is made of, in eV per cell."""

from typing import Final

from crystalmathd.codes.crystal.cycles import Loop
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.units import EV_PER_HARTREE

_PARTS: Final = {
    " ::: TOTAL E-E": "electron_electron_energy",
    " ::: TOTAL E-N + N-E": "electron_nuclear_energy",
    " ::: TOTAL N-N": "nuclear_nuclear_energy",
    " ::: KINETIC ENERGY": "kinetic_energy",
}
"""Printed in the last cycle of an SCF. With the exchange and correlation energy they
sum to the electronic energy; the Fock part of a hybrid stands in E-E."""

_EXCHANGE: Final = " EXCHANGE ENERGY:"

_SMEARING: Final = {
    " ENERGY           (E)": "internal_energy",
    " FREE ENERGY      (F)": "free_energy",
    " (E(T)+F(T))/2    (E0)": "zero_smearing_energy",
}

_ADDED: Final = {
    " D2 DISPERSION ENERGY (AU)": "dispersion_energy",
    " D3 DISPERSION ENERGY (AU)": "dispersion_energy",
    " D4 DISPERSION ENERGY (AU)": "dispersion_energy",
    " GRIMME DISPERSION ENERGY (AU)": "dispersion_energy",
    " GCP ENERGY (AU)": "gcp_energy",
    " SRB ENERGY (AU)": "srb_energy",
}


def read_parts(marked: MarkedLines, loop: Loop) -> dict[str, float]:
    """Return the energies that were printed with one SCF, kind → eV."""
    start, stop = loop.start, loop.stop
    parts: dict[str, float] = {}
    for table in (_PARTS, _SMEARING, _ADDED):
        for prefix, kind in table.items():
            line = marked.last(prefix, start, stop)
            if line is not None:
                _put(parts, kind, marked.lines[line].rsplit(maxsplit=1)[-1])
    line = marked.last(_EXCHANGE, start, stop)
    if line is not None:
        _, _, text = marked.lines[line].partition(":")
        exchange, _, correlation = text.partition("CORRELATION ENERGY:")
        _put(parts, "exchange_energy", exchange.strip())
        _put(parts, "correlation_energy", correlation.strip())
    return parts


def _put(parts: dict[str, float], kind: str, number: str) -> None:
    energy_ha = fortran_float(number)
    if energy_ha is not None:
        parts[kind] = energy_ha * EV_PER_HARTREE
