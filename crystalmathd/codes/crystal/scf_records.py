"""The SCF block of a deck: Hamiltonian, mesh, tolerances, convergence, spins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.functionals import Functional
from crystalmathd.codes.crystal.meshes import Mesh
from crystalmathd.codes.crystal.options import (
    FREQUENCIES,
    SINGLE_POINT,
    CrystalOptions,
)
from crystalmathd.codes.crystal.presets import Preset
from crystalmathd.codes.crystal.spin_choice import SpinChoice

_GRIDS: Final = ("OLDGRID", "LGRID", "XLGRID", "XXLGRID", "XXXLGRID", "HUGEGRID")
_FINE: Final = "HUGEGRID"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScfValues:
    """Numbers of the SCF block, chosen or asked for. `grid` is empty without DFT."""

    grid: str
    tolinteg: tuple[int, ...]
    toldee: int
    max_cycles: int
    fmixing_percent: int
    level_shift: tuple[int, int] | None
    smear_hartree: float | None

    def settings(self) -> dict[str, Any]:
        """Return the values by the names of the options."""
        return {
            "grid": self.grid or None,
            "tolinteg": self.tolinteg,
            "toldee": self.toldee,
            "max_cycles": self.max_cycles,
            "fmixing_percent": self.fmixing_percent,
            "level_shift": self.level_shift,
            "smear_hartree": self.smear_hartree,
        }


def scf_values(
    options: CrystalOptions, preset: Preset, functional: Functional
) -> ScfValues:
    """Return what was asked for, and the preset's values for the rest.

    Raises
    ------
    InputRefusedError
        If the grid is none, or is given to a Hamiltonian that has none.
    """
    if options.grid and not functional.dft:
        raise InputRefusedError(f"{functional.name} has no grid.")
    if options.grid and options.grid.upper() not in _GRIDS:
        raise InputRefusedError(f"grid is one of {', '.join(_GRIDS)}.")
    usual = _FINE if functional.wants_fine_grid else preset.grid
    grid = (options.grid.upper() or usual) if functional.dft else ""
    fmixing = options.fmixing_percent
    return ScfValues(
        grid=grid,
        tolinteg=options.tolinteg or preset.tolinteg,
        toldee=options.toldee or _toldee(options.task, preset),
        max_cycles=options.max_cycles or preset.max_cycles,
        fmixing_percent=preset.fmixing_percent if fmixing is None else fmixing,
        level_shift=options.level_shift,
        smear_hartree=options.smear_hartree,
    )


def _toldee(task: str, preset: Preset) -> int:
    if task == SINGLE_POINT:
        return preset.toldee
    if task == FREQUENCIES:
        return preset.frequencies_toldee
    # Equations of state and elastic constants are made of gradients too.
    return preset.optimisation_toldee


def scf_records(
    values: ScfValues,
    functional: Functional,
    spin: SpinChoice,
    order: Sequence[int],
    mesh: Mesh | None,
    extra: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """Return the records of the block, with its END.

    Raises
    ------
    InputRefusedError
        If `extra` has records for a DFT block that there is none of.
    """
    records = _hamiltonian(values, functional, spin, extra.get("dft", ()))
    records += functional.scf
    if mesh is not None:
        records += mesh.records()
    records += ["TOLINTEG", " ".join(map(str, values.tolinteg))]
    records += ["TOLDEE", str(values.toldee), "MAXCYCLE", str(values.max_cycles)]
    records += ["FMIXING", str(values.fmixing_percent)]
    if values.level_shift is not None:
        records += ["LEVSHIFT", f"{values.level_shift[0]} {values.level_shift[1]}"]
    if values.smear_hartree is not None:
        records += ["SMEAR", f"{values.smear_hartree:.8g}"]
    return [*records, *spin.records(order), *extra.get("scf", ()), "END"]


def _hamiltonian(
    values: ScfValues, functional: Functional, spin: SpinChoice, extra: tuple[str, ...]
) -> list[str]:
    if functional.dft:
        polarised = ["SPIN"] if spin.is_polarised else []
        return ["DFT", *functional.dft, *polarised, values.grid, *extra, "END"]
    if extra:
        raise InputRefusedError(f"{functional.name} has no DFT block for records.")
    return ["UHF"] if spin.is_polarised else []
