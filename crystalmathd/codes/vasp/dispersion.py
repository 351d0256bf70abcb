"""Tags of a dispersion correction, with the parameters that fit the functional.

VASP has parameters of its own for some functionals only, and takes those of PBE, or
none, for all others without a word.

Source: vasp.at wiki, pages IVDW, DFT-D2, DFT-D3, DFT-D4, Tkatchenko-Scheffler method
and Many-body dispersion energy. The parameters of D3 that are written here: table of
simple-dftd3 (assets/parameters.toml), from 10.1021/jp501237c (HSE06),
10.1103/physrevb.94.115144 (SCAN) and 10.1063/5.0041008 (r2SCAN).
"""

from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp.options import DISPERSIONS, Value, VaspOptions

_VASP_HAS: Final[Mapping[str, frozenset[str]]] = {
    "D2": frozenset({"PBE"}),
    "D3": frozenset({"PBE", "RPBE", "REVPBE", "PBESOL", "PBE0"}),
    "D3BJ": frozenset({"PBE", "RPBE", "REVPBE", "PBESOL", "PBE0"}),
    "D4": frozenset(
        {"PBE", "RPBE", "REVPBE", "PBESOL", "PBE0", "HSE06", "SCAN", "R2SCAN"}
    ),
    "TS": frozenset({"PBE"}),
    "MBD": frozenset({"PBE"}),
}
"""Method → functionals whose parameters VASP, or the library it calls, has itself."""

_WRITTEN: Final[Mapping[tuple[str, str], Mapping[str, Value]]] = {
    ("D3", "HSE06"): {"VDW_SR": 1.129, "VDW_S8": 0.109},
    ("D3", "SCAN"): {"VDW_SR": 1.324, "VDW_S8": 0.0},
    ("D3BJ", "HSE06"): {"VDW_S8": 2.310, "VDW_A1": 0.383, "VDW_A2": 5.685},
    ("D3BJ", "SCAN"): {"VDW_S8": 0.0, "VDW_A1": 0.538, "VDW_A2": 5.42},
    ("D3BJ", "R2SCAN"): {
        "VDW_S8": 0.78981345,
        "VDW_A1": 0.49484001,
        "VDW_A2": 5.73083694,
    },
}
"""Method, functional → published parameters; A2 in bohr, as it is published."""

_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "D2": ("VDW_S6",),
    "D3": ("VDW_SR", "VDW_S8"),
    "D3BJ": ("VDW_S8", "VDW_A1", "VDW_A2"),
    "D4": ("DFTD4_XC",),
    "TS": ("VDW_SR",),
    "MBD": ("VDW_SR",),
}
"""Method → the tags in `incar` that say its parameters."""


def dispersion_tags(options: VaspOptions) -> dict[str, Value]:
    """Return IVDW, and the parameters if VASP has none for the functional.

    Raises
    ------
    InputRefusedError
        If nobody has published any, and `incar` does not say them.
    """
    method, functional = options.dispersion, options.functional.upper()
    if method is None:
        return {}
    tags: dict[str, Value] = {"IVDW": DISPERSIONS[method]}
    said = {name.upper() for name in options.incar}
    if functional in _VASP_HAS[method] or said.issuperset(_OWN[method]):
        return tags
    if (method, functional) in _WRITTEN:
        return {**tags, **_WRITTEN[method, functional]}
    known = {*_VASP_HAS[method], *(of for how, of in _WRITTEN if how == method)}
    raise InputRefusedError(
        f"dispersion {method} with {options.functional}: no parameters are known;"
        f" there are those of {', '.join(sorted(known))}, or give"
        f" {', '.join(_OWN[method])} in incar"
    )
