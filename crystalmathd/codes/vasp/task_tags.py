"""The tags of an INCAR for a task, a preset and a functional.

Source: vasp.at wiki, the page of each tag.
"""

import math
from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp import potcar_choice
from crystalmathd.codes.vasp.dispersion import dispersion_tags
from crystalmathd.codes.vasp.options import (
    FUNCTIONALS,
    PRESETS,
    Hubbard,
    Preset,
    Value,
    VaspOptions,
)
from crystalmathd.codes.vasp.poscar_writing import Grouped

_FEWEST_FOR_TETRAHEDRA: Final = 4
_SHELLS: Final = ("s", "p", "d", "f")
_NO_SHELL: Final = -1
_ROUND_TO_EV: Final = 10


def tags_for(
    options: VaspOptions,
    atoms: Grouped,
    *,
    moments_ub: Sequence[float] | None,
    charge: float,
    n_kpoints: int | None,
    n_periodic: int,
) -> dict[str, Value]:
    """Return the tags in the order in which they are written.

    `moments_ub`: one an atom in the order of POSCAR; None without spin.

    Raises
    ------
    InputRefusedError
        If an option cannot be fulfilled.
    """
    preset = PRESETS[options.preset]
    tags: dict[str, Value] = {
        "ENCUT": _encut_ev(options, preset, atoms),
        "PREC": preset.prec,
        "EDIFF": preset.ediff_ev,
        "NELM": 100,
        "ALGO": "Normal",
        "LREAL": False,
        "LASPH": True,
        "LORBIT": 11,
        "LWAVE": False,
        "LCHARG": options.task == "static",
    }
    tags |= FUNCTIONALS[options.functional.upper()]
    tags |= dispersion_tags(options)
    tags |= _filling(options, n_kpoints)
    tags |= _motion(options, preset, n_periodic)
    if moments_ub is not None:
        tags |= {"ISPIN": 2, "MAGMOM": list(moments_ub)}
    if options.hubbard:
        tags |= _hubbard(options, atoms)
    if charge:
        electrons = potcar_choice.valence_electrons(
            atoms.elements, atoms.counts, options
        )
        if electrons <= charge:
            raise InputRefusedError(
                f"a charge of {charge:g} leaves none of {electrons:g} electrons"
            )
        tags["NELECT"] = electrons - charge
    return tags


def _encut_ev(options: VaspOptions, preset: Preset, atoms: Grouped) -> float:
    if options.encut_ev is not None:
        if options.encut_ev <= 0:
            raise InputRefusedError(f"encut_ev has to be positive: {options.encut_ev}")
        return options.encut_ev
    largest = potcar_choice.largest_enmax_ev(atoms.elements, options)
    if largest is None:
        return preset.encut_ev
    steps = math.ceil(largest * preset.encut_factor / _ROUND_TO_EV - 1e-9)
    return float(steps * _ROUND_TO_EV)


def _filling(options: VaspOptions, n_kpoints: int | None) -> dict[str, Value]:
    """Return the smearing: Gaussian and narrow, unless more is known.

    Tetrahedra are for energies at fixed ions of more than three points; forces of
    metals want Methfessel-Paxton (wiki, ISMEAR).
    """
    if options.task == "dos" and (n_kpoints or 0) >= _FEWEST_FOR_TETRAHEDRA:
        return {"ISMEAR": -5}
    if options.is_metal and options.task != "bands":
        return {"ISMEAR": 1, "SIGMA": 0.2}
    return {"ISMEAR": 0, "SIGMA": 0.05}


def _motion(options: VaspOptions, preset: Preset, n_periodic: int) -> dict[str, Value]:
    if options.task in {"relax", "vc-relax"}:
        if options.task == "vc-relax" and n_periodic != len("abc"):
            raise InputRefusedError(
                "vc-relax would close the vacuum: VASP relaxes all vectors; take relax"
            )
        isif = 3 if options.task == "vc-relax" else 2
        return {
            "IBRION": 2,
            "ISIF": isif,
            "NSW": 100,
            "EDIFFG": -preset.force_ev_a,
        }
    tags: dict[str, Value] = {"IBRION": -1, "NSW": 0}
    if options.task in {"bands", "dos"}:
        tags["ICHARG"] = 11
    if options.task == "dos":
        tags["NEDOS"] = 2001
    if options.task == "convergence":
        tags["EDIFF"] = min(preset.ediff_ev, 1e-7)
    return tags


def _hubbard(options: VaspOptions, atoms: Grouped) -> dict[str, Value]:
    """Return the arrays of LDAU, one value a species in the order of POSCAR."""
    strangers = sorted(set(options.hubbard) - set(atoms.elements))
    if strangers:
        raise InputRefusedError(f"hubbard: {', '.join(strangers)} is not there")
    none = Hubbard(l=_NO_SHELL, u_ev=0.0)
    rows = [options.hubbard.get(element, none) for element in atoms.elements]
    for one in options.hubbard.values():
        if not 0 <= one.l < len(_SHELLS):
            raise InputRefusedError(f"hubbard: l is 0 to 3, not {one.l}")
    highest = max(row.l for row in rows)
    return {
        "LDAU": True,
        "LDAUTYPE": 2,
        "LDAUL": [row.l for row in rows],
        "LDAUU": [row.u_ev for row in rows],
        "LDAUJ": [row.j_ev for row in rows],
        # The density matrix of the shell has to be mixed too (wiki, LMAXMIX).
        "LMAXMIX": max(2, 2 * highest),
    }
