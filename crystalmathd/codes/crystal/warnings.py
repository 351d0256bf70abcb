"""What CRYSTAL warns of and what is worth showing of it."""

import re
from typing import Final

from crystalmathd.codes.crystal.stops import AIIDA_DFT, MANUAL, advice, edit
from crystalmathd.models.faults import (
    Effect,
    Fault,
    Remedy,
    RemoveValue,
    SetValue,
    Severity,
    Standing,
)

_STARS: Final = "WARNING ****"
_RECORDED: Final = "Recorded runs"


def _warning(
    key: str,
    needs: str,
    pattern: str,
    *,
    cause: str,
    meaning: str,
    remedies: tuple[Remedy, ...],
    source: str = _RECORDED,
    standing: Standing = Standing.REAL,
    severity: Severity = Severity.WARNING,
) -> Fault:
    return Fault(
        key=key,
        needs=needs,
        pattern=re.compile(pattern),
        severity=severity,
        cause=cause,
        meaning=meaning,
        source=source,
        standing=standing,
        remedies=remedies,
    )


_OPTIMISE_FIRST: Final = advice(
    "Optimise the geometry further first, and compute this at the minimum."
)
_TIGHTER_FOR_FREQUENCIES: Final = edit(
    "Converge the energy to 1e-11 hartree.",
    SetValue(key="SCF.TOLDEE", value="11"),
    effect=Effect.NUMERICAL,
)

WARNINGS: Final = (
    _warning(
        "force_at_central_point",
        "AT CENTRAL POINT IS GREATER",
        r"WARNING!* +FORCE .*AT CENTRAL POINT IS GREATER",
        cause="Elastic constants or frequencies begin off a minimum.",
        meaning="Forces remain at the geometry that is displaced.",
        source=f"{AIIDA_DFT}; reference runs",
        standing=Standing.QUOTED,
        remedies=(_OPTIMISE_FIRST,),
    ),
    _warning(
        "lower_displaced_energy",
        _STARS,
        r"WARNING \*{4} \w+ \*{4} ENERGY OF DISPLACED GEOM.* LOWER THAN ENERGY OF REF",
        cause="A displaced geometry has a lower energy than the one it is a step from.",
        meaning="The elastic constants begin off a minimum.",
        remedies=(_OPTIMISE_FIRST,),
    ),
    _warning(
        "negative_hessian",
        "HESSIAN NEGATIVE EIGENVALUE",
        r"WARNING - HESSIAN NEGATIVE EIGENVALUE",
        cause="The Hessian of the optimisation has a negative eigenvalue.",
        meaning="The path leads over a saddle, or the Hessian has gone wrong.",
        remedies=(advice("Compute frequencies at the end: is it a minimum?"),),
    ),
    _warning(
        "frequencies_accuracy",
        _STARS,
        r"WARNING \*{4} .*PROBABLE LOSS IN FREQCALC ACCURACY",
        cause="The SCF is not converged far enough for frequencies.",
        meaning="Differences of forces lose digits: low modes shift by some cm⁻¹.",
        remedies=(_TIGHTER_FOR_FREQUENCIES,),
    ),
    _warning(
        "frequencies_grid",
        _STARS,
        r"WARNING \*{4} .*TOO LOOSE INTEGRATION GRID",
        cause="The integration grid is too coarse for frequencies.",
        meaning="The sum over the grid changes when the atoms move.",
        remedies=(
            edit(
                "Use the extra-large grid.",
                SetValue(key="DFT.XLGRID", value=""),
                effect=Effect.NUMERICAL,
            ),
        ),
    ),
    _warning(
        "gradient_of_a_conductor",
        _STARS,
        r"WARNING \*{4} .*GRADIENT NOT FULLY IMPLEMENTED FOR CONDUCTING SYSTEMS",
        cause="The bands overlap, and the forces do not take that into account.",
        meaning="Forces of a metal without smearing are approximate.",
        remedies=(
            advice(
                "If it should be an insulator, look at spins and mesh; else use SMEAR.",
                Effect.PHYSICS,
            ),
        ),
    ),
    _warning(
        "atomic_scf",
        "CONVERGENCE NOT REACHED IN ATOMIC SCF",
        r"CONVERGENCE NOT REACHED IN ATOMIC SCF",
        cause="The SCF of a free atom, from which the guess is made, did not converge.",
        meaning="The first density is poor; the SCF of the solid may still converge.",
        source=MANUAL,
        standing=Standing.QUOTED,
        remedies=(advice("Look at the electrons given to that atom's shells."),),
    ),
    _warning(
        "level_shift_off",
        "LEVSHIFT DISABLED",
        r"LEVSHIFT DISABLED BECAUSE NOT COMPATIBLE WITH DIIS",
        cause="LEVSHIFT of the deck is not at work.",
        meaning="DIIS is on, and the two exclude each other.",
        remedies=(
            edit("Take LEVSHIFT out of the deck.", RemoveValue(key="LEVSHIFT")),
            edit(
                "Use it, without DIIS.",
                SetValue(key="NODIIS", value=""),
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    _warning(
        "diffuse_functions",
        _STARS,
        r"WARNING \*{4} .*GAUSSIAN EXPONENT LESS THAN .*PERHAPS TOO DIFFUSE",
        cause="The basis set holds very diffuse functions.",
        meaning="They make sums long and can make the basis linearly dependent.",
        remedies=(advice("Use a basis set made for solids.", Effect.PHYSICS),),
    ),
    _warning(
        "composite_basis",
        _STARS,
        r"WARNING \*{4} .* has to be combined with (?P<basis>\S+) basis set",
        cause="The composite method wants a basis set of its own.",
        meaning="Its corrections were fitted with that set.",
        remedies=(advice("Check that the deck uses the set named.", Effect.PHYSICS),),
    ),
    _warning(
        "near_degeneracy",
        "QUASI-DEGENERACIES NEAR FERMI LEVEL",
        r"WARNING QUASI-DEGENERACIES NEAR FERMI LEVEL",
        cause="States near the Fermi level lie almost together.",
        meaning="If the SCF does not settle, it may jump between them.",
        remedies=(advice("CRYSTAL suggests to raise TOLDEGEN."),),
    ),
    _warning(
        "smaller_cell",
        "CAN BE OBTAINED WITH A SMALLER CELL",
        r"WARNING +: THIS CONFIG CAN BE OBTAINED WITH A SMALLER CELL",
        cause="A configuration of the set repeats within the supercell.",
        meaning="The same could be computed in a smaller cell.",
        severity=Severity.NOTE,
        remedies=(),
    ),
    _warning(
        "coulomb_buffer",
        _STARS,
        r"TO AVOID I/O SET BIPOSIZE = +(?P<most_words>\d+)",
        cause="The buffer for Coulomb integrals was too small.",
        meaning="Integrals go over the disk: the run is slower, its result the same.",
        remedies=(
            edit(
                "Make it as large as the run asked for.",
                SetValue(key="BIPOSIZE", value="{most_words}"),
            ),
        ),
    ),
    _warning(
        "exchange_buffer",
        _STARS,
        r"TO AVOID I/O SET EXCHSIZE = +(?P<most_words>\d+)",
        cause="The buffer for exchange integrals was too small.",
        meaning="Integrals go over the disk: the run is slower, its result the same.",
        remedies=(
            edit(
                "Make it as large as the run asked for.",
                SetValue(key="EXCHSIZE", value="{most_words}"),
            ),
        ),
    ),
)
