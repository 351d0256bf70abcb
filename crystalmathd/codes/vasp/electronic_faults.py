"""What VASP says about the electronic loop and its linear algebra."""

from typing import Final

from crystalmathd.codes.vasp.fault_rows import (
    ALL_BANDS,
    FRESH,
    GAMMA_MESH,
    GAUSSIAN,
    GO_ON,
    LESS_MIXING,
    NORMAL,
    RECIPROCAL,
    SMALLER_STEPS,
    SYMMETRY_OFF,
    row,
)
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Remedy,
    RemoveFile,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_WIKI: Final = "vasp.at wiki, page NELM; a recorded output of VASP 6 got over it"

ELECTRONIC_FAULTS: Final = (
    row(
        "edddav",
        "Error EDDDAV: Call to ZHEGV failed",
        "The Davidson algorithm could not diagonalise its matrix.",
        "The orbitals have become linearly dependent; for small cells also because"
        " there are more ranks than bands can use.",
        ALL_BANDS,
        Remedy(
            text="Start without the old charge density.",
            edits=(RemoveFile(name="CHGCAR"),),
        ),
        Remedy(
            text="Give each band twice as many ranks.",
            edits=(
                ScaleValue(key="NCORE", factor=2.0, default=1.0, is_integer=True),
                RemoveValue(key="NPAR"),
            ),
        ),
        GO_ON,
        pattern=r"Error EDDDAV: Call to ZHEGV failed",
        standing=Standing.REAL,
    ),
    row(
        "eddrmm",
        "WARNING in EDDRMM: call to ZHEGV failed",
        "The RMM-DIIS algorithm lost its way.",
        "The algorithm is not stable here; VASP goes on, often to no good end.",
        NORMAL,
        SMALLER_STEPS,
        FRESH,
        GO_ON,
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "not_a_number",
        "NaN",
        "The energy became a value that is not a number.",
        "The electronic loop broke down: atoms too close, wrong occupations or linear"
        " algebra that fails. More time does not help.",
        NORMAL,
        FRESH,
        pattern=r"^ +free  energy +TOTEN += +[+-]?NaN eV"
        r"|^[A-Z]{3}: +\d+ +[+-]?NaN "
        r"|^ +\d+ (?:T= +\S+ E= +\S+ )?F= *[+-]?NaN ",
        source="The form of its lines",
        standing=Standing.UNVERIFIED,
    ),
    row(
        "zheev",
        "ERROR EDDIAG: Call to routine ZHEEV failed!",
        "The subspace could not be diagonalised.",
        "The orbitals or the potential are no longer sensible numbers.",
        NORMAL,
        ALL_BANDS,
        GO_ON,
    ),
    row(
        "eddiag",
        "ERROR in EDDIAG: call to ZHEEV/ZHEEVX/DSYEV/DSYEVX failed",
        "The subspace could not be diagonalised.",
        "The orbitals or the potential are no longer sensible numbers.",
        NORMAL,
        ALL_BANDS,
        GO_ON,
        standing=Standing.REAL,
    ),
    row(
        "pssyevx",
        "ERROR in subspace rotation PSSYEVX",
        "The parallel diagonalisation of the subspace failed.",
        "ScaLAPACK did not converge on some eigenvalues (single precision).",
        NORMAL,
    ),
    row(
        "pdsyevx",
        "ERROR in subspace rotation PDSYEVX",
        "The parallel diagonalisation of the subspace failed.",
        "ScaLAPACK did not converge on some eigenvalues.",
        NORMAL,
        standing=Standing.REAL,
    ),
    row(
        "zpotrf",
        ("LAPACK: Routine ZPOTRF failed", "Routine ZPOTRF ZTRTRI"),
        "The orbitals could not be made orthogonal.",
        "Atoms are too close to each other, an ionic step was too long, or a small cell"
        " is spread over too many ranks.",
        SYMMETRY_OFF,
        Remedy(
            text="Do not share one band among ranks.",
            edits=(SetValue(key="NCORE", value="1"), RemoveValue(key="NPAR")),
        ),
        SMALLER_STEPS,
        FRESH,
    ),
    row(
        "subspacematrix",
        "WARNING: Sub-Space-Matrix is not hermitian in DAV",
        "The matrix of the Davidson algorithm is not hermitian.",
        "Projection in real space is too coarse, or too many ranks share a small cell.",
        RECIPROCAL,
        Remedy(
            text="Use denser grids.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="PREC", value="Accurate"),),
        ),
        severity=Severity.WARNING,
    ),
    row(
        "grad_not_orth",
        "EDWAV: internal error, the gradient is not orthogonal",
        "The gradient is not orthogonal to the orbitals.",
        "ALGO = All and Damped lose orthogonality with some builds; with a meta-GGA"
        " also when a CHGCAR is read without its TAUCAR.",
        Remedy(
            text="Use another algorithm (Normal for hybrids and meta-GGA).",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="ALGO", value="Normal"),),
        ),
        Remedy(
            text="Compute more empty bands: a tenth more than the output says.",
            effect=Effect.NUMERICAL,
        ),
        standing=Standing.REAL,
    ),
    row(
        "algo_tet",
        "ALGO=A and IALGO=5X tend to fail",
        "ALGO = All does not go with the tetrahedron method.",
        "The partial occupancies of tetrahedra spoil the minimisation.",
        NORMAL,
        GAUSSIAN,
        severity=Severity.WARNING,
    ),
    row(
        "brmix",
        "BRMIX: very serious problems",
        "The mixed charge density does not have the right number of electrons.",
        "Often a CHGCAR or WAVECAR of another run was read; with NELECT set the text"
        " comes of itself and means nothing.",
        Remedy(
            text="Start from the orbitals of the run.",
            edits=(Continue(kind="scf"), SetValue(key="ISTART", value="1")),
        ),
        Remedy(text="Mix by Kerker.", edits=(SetValue(key="IMIX", value="1"),)),
        GAMMA_MESH,
        FRESH,
        SYMMETRY_OFF,
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "amin",
        "One of the lattice vectors is very long (>50 A), but AMIN",
        "The mixing is too strong for a cell this long.",
        "Charge can slosh along the long vector.",
        Remedy(
            text="Mix long waves less.", edits=(SetValue(key="AMIN", value="0.01"),)
        ),
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "too_few_bands",
        "TOO FEW BANDS",
        "The highest band is occupied.",
        "There are not enough empty bands: electrons had no place where they belong.",
        Remedy(
            text="Compute a tenth more bands than the output says (NBANDS).",
            effect=Effect.NUMERICAL,
        ),
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "nbands_not_sufficient",
        "number of bands is not sufficient",
        "There are fewer bands than electrons need.",
        "NBANDS is less than half the number of electrons, or was misread.",
        Remedy(
            text="Leave NBANDS to VASP.",
            effect=Effect.NUMERICAL,
            edits=(RemoveValue(key="NBANDS"),),
        ),
        standing=Standing.REAL,
    ),
    row(
        "auto_nbands",
        "The number of bands has been changed",
        "VASP has taken more bands than asked for.",
        "They have to be shared evenly among the ranks. Far more bands than twice the"
        " electrons spoil the result: use fewer ranks then.",
        severity=Severity.NOTE,
        standing=Standing.REAL,
    ),
    row(
        "real_optlay",
        ("REAL_OPTLAY: internal error", "REAL_OPT: internal ERROR"),
        "The projectors could not be put on the real-space grid.",
        "LREAL does not go with this cell and grid.",
        RECIPROCAL,
        standing=Standing.REAL,
    ),
    row(
        "rspher",
        "ERROR RSPHER",
        "The spheres of the projectors could not be set up.",
        "LREAL does not go with this cell and grid.",
        RECIPROCAL,
    ),
    row(
        "nicht_konv",
        "ERROR: SBESSELITER : nicht konvergent",
        "A spherical Bessel function did not converge.",
        "The real-space projectors of a dataset cannot be optimised.",
        RECIPROCAL,
        standing=Standing.REAL,
    ),
    row(
        "psmaxn",
        "PSMAXN for non-local potential too small",
        "The table of the projectors is too short for this cutoff.",
        "Harmless as a rule; where the loop does not converge, it can be the reason.",
        RECIPROCAL,
        severity=Severity.NOTE,
        standing=Standing.REAL,
    ),
    row(
        "ediff_not_reached",
        "aborting loop EDIFF was not reached",
        "The electronic loop did not converge.",
        "NELM steps were made without reaching EDIFF: energy and forces are not those"
        " of the ground state.",
        Remedy(
            text="Go on from the orbitals of the run with more steps.",
            edits=(
                Continue(kind="scf"),
                ScaleValue(key="NELM", factor=2.0, default=60.0, is_integer=True),
            ),
        ),
        NORMAL,
        ALL_BANDS,
        LESS_MIXING,
        source=_WIKI,
        undone_by="aborting loop because EDIFF is reached",
    ),
)
