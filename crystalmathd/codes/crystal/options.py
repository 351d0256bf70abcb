"""What can be asked of a CRYSTAL deck. Every option is written, or refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError

SINGLE_POINT: Final = "single_point"
OPTIMISATION: Final = "optimisation"
FREQUENCIES: Final = "frequencies"
EQUATION_OF_STATE: Final = "equation_of_state"
ELASTIC_CONSTANTS: Final = "elastic_constants"
TASKS: Final = (
    SINGLE_POINT,
    OPTIMISATION,
    FREQUENCIES,
    EQUATION_OF_STATE,
    ELASTIC_CONSTANTS,
)

EXPLICIT: Final = "explicit"
LIBRARY: Final = "library"


@dataclass(frozen=True, kw_only=True, slots=True)
class CrystalOptions:
    """Options of a deck; what is None or empty is chosen by the preset and the atoms.

    Atoms are counted from 1 in the order of the structure that was given. `basis`
    is a set of the Basis Set Exchange, whose shells are written (`basis_form`
    explicit), or a name that CRYSTAL has inside (library). `basis_by_element` (symbol
    → set) and `basis_text_by_element` (symbol → shells as CRYSTAL reads them) go
    before it; `second_basis` (atom → set) gives single atoms another one. An option
    that the task, or a molecule, has no use for is refused.
    """

    functional: str = "PBE"
    """A stand-alone functional, `EXCHANGE/CORRELATION`, HF, or a 3c method."""
    hybrid_percent: float | None = None
    dispersion: str = ""
    """`D3`: the D3 correction with Becke and Johnson's damping; empty: none."""
    preset: str = "moderate"
    task: str = SINGLE_POINT
    title: str = ""

    basis: str = ""
    basis_form: str = EXPLICIT
    basis_by_element: Mapping[str, str] = field(default_factory=dict)
    basis_text_by_element: Mapping[str, str] = field(default_factory=dict)
    second_basis: Mapping[int, str] = field(default_factory=dict)
    ghosts: tuple[int, ...] = ()
    charge_e: float | None = None
    """Charge of the cell as it is computed; None: that of the structure."""

    shrink: tuple[int, ...] = ()
    """IS, or three factors; empty: from `k_spacing_inv_a`."""
    shrink_gilat: int | None = None
    """ISP; None: IS, or 2 IS of a metal."""
    k_spacing_inv_a: float | None = None
    """Largest distance of k-points along a reciprocal vector (without 2π), 1/Å."""
    is_metal: bool = False
    """Asks for a denser mesh and for `smear_hartree`, which must then be given."""
    smear_hartree: float | None = None
    tolinteg: tuple[int, ...] = ()
    toldee: int | None = None
    """The SCF's, as is `max_cycles`; those of the optimiser begin with `optimiser`."""
    max_cycles: int | None = None
    fmixing_percent: int | None = None
    level_shift: tuple[int, int] | None = None
    """LEVSHIFT: the shift in 0.1 hartree, and 1 to lock the state that it leads to."""
    grid: str = ""

    is_spin_polarised: bool | None = None
    """None: if the structure has magnetic moments."""
    atom_spins: Mapping[int, int] = field(default_factory=dict)
    """Atom → 1, -1 or 0, in place of the signs of the structure's moments."""
    spin_lock: tuple[int, int] | None = None
    """α minus β electrons of the cell, and for how many cycles they are held."""

    optimise: str = ""
    """FULLOPTG, ATOMONLY, CELLONLY, CVOLOPT, ITATOCEL or INTREDUN; of frequencies it
    is said what moves before them."""
    optimiser_toldee: int | None = None
    optimiser_max_cycles: int | None = None
    optimiser_toldeg: float | None = None
    optimiser_toldex: float | None = None
    has_intensities: bool | None = None
    is_optimised_first: bool | None = None
    """PREOPTGEOM in front of frequencies and elastic constants; None: yes, but not
    with `phonon_supercell`."""
    phonon_supercell: tuple[int, ...] = ()
    """SCELPHONO: multiples of the vectors, or a matrix by rows; with DISPERSI."""
    temperatures_k: tuple[int, float, float] | None = None
    """How many, the first and the last."""
    eos_range: tuple[float, float] | None = None
    """Smallest and largest volume, in units of the present one."""
    eos_points: int | None = None
    elastic_step: float | None = None
    elastic_points: int | None = None

    symmetry_tolerance_a: float = 0.01
    may_shift: bool = False
    """Atoms may move by more than 0.01 Å on to the places of the group."""
    wants_symmetry: bool = True
    wants_external: bool = False
    """EXTERNAL, with the geometry and its operators in a `.gui` beside the deck."""
    wants_rhombohedral: bool = False
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Block (geometry, optgeom, freqcalc, eos, elastcon, basis, dft, scf) → records."""


_TASKS_OF: Final[dict[str, tuple[str, ...]]] = {
    "optimise": (OPTIMISATION, FREQUENCIES),
    "optimiser_toldee": (OPTIMISATION,),
    "optimiser_max_cycles": (OPTIMISATION,),
    "optimiser_toldeg": (OPTIMISATION,),
    "optimiser_toldex": (OPTIMISATION,),
    "has_intensities": (FREQUENCIES,),
    "is_optimised_first": (FREQUENCIES, ELASTIC_CONSTANTS),
    "phonon_supercell": (FREQUENCIES,),
    "temperatures_k": (FREQUENCIES,),
    "eos_range": (EQUATION_OF_STATE,),
    "eos_points": (EQUATION_OF_STATE,),
    "elastic_step": (ELASTIC_CONSTANTS,),
    "elastic_points": (ELASTIC_CONSTANTS,),
}
"""Options that only these tasks write."""

_PERIODIC: Final = (
    "shrink",
    "shrink_gilat",
    "k_spacing_inv_a",
    "phonon_supercell",
    "smear_hartree",
)
_TOP_OF: Final = {
    OPTIMISATION: "optgeom",
    FREQUENCIES: "freqcalc",
    EQUATION_OF_STATE: "eos",
    ELASTIC_CONSTANTS: "elastcon",
}
_N_TOLERANCES: Final = 5
_SUBSHELL_SIGNS: Final = frozenset({-1, 0, 1})
_MESH_FORMS: Final = (0, 1, 3)
_MOST_FACTORS: Final = 200
_LARGEST_STRAIN: Final = 0.1
"""Elastic constants are those of small strains; CRYSTAL's own step is 0.01."""


