"""The block of the geometry part that says what is computed beside the energy."""

from collections.abc import Callable, Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.options import (
    ELASTIC_CONSTANTS,
    EQUATION_OF_STATE,
    FREQUENCIES,
    OPTIMISATION,
    SINGLE_POINT,
    CrystalOptions,
)
from crystalmathd.codes.crystal.presets import Preset

FULL: Final = "FULLOPTG"
_KINDS: Final = (FULL, "ATOMONLY", "CELLONLY", "CVOLOPT", "ITATOCEL", "INTREDUN")
_ATOMS_ONLY: Final = "ATOMONLY"
_EOS_RANGE: Final = (0.94, 1.06)
_EOS_POINTS: Final = 7
_ELASTIC_STEP: Final = 0.01
_ELASTIC_POINTS: Final = 3


def task_records(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    """Return the records of the task, and the values that were used.

    Raises
    ------
    InputRefusedError
        If the kind of optimisation or the supercell is none.
    """
    return _TASKS[options.task](options, preset, dimension)


def _single_point(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    del options, preset, dimension
    return [], {}


def _optimisation(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    kind = _kind(options, dimension)
    toldee = options.optimiser_toldee or 7
    cycles = options.optimiser_max_cycles or preset.optimiser_max_cycles
    toldeg = options.optimiser_toldeg or preset.optimiser_toldeg
    toldex = options.optimiser_toldex or preset.optimiser_toldex
    records = [
        *("OPTGEOM", kind, "TOLDEE", str(toldee), "MAXCYCLE", str(cycles)),
        *("TOLDEG", f"{toldeg:.8g}", "TOLDEX", f"{toldex:.8g}"),
        *options.extra.get("optgeom", ()),
        "END",
    ]
    return records, {
        "optimise": kind,
        "optimiser_toldee": toldee,
        "optimiser_max_cycles": cycles,
        "optimiser_toldeg_hartree_per_bohr": toldeg,
        "optimiser_toldex_bohr": toldex,
    }


def _kind(options: CrystalOptions, dimension: int) -> str:
    kind = (options.optimise or (FULL if dimension else _ATOMS_ONLY)).upper()
    if kind not in _KINDS:
        raise InputRefusedError(f"optimise is one of {', '.join(_KINDS)}.")
    if not dimension and kind not in (_ATOMS_ONLY, "INTREDUN"):
        raise InputRefusedError(f"optimise {kind} needs a cell; a molecule has none.")
    return kind


def _frequencies(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    del preset
    has_intensities = bool(options.has_intensities)
    is_first = options.is_optimised_first
    if is_first is None:
        # Cells that are repeated are optimised in a run of their own.
        is_first = not options.phonon_supercell
    if options.optimise and not is_first:
        raise InputRefusedError("optimise says nothing without is_optimised_first.")
    kind = _kind(options, dimension)
    records: list[str] = []
    if options.phonon_supercell:
        records += ["SCELPHONO", *_matrix(options.phonon_supercell, dimension)]
    records.append("FREQCALC")
    if is_first:
        records += ["PREOPTGEOM", kind, "END"]
    if has_intensities:
        records.append("INTENS")
    if options.phonon_supercell:
        records.append("DISPERSI")
    if options.temperatures_k is not None:
        count, first, last = options.temperatures_k
        records += ["TEMPERAT", f"{count} {first:g} {last:g}"]
    records += [*options.extra.get("freqcalc", ()), "END"]
    return records, {
        "has_intensities": has_intensities,
        "is_optimised_first": is_first,
        "optimise": kind if is_first else None,
        "phonon_supercell": options.phonon_supercell or None,
        "temperatures_k": options.temperatures_k,
    }


def _matrix(multiples: Sequence[int], dimension: int) -> list[str]:
    if len(multiples) == dimension:
        rows = [
            [multiples[row] if row == column else 0 for column in range(dimension)]
            for row in range(dimension)
        ]
    elif len(multiples) == dimension**2:
        rows = [
            list(multiples[row * dimension : (row + 1) * dimension])
            for row in range(dimension)
        ]
    else:
        raise InputRefusedError(
            f"phonon_supercell is {dimension} multiples, or {dimension**2} numbers of "
            "a matrix by rows."
        )
    return [" ".join(map(str, row)) for row in rows]


def _equation_of_state(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    del preset, dimension
    low, high = options.eos_range or _EOS_RANGE
    points = options.eos_points or _EOS_POINTS
    records = ["EOS", "RANGE", f"{low:.6g} {high:.6g} {points}"]
    records += [*options.extra.get("eos", ()), "END"]
    return records, {"eos_range": (low, high), "eos_points": points}


def _elastic_constants(
    options: CrystalOptions, preset: Preset, dimension: int
) -> tuple[list[str], dict[str, object]]:
    del preset, dimension
    step = options.elastic_step or _ELASTIC_STEP
    points = options.elastic_points or _ELASTIC_POINTS
    is_first = options.is_optimised_first is not False
    records = ["ELASTCON", "NUMDERIV", str(points), "STEPSIZE", f"{step:.6g}"]
    records += options.extra.get("elastcon", ())
    # PREOPTGEOM has no END of its own here, as decks that ran show.
    records += ["PREOPTGEOM", "END"] if is_first else ["END"]
    return records, {
        "elastic_step": step,
        "elastic_points": points,
        "is_optimised_first": is_first,
    }


_Task = Callable[[CrystalOptions, Preset, int], tuple[list[str], dict[str, object]]]
_TASKS: Final[dict[str, _Task]] = {
    SINGLE_POINT: _single_point,
    OPTIMISATION: _optimisation,
    FREQUENCIES: _frequencies,
    EQUATION_OF_STATE: _equation_of_state,
    ELASTIC_CONSTANTS: _elastic_constants,
}
