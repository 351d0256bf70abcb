"""Numbers of options that pw.x stops at, or makes nonsense of.

Source: INPUT_PW, ecutwfc, ecutrho, degauss, nbnd, tot_charge, prefix.
"""

import re
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import EspressoOptions

_POSITIVE: Final = (
    "cutoff_ry",
    "density_cutoff_ry",
    "k_spacing_per_a",
    "smearing_width_ry",
    "vacuum_a",
    "tolerance_a",
    "max_cycles",
    "n_bands",
)
_PREFIX: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_SPINS: Final = 2
_LEAST_RATIO: Final = 4
"""ecutrho holds products of two orbitals: twice the wave vector, four times the energy.
pw.x stops at less."""
_ROUNDING: Final = 1e-6


def check_numbers(options: EspressoOptions) -> None:
    """Refuse what is impossible whatever the structure.

    Raises
    ------
    InputRefusedError
        With the name of the option.
    """
    for name in _POSITIVE:
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise InputRefusedError(f"{name} has to be positive, not {value:g}")
    if options.prefix is not None and not _PREFIX.fullmatch(options.prefix):
        raise InputRefusedError(
            f"prefix {options.prefix!r}: letters, digits and . _ + - alone, as files"
            " are called by it"
        )


def check_sizes(
    options: EspressoOptions,
    *,
    electrons: float,
    cutoff_ry: float,
    density_cutoff_ry: float,
) -> None:
    """Refuse what is impossible for these electrons and cutoffs.

    Raises
    ------
    InputRefusedError
        With the name of the option, and what would do.
    """
    if electrons <= 0:
        raise InputRefusedError(f"charge: {electrons:g} electrons would be left")
    if density_cutoff_ry < _LEAST_RATIO * cutoff_ry - _ROUNDING:
        raise InputRefusedError(
            f"density_cutoff_ry {density_cutoff_ry:g}: at least {_LEAST_RATIO} times"
            f" the cutoff, {_LEAST_RATIO * cutoff_ry:g}"
        )
    if options.n_bands is not None and _SPINS * options.n_bands < electrons:
        raise InputRefusedError(
            f"n_bands {options.n_bands}: too few for {electrons:g} electrons, two in a"
            " band"
        )