def check_options(options: CrystalOptions, dimension: int, n_atoms: int) -> None:
    """Refuse options that would not be written, and values that are impossible.

    Raises
    ------
    InputRefusedError
        With the name of the option and what would be right.
    """
    if options.task not in TASKS:
        raise InputRefusedError(f"task is one of {', '.join(TASKS)}.")
    given = set(given_options(options))
    for name, tasks in _TASKS_OF.items():
        if name in given and options.task not in tasks:
            raise InputRefusedError(
                f"{name} has no meaning in a deck for {options.task}; it is for "
                f"{' or '.join(tasks)}."
            )
    unused = [name for name in _PERIODIC if name in given]
    if dimension == 0 and unused:
        raise InputRefusedError(f"{unused[0]} has no meaning for a molecule.")
    if dimension != 3 and options.task in (  # noqa: PLR2004 directions of space
        EQUATION_OF_STATE,
        ELASTIC_CONSTANTS,
    ):
        raise InputRefusedError(f"{options.task} is for three-dimensional crystals.")
    _check_pairs(options, given)
    _check_numbers(options)
    _check_atoms(options, n_atoms)
    blocks = {"geometry", "basis", "scf", "dft", _TOP_OF.get(options.task, "scf")}
    for block in options.extra:
        if block not in blocks:
            raise InputRefusedError(
                f"extra records are for {', '.join(sorted(blocks))}, not {block!r}."
            )


