"""Trouble of a run that has begun: electrons, geometry, time, and warnings."""

import re
from typing import Final

from crystalmathd.codes.espresso.fault_rows import (
    AIIDA,
    DENSITY,
    GEOMETRY,
    RESTART,
    RUN,
    SOURCE,
    numerical,
    physics,
    same,
    stop,
)
from crystalmathd.codes.espresso.input_faults import SMEARING
from crystalmathd.models.faults import (
    Fault,
    NextValue,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_DIAGONALISE: Final = numerical(
    "Diagonalise by conjugate gradients: slower, and steadier.",
    NextValue(key="ELECTRONS.diagonalization", chain=("cg", "ppcg")),
)
_MORE_CYCLES: Final = ScaleValue(
    key="ELECTRONS.electron_maxstep",
    factor=2.0,
    default=100.0,
    is_integer=True,
    least=100.0,
)
_LESS_MIXING: Final = ScaleValue(
    key="ELECTRONS.mixing_beta", factor=0.5, default=0.7, least=0.05
)
_TIGHTER: Final = ScaleValue(
    key="ELECTRONS.conv_thr", factor=0.01, default=1e-6, least=1e-12
)

ELECTRON_FAULTS: Final = (
    stop(
        "scf_cycles",
        "convergence NOT achieved after",
        "The SCF did not converge within electron_maxstep cycles.",
        "JOB DONE is printed all the same (exit code 2); the energies are not those of"
        " the ground state.",
        same(
            "Go on from the charge density with more cycles and smaller steps.",
            _MORE_CYCLES,
            _LESS_MIXING,
            DENSITY,
        ),
        same(
            "Begin again with more cycles and smaller steps.",
            _MORE_CYCLES,
            _LESS_MIXING,
        ),
        pattern=r"convergence NOT achieved after +(?P<cycles>\d+) iterations",
    ),
    stop(
        "not_a_number",
        "NaN Ry",
        "The energy became a value that is not a number.",
        "The SCF broke down: atoms too close, a broken pseudopotential or a library of"
        " linear algebra that fails. More time does not help.",
        numerical("Begin with smaller steps.", _LESS_MIXING),
        _DIAGONALISE,
        source="the form of its lines",
        standing=Standing.UNVERIFIED,
        pattern=r"^!{0,2} +total energy += +[+-]?NaN Ry",
    ),
    stop(
        "metal",
        "the system is metallic, specify occupations",
        "The number of electrons is odd, or the system is a metal.",
        "With fixed occupations each band holds two electrons and none is half filled.",
        SMEARING,
    ),
    stop(
        "charge_wrong",
        "charge is wrong",
        "The electrons do not fit into the bands.",
        "There are too few bands, or a Fermi level was not found: an odd number of"
        " electrons without smearing, or too few k-points for tetrahedra.",
        SMEARING,
    ),
    stop(
        "too_few_bands",
        "too few bands",
        "There are fewer bands than the electrons need.",
        "nbnd is too small.",
        numerical(
            "Let pw.x choose the number of bands.", RemoveValue(key="SYSTEM.nbnd")
        ),
    ),
    stop(
        "grid_too_small",
        "unexpected exit from do-loop",
        "The FFT grid is too small for the cutoff.",
        "nr1, nr2, nr3 of the input hold fewer points than the plane waves need.",
        numerical(
            "Let pw.x choose the grid.",
            RemoveValue(key="SYSTEM.nr1"),
            RemoveValue(key="SYSTEM.nr2"),
            RemoveValue(key="SYSTEM.nr3"),
        ),
    ),
    stop(
        "s_matrix",
        "S matrix not positive definite",
        "The overlap of trial wavefunctions is not positive definite.",
        "Atoms are too close, a pseudopotential has ghost states, or rounding spoils"
        " the iterative diagonalisation.",
        _DIAGONALISE,
        source=AIIDA,
    ),
    stop(
        "cholesky",
        "problems computing cholesky",
        "The iterative diagonalisation lost the independence of its vectors.",
        "It occurs with Davidson's method for cells with many bands or strange"
        " structures.",
        _DIAGONALISE,
        source=AIIDA,
    ),
    stop(
        "bands_not_converged",
        "too many bands are not converged",
        "The iterative diagonalisation did not converge.",
        "The Hamiltonian changes too much between cycles, or the method fails.",
        _DIAGONALISE,
        same("Mix smaller parts of the new density.", _LESS_MIXING),
        source=AIIDA,
    ),
    stop(
        "eigenvectors",
        "eigenvectors failed to converge",
        "The subspace could not be diagonalised.",
        "Linear algebra failed on the matrices of Davidson's method.",
        _DIAGONALISE,
        source=AIIDA,
    ),
    stop(
        "ppcg",
        ("zhegvd failed", "[Q, R] = qr(X, 0) failed"),
        "Diagonalisation by PPCG failed.",
        "The method is young, and less robust than the others.",
        numerical(
            "Diagonalise by conjugate gradients.",
            SetValue(key="ELECTRONS.diagonalization", value="cg"),
        ),
        source=AIIDA,
    ),
    stop(
        "broyden",
        "Error in routine broyden",
        "The mixing of densities met a singular matrix.",
        "Densities of the last cycles are too much alike, or not numbers.",
        same(
            "Mix less, and remember fewer cycles.",
            _LESS_MIXING,
            SetValue(key="ELECTRONS.mixing_ndim", value="4"),
        ),
        source=AIIDA,
    ),
    stop(
        "exchange_negative",
        "dexx is negative",
        "The exact exchange did not go down in its outer loop.",
        "exxdiv_treatment does not suit the system, ecutfock is too low, or the inner"
        " loops are converged too loosely.",
        numerical("Converge the inner loops more tightly.", _TIGHTER),
        source=AIIDA,
    ),
    stop(
        "response",
        "No convergence has been achieved",
        "The response to a displacement or field did not converge.",
        "ph.x stops after niter_ph cycles.",
        same(
            "Go on with more cycles and smaller steps.",
            ScaleValue(
                key="INPUTPH.niter_ph",
                factor=2.0,
                default=100.0,
                is_integer=True,
                least=100.0,
            ),
            ScaleValue(key="INPUTPH.alpha_mix(1)", factor=0.5, default=0.7, least=0.05),
        ),
    ),
    stop(
        "representation",
        "Error in routine set_irr_sym_new",
        "The symmetry of the displacements was not recognised.",
        "The structure of the SCF is not symmetric to the digits that ph.x needs.",
        numerical(
            "Give the coordinates more digits, or leave the symmetry of modes out.",
            SetValue(key="INPUTPH.search_sym", value=".false."),
        ),
        source=AIIDA,
    ),
)

GEOMETRY_FAULTS: Final = (
    stop(
        "steps",
        "The maximum number of steps has been reached",
        "The geometry did not converge within nstep steps.",
        "The last geometry is the best begin of a new run.",
        same(
            "Go on from the last geometry with more steps.",
            ScaleValue(
                key="CONTROL.nstep",
                factor=2.0,
                default=50.0,
                is_integer=True,
                least=50.0,
            ),
            GEOMETRY,
        ),
        pattern=r"maximum number of steps has been reached\.?\s*\n\s*\n? +End of BFGS",
        n_lines=4,
    ),
    stop(
        "bfgs",
        ("bfgs failed after", "history already reset at previous step"),
        "The optimiser found no step downhill.",
        "Forces are not accurate enough for the steps: the SCF is converged loosely, or"
        " the smallest step is too large.",
        numerical(
            "Go on from the last geometry with smaller steps and tighter SCF loops.",
            ScaleValue(
                key="IONS.trust_radius_min", factor=0.1, default=1e-3, least=1e-6
            ),
            _TIGHTER,
            GEOMETRY,
        ),
        source=AIIDA,
    ),
    stop(
        "cell_factor",
        "Not enough space allocated for radial FFT",
        "The cell has shrunk more than was foreseen.",
        "Tables of the pseudopotentials are made for cells not smaller than cell_factor"
        " allows.",
        same(
            "Go on from the last geometry with room for smaller cells.",
            ScaleValue(
                key="CELL.cell_factor", factor=1.5, default=2.0, least=2.0, most=6.0
            ),
            GEOMETRY,
        ),
    ),
    stop(
        "symmetry",
        "not orthogonal operation",
        "An operation of the symmetry does not fit the cell any more.",
        "Rounding in a relaxed cell, or coordinates that are nearly symmetric.",
        physics(
            "Leave the symmetry out.", SetValue(key="SYSTEM.nosym", value=".true.")
        ),
        source=AIIDA,
    ),
    stop(
        "g_parallel",
        "G_par is NOT a reciprocal lattice vector",
        "The strings of k-points for a field or a Berry phase do not fit the lattice.",
        "gdir and nppstr need a mesh that goes once across the zone.",
        physics("Choose k-points for lberry or lelfield as the manual says."),
        source=AIIDA,
        standing=Standing.QUOTED,
    ),
    stop(
        "fft_grids",
        "incompatible FFT grid",
        "The symmetry does not fit the FFT grid.",
        "A fractional translation is no multiple of the steps of the grid.",
        numerical("Set nr1, nr2, nr3 to multiples that fit."),
        source=AIIDA,
    ),
)

TIME_FAULTS: Final = (
    stop(
        "time",
        "Maximum CPU time exceeded",
        "The run stopped itself before the time that max_seconds gives it was over.",
        "It stopped in good order: what it has left can be taken up.",
        same("Go on where it stopped, with the same ranks and pools.", RESTART),
        same(
            "Go on from the charge density, without the limit.",
            RemoveValue(key="CONTROL.max_seconds"),
            DENSITY,
        ),
    ),
    stop(
        "stopped",
        "Program stopped by user request",
        "The run was asked to stop, by a file <prefix>.EXIT.",
        "It stopped in good order: what it has left can be taken up.",
        same("Go on where it stopped, with the same ranks and pools.", RESTART),
        source="pw.x 6.7, stopped by a job of this daemon",
    ),
    stop(
        "planes",
        "processes with no planes",
        "There are more ranks than planes of the FFT grid.",
        "A small cell cannot be cut into so many slabs.",
        same("Run with fewer ranks, or with more pools."),
        source=SOURCE,
        standing=Standing.QUOTED,
    ),
    stop(
        "allocation",
        ("Cannot allocate", "cannot allocate", "Allocation would exceed"),
        "There was not enough memory for an array.",
        "Each rank holds its own copy of some arrays.",
        same(
            "Keep the wavefunctions of the k-points on disk instead of in memory.",
            SetValue(key="CONTROL.disk_io", value="medium"),
        ),
        same("Ask for more memory, or for fewer ranks on each node."),
        source=SOURCE,
        standing=Standing.QUOTED,
    ),
)


def _warning(
    key: str, needs: str, cause: str, meaning: str, *edits: ScaleValue | RemoveValue
) -> Fault:
    return Fault(
        key=key,
        needs=needs,
        pattern=re.compile(re.escape(needs)),
        severity=Severity.WARNING,
        cause=cause,
        meaning=meaning,
        source=RUN,
        standing=Standing.REAL,
        remedies=(numerical(meaning, *edits),) if edits else (),
    )


WARNINGS: Final = (
    _warning(
        "restart_disabled",
        "restart disabled: needed files not found",
        "The run began from scratch: there was nothing to restart from.",
        "pw.x looks in <outdir>/<prefix>.save.",
    ),
    _warning(
        "density_from_atoms",
        "Cannot read rho : file not found",
        "The run began from atomic densities: the charge density was not there.",
        "pw.x looks in <outdir>/<prefix>.save for charge-density.dat.",
    ),
    _warning(
        "density_cutoff",
        "ecutrho < 4*ecutwfc",
        "The cutoff of the density is below four times that of the wavefunctions.",
        "Leave ecutrho out: four times ecutwfc is then taken.",
        RemoveValue(key="SYSTEM.ecutrho"),
    ),
    _warning(
        "force_correction",
        "SCF correction compared to forces is large",
        "The forces are not accurate: the density is not converged enough for them.",
        "Converge the SCF more tightly.",
        _TIGHTER,
    ),
    _warning(
        "idle_ranks",
        "suboptimal parallelization: some nodes have no k-points",
        "Ranks had nothing to do: there are more pools than k-points.",
        "Run with fewer pools (-nk), or fewer ranks.",
    ),
    _warning(
        "bisection",
        "too many iterations in bisection",
        "The Fermi level was not found precisely.",
        "There are too few bands or k-points for the occupations that are used.",
    ),
    _warning(
        "odd_spins",
        "non-integer number of up and down electrons",
        "The electrons cannot be divided between the spins as the input says.",
        "tot_magnetization must be odd for an odd number of electrons, else even.",
    ),
)
