"""Failures of CRYSTAL in the SCF and on the way to a geometry."""

import re
from typing import Final

from crystalmathd.codes.crystal.stops import (
    AIIDA_17,
    AIIDA_DFT,
    MACE,
    MORE_CYCLES,
    MORE_POINTS,
    OUT_OF_CYCLES,
    SHOW_OVERLAP,
    STOP,
    TIGHTER_SUMS,
    advice,
    edit,
    stop,
)
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Fault,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_MORE_CYCLES: Final = edit(
    "Go on from the density of this run, with more cycles.",
    MORE_CYCLES,
    Continue(kind="guess"),
)
_MORE_CYCLES_A_POINT: Final = edit(
    "Go on from the points that were done, with more cycles for each of them.",
    MORE_CYCLES,
    Continue(kind="optimisation"),
)
_MORE_MIXING: Final = edit(
    "Mix more of the old Fock matrix in: slower, but steadier.",
    ScaleValue(
        key="SCF.FMIXING", factor=1.5, default=30, is_integer=True, least=50, most=90
    ),
)
_NO_OTHER_WAY: Final = (
    RemoveValue(key="DIIS"),
    RemoveValue(key="DIISALLK"),
    RemoveValue(key="SCF.ANDERSON"),
    SetValue(key="NODIIS", value=""),
)
"""CRYSTAL knows several ways to convergence, of which one can be at work."""
_BROYDEN: Final = edit(
    "Take Broyden's way to convergence instead of DIIS or Anderson's.",
    *_NO_OTHER_WAY,
    SetValue(key="SCF.BROYDEN", value="0.0001 50 2"),
)
_LEVEL_SHIFT: Final = edit(
    "Hold the occupied and the empty states apart; this works alone only. It can hold"
    " a state that is not the ground state: end with a run without it.",
    *_NO_OTHER_WAY,
    RemoveValue(key="SCF.BROYDEN"),
    SetValue(key="LEVSHIFT", value="6 1"),
    effect=Effect.PHYSICS,
)
_SMEARING: Final = edit(
    "Smear the occupation (more), for a metal or a very small gap; hartree.",
    ScaleValue(key="SMEAR", factor=2, default=0.0025, most=0.02),
    effect=Effect.PHYSICS,
)
_DENSER_MESH: Final = advice("Take a denser mesh of k-points (SHRINK).", Effect.PHYSICS)
_SCF_REMEDIES: Final = (
    _MORE_CYCLES,
    _MORE_MIXING,
    _BROYDEN,
    _LEVEL_SHIFT,
    _SMEARING,
    _DENSER_MESH,
)

SCF_FAULTS: Final = (
    Fault(
        key="scf_cycles",
        needs="SCF ENDED - TOO MANY CYCLES",
        pattern=re.compile(r"^ ?== SCF ENDED - TOO MANY CYCLES"),
        severity=Severity.FATAL,
        cause=OUT_OF_CYCLES,
        meaning=(
            "MAXCYCLE was reached. CRYSTAL goes on to a normal end, but the energy and"
            " all that follows from it are not converged."
        ),
        source=f"{AIIDA_17}; recorded runs",
        standing=Standing.REAL,
        remedies=_SCF_REMEDIES,
        undone_by="== SCF ENDED - CONVERGENCE",
    ),
    Fault(
        key="scf_cycles_on_the_way",
        needs="SCF ENDED - TOO MANY CYCLES",
        pattern=re.compile(r"^ ?== SCF ENDED - TOO MANY CYCLES"),
        severity=Severity.WARNING,
        cause="The SCF was not converged at one of the geometries.",
        meaning="Later ones were; the energy and the forces of that one are wrong.",
        source="The form of CRYSTAL's messages",
        standing=Standing.UNVERIFIED,
        remedies=(_MORE_MIXING,),
        is_generic=True,
    ),
    Fault(
        key="not_a_number",
        needs=("NaN", "Infinity", "ETOT(AU) **"),
        pattern=re.compile(
            r"^ ?CYC +\d+ ETOT\(AU\) *(?:[+-]?NaN|[+-]?Infinity|\*{6,})"
            r"|^ ?DIIS TEST: +NaN"
        ),
        severity=Severity.FATAL,
        cause="The energy became a value that is not a number.",
        meaning=(
            "The SCF broke down: mostly a basis set that is nearly linearly dependent,"
            " atoms in the wrong place, or sums over integrals that are too short."
            " More time does not help. The crash behind it follows from this."
        ),
        source="Recorded runs of CRYSTAL23",
        standing=Standing.REAL,
        remedies=(
            advice("Look at the printed geometry first."),
            TIGHTER_SUMS,
            SHOW_OVERLAP,
            edit(
                "Use a finer integration grid.",
                SetValue(key="DFT.XXLGRID", value=""),
                effect=Effect.NUMERICAL,
            ),
        ),
    ),
    stop(
        "fermi_energy",
        "FERMI ENERGY NOT IN INTERVAL",
        cause="No Fermi energy gives the right number of electrons.",
        meaning=(
            "The SCF went astray, or the cell is metallic and the mesh of k-points too"
            " coarse for it."
        ),
        source=f"{AIIDA_DFT}; {MACE}",
        remedies=(_SMEARING, _DENSER_MESH, _MORE_MIXING),
    ),
    stop(
        "g_vectors",
        "ALL G-VECTORS USED",
        cause="A sum over lattice vectors ran out of vectors.",
        meaning="The cell is odd, or TOLINTEG asks for more than the tables hold.",
        source=AIIDA_DFT,
        remedies=(advice("Look at the printed cell; then at TOLINTEG."),),
    ),
    stop(
        "madelung_sums",
        "RECIPROCAL",
        cause="The sums over the reciprocal lattice ran out of vectors.",
        meaning="The cell is very long or flat for the Madelung sums as they are set.",
        source=AIIDA_DFT,
        remedies=(
            edit(
                "Allow larger indices in those sums.",
                ScaleValue(key="MADELIND", factor=2, default=50, is_integer=True),
            ),
        ),
    ),
    stop(
        "allocation",
        "ALLOCATION",
        cause="CRYSTAL could not get the memory it asked for.",
        meaning="Each rank of Pcrystal holds all matrices of its own.",
        source=AIIDA_DFT,
        remedies=(
            advice("Run fewer ranks on each node, or ask for more memory."),
            advice("Use MPPcrystal, which shares the matrices among the ranks."),
            edit("Keep less in memory.", SetValue(key="LOWMEM", value="")),
        ),
    ),
    Fault(
        key="no_wavefunction",
        needs="SCF abnormal end",
        pattern=re.compile(r"^SCF abnormal end - no wf written in fort\.9"),
        severity=Severity.FATAL,
        cause="crystal ended before it had written a wavefunction.",
        meaning="The run script says so; the reason stands further up, or nowhere.",
        source=f"{AIIDA_17}; recorded runs",
        standing=Standing.REAL,
        remedies=(advice("Look for the first failure above."),),
        is_generic=True,
    ),
)

