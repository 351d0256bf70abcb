"""What a calculation gives beside the energy. Absent values were not printed."""

from dataclasses import dataclass

from crystalmathd.models.structures import Vector

Tensor = tuple[Vector, Vector, Vector]
"""Rows of a 3 × 3 tensor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A band gap as the code says it. `spin`: up, down, or None for both alike.

    `gap_ev` is 0 for a metal. `is_direct`: whether the band edges are at one k-point.
    """

    gap_ev: float
    is_direct: bool | None = None
    spin: str | None = None
    top_of_valence_ev: float | None = None
    bottom_of_conduction_ev: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Charges:
    """A partition of the electrons among the atoms.

    `scheme`: mulliken, lowdin, hirshfeld, bader, projected … `electrons` and
    `moments_bohr` (α − β electrons, Bohr magnetons): one number an atom.
    """

    scheme: str
    electrons: tuple[float, ...] = ()
    moments_bohr: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode:
    """A vibration. `frequency_cm` in cm⁻¹; imaginary modes are negative.

    Intensities are those of this mode alone: where a code prints one for a degenerate
    set (CRYSTAL does), its modes share it equally.
    """

    frequency_cm: float
    irrep: str | None = None
    infrared_km_mol: float | None = None
    raman: float | None = None
    """Raman activity in the code's units (CRYSTAL: relative, 1000 at most)."""
    is_infrared_active: bool | None = None
    is_raman_active: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Phonons:
    """The modes at one q-point, in units of the reciprocal lattice."""

    q: Vector
    modes: tuple[Mode, ...]
    weight: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Thermodynamics:
    """Vibrational contributions per cell at a temperature and pressure."""

    temperature_k: float
    pressure_gpa: float | None = None
    vibrational_ev: float | None = None
    """Thermal energy without the zero-point energy."""
    pv_ev: float | None = None
    ts_ev: float | None = None
    entropy_ev_k: float | None = None
    heat_capacity_ev_k: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vibrations:
    """`points`: Γ first, where it was computed. Energies in eV per cell."""

    points: tuple[Phonons, ...]
    zero_point_ev: float | None = None
    thermodynamics: tuple[Thermodynamics, ...] = ()
    born_charges: tuple[Tensor, ...] = ()
    """One tensor an atom, in electron charges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Elastic:
    """Second-order elastic constants, 6 × 6 in Voigt order, GPa; moduli in GPa."""

    constants_gpa: tuple[tuple[float, ...], ...]
    bulk_voigt_gpa: float | None = None
    bulk_reuss_gpa: float | None = None
    bulk_hill_gpa: float | None = None
    shear_voigt_gpa: float | None = None
    shear_reuss_gpa: float | None = None
    shear_hill_gpa: float | None = None
    young_gpa: float | None = None
    poisson: float | None = None
    piezoelectric_c_m2: tuple[tuple[float, ...], ...] = ()
    """3 × 6, C/m²."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateFit:
    """A fit of E(V).

    `model`: birch_murnaghan, murnaghan, vinet, poirier_tarantola, polynomial_3 …
    """

    model: str
    volume_a3: float
    energy_ev: float
    bulk_modulus_gpa: float
    bulk_modulus_derivative: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EquationOfState:
    """Energies at volumes per cell, and what the code fitted to them."""

    volumes_a3: tuple[float, ...]
    energies_ev: tuple[float, ...]
    fits: tuple[StateFit, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Dielectric:
    """Response to an electric field.

    `electronic`: high-frequency dielectric tensor; `static`: with the ions.
    `polarisability_bohr3` per cell. `hyperpolarisability_au`: name of the component
    (XXX …) → value, atomic units.
    """

    electronic: Tensor | None = None
    static: Tensor | None = None
    polarisability_bohr3: Tensor | None = None
    refractive_indices: tuple[float, ...] = ()
    hyperpolarisability_au: tuple[tuple[str, float], ...] = ()
    ionic: Tensor | None = None
    """What the vibrations add to `electronic`."""
    photon_energy_ev: float | None = None
    """Of the field, 0 or absent if it was static: `electronic`, the polarisability and
    the refractive indices are at this energy, real parts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KLabel:
    """A named point of a path: its number among the k-points, from 0."""

    index: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bands:
    """Band energies `energies_ev[spin][k][band]` in eV, on the zero the code uses.

    `kpoints` in units of the reciprocal lattice; `distances` along the path, in the
    code's units; `fermi_ev` is on the same zero as the energies (0 where the code
    has shifted them).
    """

    energies_ev: tuple[tuple[tuple[float, ...], ...], ...]
    kpoints: tuple[Vector, ...] = ()
    distances: tuple[float, ...] = ()
    labels: tuple[KLabel, ...] = ()
    fermi_ev: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """One curve of a density of states: states/eV per cell, one value an energy."""

    name: str
    spin: str | None
    density: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DensityOfStates:
    """Densities on one grid of energies in eV; the total is called `total`."""

    energies_ev: tuple[float, ...]
    curves: tuple[Projection, ...]
    fermi_ev: float | None = None
