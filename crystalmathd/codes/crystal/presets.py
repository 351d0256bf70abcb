"""How exact a deck is: fast, moderate, precise, and the reason for each value.

The k-point distances were measured with the embedded engine (docs/presets.md). The
tolerances of integrals cannot be measured without CRYSTAL; they follow what its
authors and the POB basis sets' papers use for solids.
"""

from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Values of one level; a reason for each stands in `REASONS`."""

    name: str
    basis: str
    k_spacing_inv_a: float
    metal_k_spacing_inv_a: float
    tolinteg: tuple[int, int, int, int, int]
    toldee: int
    optimisation_toldee: int
    frequencies_toldee: int
    max_cycles: int
    fmixing_percent: int
    grid: str
    optimiser_max_cycles: int
    optimiser_toldeg: float
    optimiser_toldex: float


PRESETS: Final = {
    preset.name: preset
    for preset in (
        Preset(
            name="fast",
            basis="POB-DZVP-REV2",
            k_spacing_inv_a=0.075,
            metal_k_spacing_inv_a=0.06,
            tolinteg=(7, 7, 7, 7, 14),
            toldee=7,
            optimisation_toldee=8,
            frequencies_toldee=11,
            max_cycles=100,
            fmixing_percent=30,
            grid="LGRID",
            optimiser_max_cycles=100,
            optimiser_toldeg=0.0003,
            optimiser_toldex=0.0012,
        ),
        Preset(
            name="moderate",
            basis="POB-DZVP-REV2",
            k_spacing_inv_a=0.06,
            metal_k_spacing_inv_a=0.04,
            tolinteg=(7, 7, 7, 7, 14),
            toldee=7,
            optimisation_toldee=8,
            frequencies_toldee=11,
            max_cycles=100,
            fmixing_percent=30,
            grid="XLGRID",
            optimiser_max_cycles=200,
            optimiser_toldeg=0.0003,
            optimiser_toldex=0.0012,
        ),
        Preset(
            name="precise",
            basis="POB-TZVP-REV2",
            k_spacing_inv_a=0.04,
            metal_k_spacing_inv_a=0.025,
            tolinteg=(8, 8, 8, 8, 16),
            toldee=8,
            optimisation_toldee=9,
            frequencies_toldee=11,
            max_cycles=200,
            fmixing_percent=30,
            grid="XXLGRID",
            optimiser_max_cycles=200,
            optimiser_toldeg=0.0001,
            optimiser_toldex=0.0004,
        ),
    )
}

REASONS: Final = {
    "basis": "made for solids, without diffuse functions; revised against basis set "
    "superposition errors (Vilela Oliveira et al. 2019)",
    "k_spacing_inv_a": "silicon, which needs more points than insulators: 20 and 6 "
    "meV/atom from the densest mesh with fast and moderate; docs/presets.md",
    "metal_k_spacing_inv_a": "occupations change at a Fermi surface, so denser than "
    "for an insulator; not measured",
    "tolinteg": "7 7 7 7 14 in place of the program's default 6 6 6 6 12; the fifth is "
    "twice the fourth, as hybrids want it",
    "toldee": "1e-7 hartree a cell is far below what is compared",
    "optimisation_toldee": "gradients need a tighter density than energies",
    "frequencies_toldee": "CRYSTAL warns of lost accuracy above 1e-10",
    "max_cycles": "the program's 50 end oxides of transition metals too early",
    "fmixing_percent": "the program's own default since version 14, written down",
    "grid": "XLGRID is the program's default since version 14",
    "optimiser_max_cycles": "the program's 100; twice that where steps are small",
    "optimiser_toldeg": "the program's default; a third of it for precise",
    "optimiser_toldex": "the program's default; a third of it for precise",
}


def preset(name: str) -> Preset:
    """Return a preset by its name.

    Raises
    ------
    InputRefusedError
        If there is none of this name.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise InputRefusedError(f"preset is one of {', '.join(PRESETS)}.") from None