GEOMETRY_FAULTS: Final = (
    stop(
        "scf_in_optimisation",
        "SCF FAILED - OPTGEOM STOP",
        cause="The SCF did not converge at one geometry of an optimisation.",
        meaning="Its cycles stand in SCFOUT.LOG (.SCFLOG), not in the main output.",
        source=f"{AIIDA_17}; a recorded run of CRYSTAL14",
        standing=Standing.REAL,
        remedies=(
            _MORE_CYCLES_A_POINT,
            _MORE_MIXING,
            _BROYDEN,
            _LEVEL_SHIFT,
            _SMEARING,
            _DENSER_MESH,
        ),
        is_generic=True,
    ),
    Fault(
        key="geometry_steps",
        needs="OPT END - FAILED",
        pattern=re.compile(r"\* OPT END - FAILED"),
        severity=Severity.FATAL,
        cause="The geometry was not converged when its points were used up.",
        meaning="MAXCYCLE of OPTGEOM was reached; the last geometry is no minimum.",
        source=AIIDA_17,
        standing=Standing.QUOTED,
        remedies=(
            edit(
                "Go on from the points that were done, and allow more.",
                MORE_POINTS,
                Continue(kind="optimisation"),
            ),
            edit(
                "Begin again at the best geometry, with a fresh Hessian.",
                Continue(kind="geometry"),
            ),
        ),
        undone_by="* OPT END - CONVERGED",
    ),
    Fault(
        key="geometry_failed",
        needs=("GEOMETRY OPTIMIZATION FAILED", "CONVERGENCE TESTS UNSATISFIED"),
        pattern=re.compile(
            r"^(?! ?INFORMATION ).*"
            r"(?:GEOMETRY OPTIMIZATION FAILED|CONVERGENCE TESTS UNSATISFIED)"
        ),
        severity=Severity.FATAL,
        cause="The optimisation of the geometry did not converge.",
        meaning="What stopped it stands further up.",
        source=f"{AIIDA_17}; {AIIDA_DFT}",
        standing=Standing.QUOTED,
        remedies=(edit("Go on from the points done.", Continue(kind="optimisation")),),
        is_generic=True,
    ),
    stop(
        "step_collapsed",
        "PXK TOO SMALL",
        cause="The steps of the optimisation shrank to nothing.",
        meaning=(
            "The energy changes less than its own noise there. RESTART computes the"
            " same point again and stops again."
        ),
        source=MACE,
        remedies=(
            edit(
                "Begin again at the best geometry, with a fresh Hessian.",
                Continue(kind="geometry"),
            ),
            edit(
                "Converge the SCF further, so that its noise is smaller.",
                ScaleValue(
                    key="SCF.TOLDEE", factor=1, default=7, is_integer=True, least=10
                ),
                effect=Effect.NUMERICAL,
            ),
        ),
    ),
    stop(
        "model_hessian",
        "PARAMETERS FOR MODEL HESSIAN NOT DEFINED",
        cause="The model Hessian has no parameters for an element of this deck.",
        meaning="HESSMOD1 and HESSMOD2 do not cover the whole periodic table.",
        source=AIIDA_DFT,
        remedies=(
            edit(
                "Begin with the unit matrix instead; it takes more steps.",
                SetValue(key="OPTGEOM.HESSIDEN", value=""),
            ),
        ),
    ),
)

UNNAMED: Final = Fault(
    key="unnamed_stop",
    needs=STOP,
    pattern=re.compile(r"ERROR \*{4} (?P<message>.+)"),
    severity=Severity.FATAL,
    cause="CRYSTAL stopped with a message that this table does not know.",
    meaning="It stands in the lines shown.",
    source="The form of CRYSTAL's fatal messages",
    standing=Standing.REAL,
    remedies=(advice("Look the routine and the text up in the manual."),),
    is_generic=True,
)