def given_options(options: CrystalOptions) -> dict[str, Any]:
    """Return every option that is not as it would be if nobody said anything."""
    silent = CrystalOptions()
    return {
        option.name: getattr(options, option.name)
        for option in fields(options)
        if getattr(options, option.name) != getattr(silent, option.name)
    }


def _check_pairs(options: CrystalOptions, given: set[str]) -> None:
    if "shrink" in given and "k_spacing_inv_a" in given:
        raise InputRefusedError("shrink and k_spacing_inv_a exclude each other.")
    if options.is_metal and options.smear_hartree is None:
        raise InputRefusedError(
            "is_metal wants smear_hartree, the width of the occupations: 0.0005 to "
            "0.01 hartree, as small as the SCF allows."
        )
    if options.is_spin_polarised is False and (
        options.spin_lock or any(options.atom_spins.values())
    ):
        raise InputRefusedError(
            "spin_lock and atom_spins want spins: is_spin_polarised must not be false."
        )
    if options.basis_form not in (EXPLICIT, LIBRARY):
        raise InputRefusedError("basis_form is explicit or library.")
    if options.basis_form == LIBRARY and (
        options.basis_by_element
        or options.basis_text_by_element
        or options.second_basis
    ):
        raise InputRefusedError(
            "BASISSET takes one library set for all atoms; other sets for elements or "
            "atoms want basis_form explicit."
        )
    if options.wants_external and options.second_basis:
        raise InputRefusedError(
            "second_basis wants the geometry in the deck, not in a .gui."
        )


def _check_numbers(options: CrystalOptions) -> None:
    rules = {
        "shrink": len(options.shrink) in _MESH_FORMS
        and min(options.shrink, default=1) > 0
        and max(options.shrink, default=1) <= _MOST_FACTORS,
        "shrink_gilat": 0 < (options.shrink_gilat or 1) <= 2 * _MOST_FACTORS,
        "elastic_step": options.elastic_step is None
        or 0 < options.elastic_step <= _LARGEST_STRAIN,
        "temperatures_k": options.temperatures_k is None
        or _are_temperatures(*options.temperatures_k),
        "k_spacing_inv_a": options.k_spacing_inv_a is None
        or options.k_spacing_inv_a > 0,
        "smear_hartree": options.smear_hartree is None or options.smear_hartree > 0,
        "tolinteg": not options.tolinteg
        or (len(options.tolinteg) == _N_TOLERANCES and min(options.tolinteg) > 0),
        "toldee": (options.toldee or 1) > 0,
        "max_cycles": options.max_cycles is None or options.max_cycles > 0,
        "fmixing_percent": options.fmixing_percent in (None, *range(100)),
        "hybrid_percent": options.hybrid_percent is None
        or 0 <= options.hybrid_percent <= 100,  # noqa: PLR2004 a percentage
        "eos_range": options.eos_range is None
        or 0 < options.eos_range[0] < 1 < options.eos_range[1],
        "phonon_supercell": len(options.phonon_supercell) in (0, 1, 2, 3, 4, 9),
        "symmetry_tolerance_a": options.symmetry_tolerance_a > 0,
    }
    for name, is_right in rules.items():
        if not is_right:
            raise InputRefusedError(f"{name} cannot be {getattr(options, name)!r}.")


def _are_temperatures(count: int, first: float, last: float) -> bool:
    return count > 0 and 0 <= first <= last


def _check_atoms(options: CrystalOptions, n_atoms: int) -> None:
    named = {
        "ghosts": options.ghosts,
        "second_basis": tuple(options.second_basis),
        "atom_spins": tuple(options.atom_spins),
    }
    for name, atoms in named.items():
        for atom in atoms:
            if not 1 <= atom <= n_atoms:
                raise InputRefusedError(
                    f"{name} names atom {atom}; there are {n_atoms}."
                )
    if len(set(options.ghosts)) == n_atoms:
        raise InputRefusedError("ghosts are all atoms: no nucleus would be left.")
    if not set(options.atom_spins.values()) <= _SUBSHELL_SIGNS:
        raise InputRefusedError("atom_spins are 1, -1 or 0.")
