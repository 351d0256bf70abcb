"""What VASP inputs can be asked to be, and what stands behind the presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.structures.band_paths import KPath

Value = bool | int | float | str | list[int | float]

TASKS: Final = ("static", "relax", "vc-relax", "bands", "dos", "convergence")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Values by default.

    `encut_factor` multiplies the largest ENMAX of the datasets; `encut_ev` stands where
    no ENMAX is known. `k_spacing_per_a` has the factor 2π. `ediff_ev` is for the cell.
    """

    encut_factor: float
    encut_ev: float
    prec: str
    ediff_ev: float
    force_ev_a: float
    k_spacing_per_a: float


PRESETS: Final[Mapping[str, Preset]] = {
    "fast": Preset(
        encut_factor=1.0,
        encut_ev=400.0,
        prec="Normal",
        ediff_ev=1e-5,
        force_ev_a=0.05,
        k_spacing_per_a=0.40,
    ),
    "moderate": Preset(
        encut_factor=1.3,
        encut_ev=520.0,
        prec="Accurate",
        ediff_ev=1e-6,
        force_ev_a=0.01,
        k_spacing_per_a=0.22,
    ),
    "precise": Preset(
        encut_factor=1.5,
        encut_ev=680.0,
        prec="Accurate",
        ediff_ev=1e-7,
        force_ev_a=0.005,
        k_spacing_per_a=0.15,
    ),
}
"""1.3 × ENMAX is what a cell that changes needs (vasp.at wiki, page ENCUT); 520 eV is
1.3 × 400 eV, ENMAX of oxygen, as in MPRelaxSet; 680 eV and the spacing of 0.22 Å⁻¹ are
those of MPScanRelaxSet. VASP itself is not at hand: nothing is measured here.
"""

FUNCTIONALS: Final[Mapping[str, Mapping[str, Value]]] = {
    "LDA": {},
    "PBE": {},
    "PBESOL": {"GGA": "PS"},
    "RPBE": {"GGA": "RP"},
    "REVPBE": {"GGA": "RE"},
    "AM05": {"GGA": "AM"},
    "SCAN": {"METAGGA": "SCAN"},
    "R2SCAN": {"METAGGA": "R2SCAN"},
    "PBE0": {"LHFCALC": True, "AEXX": 0.25, "ALGO": "All"},
    "HSE06": {"LHFCALC": True, "AEXX": 0.25, "HFSCREEN": 0.207, "ALGO": "All"},
}
"""Name in capitals → tags. Source: vasp.at wiki, pages GGA, METAGGA, LHFCALC."""

DISPERSIONS: Final[Mapping[str, int]] = {
    "D2": 10,
    "D3": 11,
    "D3BJ": 12,
    "D4": 13,
    "TS": 20,
    "MBD": 202,
}
"""Name → IVDW. Source: vasp.at wiki, page IVDW."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hubbard:
    """U and J in eV for the shell `l` (0 to 3) of an element (LDAUTYPE = 2)."""

    l: int  # noqa: E741  # its name everywhere
    u_ev: float
    j_ev: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VaspOptions:
    """What is wanted; None: as the preset, the structure or the library says.

    `input_set`: the name of one of pymatgen's sets, which then says all but what is
    given here in `moments_ub`, `potcar_symbols`, `potcar_functional`, `mesh` and
    `incar`. `potcar_symbols`: element → `Ti_pv`; without, those of
    pymatgen's MPScanRelaxSet. `enmax_ev`, `valence_electrons`: symbol → what the
    library's dataset says, as far as it has been looked at. `potcar_sha256`: symbol →
    sum of its file, which is checked where the job runs. `potcar_libraries`: absolute
    paths as in VASP_PP_PATH, of which those three are filled before anything is made;
    the sums only with `wants_potcar_sums`. `incar`: tags that go before ours.
    Moments, cell, mesh and path as in `EspressoOptions`.
    """

    preset: str = "moderate"
    task: str = "static"
    input_set: str | None = None
    functional: str = "PBE"
    dispersion: str | None = None
    potcar_functional: str | None = None
    potcar_symbols: Mapping[str, str] = field(default_factory=dict)
    potcar_sha256: Mapping[str, str] = field(default_factory=dict)
    enmax_ev: Mapping[str, float] = field(default_factory=dict)
    valence_electrons: Mapping[str, float] = field(default_factory=dict)
    potcar_libraries: tuple[str, ...] = ()
    wants_potcar_sums: bool = False
    encut_ev: float | None = None
    mesh: tuple[int, int, int] | None = None
    k_spacing_per_a: float | None = None
    k_path: KPath = ()
    is_metal: bool | None = None
    is_magnetic: bool | None = None
    moments_ub: tuple[float, ...] = ()
    element_moments_ub: Mapping[str, float] = field(default_factory=dict)
    hubbard: Mapping[str, Hubbard] = field(default_factory=dict)
    charge: float | None = None
    vacuum_a: float = 15.0
    cell: str = "primitive"
    tolerance_a: float = 0.01
    incar: Mapping[str, Value] = field(default_factory=dict)
