"""What can be asked of a CRYSTAL deck: the daemon's own options, field by field."""

from typing import Annotated

import msgspec

from crystalmath_protocol.method import Message
from crystalmath_protocol.option_words import LongText, Word, said


class CrystalOptions(Message, frozen=True, kw_only=True):
    """Options of a `.d12`; the preset and the structure choose what is not given.

    Atoms are counted from 1 in the order of the structure. An option that the task
    has no use for is refused.
    """

    functional: Annotated[
        Word,
        said("PBE, B3LYP, HSE06 …, EXCHANGE/CORRELATION, HF, or a 3c method."),
    ] = "PBE"
    hybrid_percent: Annotated[
        float | None, said("Share of exact exchange, per cent.")
    ] = None
    dispersion: Annotated[Word, said("D3, or nothing.")] = ""
    preset: Annotated[Word, said("fast, moderate or precise.")] = "moderate"
    task: Annotated[
        Word,
        said(
            "single_point, optimisation, frequencies, equation_of_state or "
            "elastic_constants."
        ),
    ] = "single_point"
    title: Annotated[Word, said("First line of the deck; else formula and method.")] = (
        ""
    )
    basis: Annotated[Word, said("A set of the Basis Set Exchange, or of CRYSTAL.")] = ""
    basis_form: Annotated[
        Word, said("explicit: the shells are written; library: by name in CRYSTAL.")
    ] = "explicit"
    basis_by_element: Annotated[
        dict[Word, Word], said("Symbol → set, for single elements.")
    ] = msgspec.field(default_factory=dict)
    basis_text_by_element: Annotated[
        dict[Word, LongText], said("Symbol → shells as CRYSTAL reads them.")
    ] = msgspec.field(default_factory=dict)
    second_basis: Annotated[
        dict[Word, Word], said("Number of an atom → set, for single atoms.")
    ] = msgspec.field(default_factory=dict)
    ghosts: Annotated[
        tuple[int, ...], said("Atoms that are basis functions only.")
    ] = ()
    charge_e: Annotated[float | None, said("Charge of the cell, e.")] = None
    shrink: Annotated[tuple[int, ...], said("SHRINK's IS, or three factors.")] = ()
    shrink_gilat: Annotated[int | None, said("SHRINK's ISP.")] = None
    k_spacing_inv_a: Annotated[
        float | None, said("Largest distance of k-points, 1/Å without 2π.")
    ] = None
    is_metal: Annotated[bool, said("A denser mesh; needs smear_hartree.")] = False
    smear_hartree: Annotated[
        float | None, said("Width of the occupations, hartree.")
    ] = None
    tolinteg: Annotated[tuple[int, ...], said("TOLINTEG: five exponents.")] = ()
    toldee: Annotated[int | None, said("TOLDEE of the SCF: an exponent.")] = None
    max_cycles: Annotated[int | None, said("MAXCYCLE of the SCF.")] = None
    fmixing_percent: Annotated[int | None, said("FMIXING, per cent.")] = None
    level_shift: Annotated[
        tuple[int, int] | None, said("LEVSHIFT: 0.1 hartree, and 1 to lock the state.")
    ] = None
    grid: Annotated[Word, said("Grid of the functional: XLGRID, XXLGRID …")] = ""
    is_spin_polarised: Annotated[
        bool | None, said("Else if the structure has moments.")
    ] = None
    atom_spins: Annotated[
        dict[Word, int],
        said("Number of an atom → 1, -1 or 0, in place of the moments."),
    ] = msgspec.field(default_factory=dict)
    spin_lock: Annotated[
        tuple[int, int] | None, said("SPINLOCK: α minus β electrons, and cycles.")
    ] = None
    optimise: Annotated[
        Word, said("FULLOPTG, ATOMONLY, CELLONLY, CVOLOPT, ITATOCEL or INTREDUN.")
    ] = ""
    optimiser_toldee: Annotated[int | None, said("TOLDEE of the optimiser.")] = None
    optimiser_max_cycles: Annotated[int | None, said("MAXCYCLE of the optimiser.")] = (
        None
    )
    optimiser_toldeg: Annotated[
        float | None, said("TOLDEG: RMS gradient, hartree/bohr.")
    ] = None
    optimiser_toldex: Annotated[
        float | None, said("TOLDEX: RMS displacement, bohr.")
    ] = None
    has_intensities: Annotated[bool | None, said("INTENS, with frequencies.")] = None
    is_optimised_first: Annotated[bool | None, said("PREOPTGEOM.")] = None
    phonon_supercell: Annotated[
        tuple[int, ...], said("SCELPHONO: multiples of the vectors, or a matrix.")
    ] = ()
    temperatures_k: Annotated[
        tuple[int, float, float] | None, said("How many, the first and the last, K.")
    ] = None
    eos_range: Annotated[
        tuple[float, float] | None, said("Volumes, in units of the present one.")
    ] = None
    eos_points: Annotated[int | None, said("Volumes of the equation of state.")] = None
    elastic_step: Annotated[float | None, said("Size of a strain.")] = None
    elastic_points: Annotated[int | None, said("Points for a strain.")] = None
    symmetry_tolerance_a: Annotated[float, said("Å, for finding the group.")] = 0.01
    may_shift: Annotated[
        bool, said("Atoms may move by more than 0.01 Å to the group's places.")
    ] = False
    wants_symmetry: Annotated[bool, said("Else group 1 and every atom.")] = True
    wants_external: Annotated[bool, said("EXTERNAL and a .gui beside.")] = False
    wants_rhombohedral: Annotated[
        bool, said("The rhombohedral cell instead of the hexagonal one.")
    ] = False
    extra: Annotated[
        dict[Word, tuple[Word, ...]],
        said("Block (geometry, optgeom, freqcalc, basis, dft, scf …) → records."),
    ] = msgspec.field(default_factory=dict)
