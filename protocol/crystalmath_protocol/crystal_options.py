"""What can be asked of a CRYSTAL deck: the daemon's own options, field by field."""

from typing import Annotated

import msgspec

from crystalmath_protocol.method import Message, ShortText


def _said(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class CrystalOptions(Message, frozen=True, kw_only=True):
    """Options of a `.d12`; the preset and the structure choose what is not given.

    Atoms are counted from 1 in the order of the structure. An option that the task
    has no use for is refused.
    """

    functional: Annotated[
        str,
        _said("PBE, B3LYP, HSE06 …, EXCHANGE/CORRELATION, HF, or a 3c method."),
    ] = "PBE"
    hybrid_percent: Annotated[
        float | None, _said("Share of exact exchange, per cent.")
    ] = None
    dispersion: Annotated[str, _said("D3, or nothing.")] = ""
    preset: Annotated[str, _said("fast, moderate or precise.")] = "moderate"
    task: Annotated[
        str,
        _said(
            "single_point, optimisation, frequencies, equation_of_state or "
            "elastic_constants."
        ),
    ] = "single_point"
    title: Annotated[str, _said("First line of the deck; else formula and method.")] = (
        ""
    )
    basis: Annotated[str, _said("A set of the Basis Set Exchange, or of CRYSTAL.")] = ""
    basis_form: Annotated[
        str, _said("explicit: the shells are written; library: by name in CRYSTAL.")
    ] = "explicit"
    basis_by_element: Annotated[
        dict[str, str], _said("Symbol → set, for single elements.")
    ] = msgspec.field(default_factory=dict)
    basis_text_by_element: Annotated[
        dict[str, str], _said("Symbol → shells as CRYSTAL reads them.")
    ] = msgspec.field(default_factory=dict)
    second_basis: Annotated[dict[int, str], _said("Atom → set, for single atoms.")] = (
        msgspec.field(default_factory=dict)
    )
    ghosts: Annotated[
        tuple[int, ...], _said("Atoms that are basis functions only.")
    ] = ()
    charge_e: Annotated[float | None, _said("Charge of the cell, e.")] = None
    shrink: Annotated[tuple[int, ...], _said("SHRINK's IS, or three factors.")] = ()
    shrink_gilat: Annotated[int | None, _said("SHRINK's ISP.")] = None
    k_spacing_inv_a: Annotated[
        float | None, _said("Largest distance of k-points, 1/Å without 2π.")
    ] = None
    is_metal: Annotated[bool, _said("A denser mesh; needs smear_hartree.")] = False
    smear_hartree: Annotated[
        float | None, _said("Width of the occupations, hartree.")
    ] = None
    tolinteg: Annotated[tuple[int, ...], _said("TOLINTEG: five exponents.")] = ()
    toldee: Annotated[int | None, _said("TOLDEE of the SCF: an exponent.")] = None
    max_cycles: Annotated[int | None, _said("MAXCYCLE of the SCF.")] = None
    fmixing_percent: Annotated[int | None, _said("FMIXING, per cent.")] = None
    level_shift: Annotated[
        tuple[int, int] | None, _said("LEVSHIFT: 0.1 hartree, and 1 to lock the state.")
    ] = None
    grid: Annotated[str, _said("Grid of the functional: XLGRID, XXLGRID …")] = ""
    is_spin_polarised: Annotated[
        bool | None, _said("Else if the structure has moments.")
    ] = None
    atom_spins: Annotated[
        dict[int, int], _said("Atom → 1, -1 or 0, in place of the moments.")
    ] = msgspec.field(default_factory=dict)
    spin_lock: Annotated[
        tuple[int, int] | None, _said("SPINLOCK: α minus β electrons, and cycles.")
    ] = None
    optimise: Annotated[
        str, _said("FULLOPTG, ATOMONLY, CELLONLY, CVOLOPT, ITATOCEL or INTREDUN.")
    ] = ""
    optimiser_toldee: Annotated[int | None, _said("TOLDEE of the optimiser.")] = None
    optimiser_max_cycles: Annotated[int | None, _said("MAXCYCLE of the optimiser.")] = (
        None
    )
    optimiser_toldeg: Annotated[
        float | None, _said("TOLDEG: RMS gradient, hartree/bohr.")
    ] = None
    optimiser_toldex: Annotated[
        float | None, _said("TOLDEX: RMS displacement, bohr.")
    ] = None
    has_intensities: Annotated[bool | None, _said("INTENS, with frequencies.")] = None
    is_optimised_first: Annotated[bool | None, _said("PREOPTGEOM.")] = None
    phonon_supercell: Annotated[
        tuple[int, ...], _said("SCELPHONO: multiples of the vectors, or a matrix.")
    ] = ()
    temperatures_k: Annotated[
        tuple[int, float, float] | None, _said("How many, the first and the last, K.")
    ] = None
    eos_range: Annotated[
        tuple[float, float] | None, _said("Volumes, in units of the present one.")
    ] = None
    eos_points: Annotated[int | None, _said("Volumes of the equation of state.")] = None
    elastic_step: Annotated[float | None, _said("Size of a strain.")] = None
    elastic_points: Annotated[int | None, _said("Points for a strain.")] = None
    symmetry_tolerance_a: Annotated[float, _said("Å, for finding the group.")] = 0.01
    may_shift: Annotated[
        bool, _said("Atoms may move by more than 0.01 Å to the group's places.")
    ] = False
    wants_symmetry: Annotated[bool, _said("Else group 1 and every atom.")] = True
    wants_external: Annotated[bool, _said("EXTERNAL and a .gui beside.")] = False
    wants_rhombohedral: Annotated[
        bool, _said("The rhombohedral cell instead of the hexagonal one.")
    ] = False
    extra: Annotated[
        dict[str, tuple[ShortText, ...]],
        _said("Block (geometry, optgeom, freqcalc, basis, dft, scf …) → records."),
    ] = msgspec.field(default_factory=dict)
