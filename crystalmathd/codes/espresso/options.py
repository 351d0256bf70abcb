"""What a pw.x input can be asked to be, and what stands behind the presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.structures.band_paths import KPath

Value = bool | int | float | str

TASKS: Final = ("scf", "relax", "vc-relax", "nscf", "bands")
OCCUPATIONS: Final = ("fixed", "smearing", "tetrahedra", "tetrahedra_opt")
SMEARINGS: Final = ("cold", "gaussian", "mp", "fd")
DISPERSIONS: Final = ("grimme-d2", "grimme-d3", "ts-vdw", "mbd", "xdm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Values by default.

    `cutoff_factor` multiplies the smallest cutoffs that the pseudopotentials suggest.
    `k_spacing_per_a` has the factor 2π. Thresholds of energies are for an atom.
    """

    cutoff_factor: float
    least_cutoff_ry: float
    k_spacing_per_a: float
    smearing_width_ry: float
    convergence_ry_atom: float
    energy_change_ry_atom: float
    force_ry_bohr: float


PRESETS: Final[Mapping[str, Preset]] = {
    "fast": Preset(
        cutoff_factor=1.0,
        least_cutoff_ry=25.0,
        k_spacing_per_a=0.30,
        smearing_width_ry=0.0275,
        convergence_ry_atom=4e-10,
        energy_change_ry_atom=1e-4,
        force_ry_bohr=1e-3,
    ),
    "moderate": Preset(
        cutoff_factor=1.4,
        least_cutoff_ry=35.0,
        k_spacing_per_a=0.15,
        smearing_width_ry=0.02,
        convergence_ry_atom=2e-10,
        energy_change_ry_atom=1e-5,
        force_ry_bohr=1e-4,
    ),
    "precise": Preset(
        cutoff_factor=1.6,
        least_cutoff_ry=45.0,
        k_spacing_per_a=0.10,
        smearing_width_ry=0.0125,
        convergence_ry_atom=1e-10,
        energy_change_ry_atom=5e-6,
        force_ry_bohr=5e-5,
    ),
}
"""Spacings, widths and thresholds are those of the protocols fast, balanced and
stringent of aiida-quantumespresso 5 (workflows/protocols/pw/base.yaml). The factors and
the least cutoffs are ours, measured (docs/plane-waves.md): 17 Ry, which the head of
Debian's Ge suggests, are 50 meV/atom above the limit, 35 Ry less than 1; with a factor
of 1.2 a fifth more changes nickel by 12, with 1.4 by 2.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class EspressoOptions:
    """What is wanted; None: as the preset, the structure or the library says.

    `functional`: which pseudopotentials are taken (PBE, PBEsol, LDA …); `input_dft`
    overrides it in the run. `pseudopotentials`: element → name of a file of the
    library. `k_spacing_per_a`: Å⁻¹ with the factor 2π; `mesh` goes before it.
    `moments_ub`: one an atom of the structure, or `element_moments_ub` by symbol;
    without them those of the structure. `cell`: the standard `primitive` cell, or
    `as_given`; slabs, polymers and molecules stay as given, in a box with `vacuum_a`
    Å between images. `k_path`: unbroken lines of labels and points, fractions of the
    reciprocal vectors of the cell as written; without it the lattice's standard path,
    for the cell that goes with it. `extra`: namelist →
    name → value, written last and instead of ours.
    """

    preset: str = "moderate"
    task: str = "scf"
    functional: str | None = None
    input_dft: str | None = None
    pseudopotentials: Mapping[str, str] = field(default_factory=dict)
    pseudo_dir: str | None = None
    cutoff_ry: float | None = None
    density_cutoff_ry: float | None = None
    mesh: tuple[int, int, int] | None = None
    k_spacing_per_a: float | None = None
    is_gamma_only: bool = False
    k_path: KPath = ()
    occupations: str | None = None
    smearing: str | None = None
    smearing_width_ry: float | None = None
    is_magnetic: bool | None = None
    moments_ub: tuple[float, ...] = ()
    element_moments_ub: Mapping[str, float] = field(default_factory=dict)
    charge: float | None = None
    dispersion: str | None = None
    assume_isolated: str | None = None
    vacuum_a: float = 12.0
    cell: str = "primitive"
    tolerance_a: float = 0.01
    max_cycles: int = 100
    n_bands: int | None = None
    prefix: str | None = None
    extra: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
