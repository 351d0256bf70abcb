"""What VASP says about symmetry, lattices and k-points."""

from typing import Final

from crystalmathd.codes.vasp.fault_rows import (
    GAMMA_MESH,
    GAUSSIAN,
    SYMMETRY_OFF,
    TIGHTER_SYMMETRY,
    row,
)
from crystalmathd.models.faults import (
    Effect,
    Remedy,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_MORE_POINTS: Final = Remedy(
    text="Take a denser mesh, centred on Γ: tetrahedra need four points or more.",
    effect=Effect.PHYSICS,
)
_LOOSER: Final = Remedy(
    text="Look for the symmetry with a tolerance ten times as large, 1e-4 at most.",
    effect=Effect.NUMERICAL,
    edits=(ScaleValue(key="SYMPREC", factor=10.0, default=1e-5, most=1e-4),),
)
_TEN_TIMES_TIGHTER: Final = Remedy(
    text="Look for the symmetry with a tolerance ten times as small.",
    effect=Effect.NUMERICAL,
    edits=(ScaleValue(key="SYMPREC", factor=0.1, default=1e-5, least=1e-8),),
)

SYMMETRY_FAULTS: Final = (
    row(
        "tet",
        (
            "Tetrahedron method fails",
            "tetrahedron method fails",
            "Routine TETIRR needs special values",
            "BZINTS",
        ),
        "The mesh has too few k-points for the tetrahedron method.",
        "ISMEAR = -5 needs at least four k-points (three in one direction).",
        GAUSSIAN,
        _MORE_POINTS,
        # OUTCAR has "BZINTS: Fermi energy: …" in every good run with tetrahedra.
        pattern=(
            r"[Tt]etrahedron method fails|Routine TETIRR needs special values"
            r"|BZINTS(?!: Fermi energy)"
        ),
        standing=Standing.REAL,
    ),
    row(
        "tetirr",
        "Routine TETIRR needs special values",
        "Tetrahedra cannot be made from this mesh.",
        "The shift of the mesh is not one that the tetrahedron method can use.",
        GAMMA_MESH,
        GAUSSIAN,
    ),
    row(
        "dentet",
        "DENTET",
        "The tetrahedron method did not find the Fermi energy precisely.",
        "Too few k-points: energies of such a run are not to be trusted.",
        GAMMA_MESH,
        _MORE_POINTS,
        GAUSSIAN,
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "ksymm",
        ("Fatal error detecting k-mesh", "Fatal error: unable to match k-point"),
        "The k-points do not have the symmetry of the lattice.",
        "A point that symmetry asks for is not in the mesh.",
        TIGHTER_SYMMETRY,
        GAMMA_MESH,
        SYMMETRY_OFF,
        standing=Standing.REAL,
    ),
    row(
        "inv_rot_mat",
        "rotation matrix was not found (increase SYMPREC)",
        "The inverse of a symmetry operation was not found.",
        "Often the mesh breaks the symmetry; else the positions are not exact.",
        GAMMA_MESH,
        _LOOSER,
        SYMMETRY_OFF,
    ),
    row(
        "rot_matrix",
        ("Found some non-integer element in rotation matrix", "SGRCON"),
        "A rotation does not map the lattice onto itself.",
        "Lattice vectors and symmetry do not fit: the vectors have too few digits,"
        " or the mesh has another symmetry.",
        GAMMA_MESH,
        SYMMETRY_OFF,
        standing=Standing.REAL,
    ),
    row(
        "incorrect_shift",
        "Could not get correct shifts",
        "The shift of the mesh does not fit the lattice.",
        "VASP cannot reduce the shifted mesh by symmetry.",
        GAMMA_MESH,
    ),
    row(
        "mesh_symmetry",
        "Reciprocal lattice and k-lattice belong to different class of lattices",
        "Mesh and lattice have different symmetry.",
        "The mesh has not the same spacing in directions that are alike: results can"
        " lack the symmetry of the crystal. Without symmetry it does no harm.",
        GAMMA_MESH,
        SYMMETRY_OFF,
        severity=Severity.WARNING,
    ),
    row(
        "pricel",
        "internal error in subroutine PRICEL",
        "The primitive cell was not found.",
        "The tolerance lets some atoms count as equivalent and others not.",
        Remedy(
            text="Look for the symmetry with a tolerance of 1e-8 and do not use it.",
            effect=Effect.PHYSICS,
            edits=(
                SetValue(key="SYMPREC", value="1E-8"),
                SetValue(key="ISYM", value="0"),
            ),
        ),
        # VASP 6 leaves out the blank before the name of the routine.
        pattern=r"internal error in subroutine ?PRICEL(?!V)",
    ),
    row(
        "pricelv",
        "PRICELV: current lattice and primitive lattice are incommensurate",
        "The lattice and its primitive lattice do not fit each other.",
        "The symmetry was lost while the cell was relaxed, or the vectors have too few"
        " digits.",
        _TEN_TIMES_TIGHTER,
        _LOOSER,
        SYMMETRY_OFF,
    ),
    row(
        "rhosyg",
        "RHOSYG",
        "The symmetry of the charge density is not that of the lattice.",
        "Stars of reciprocal vectors could not be told apart.",
        Remedy(
            text="Look for the symmetry with a tolerance of 1e-4.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="SYMPREC", value="1E-4"),),
        ),
        SYMMETRY_OFF,
        standing=Standing.REAL,
    ),
    row(
        "posmap",
        "POSMAP",
        "An atom that symmetry asks for was not found.",
        "The positions are a little off their symmetric places.",
        _TEN_TIMES_TIGHTER,
        _LOOSER,
        SYMMETRY_OFF,
        standing=Standing.REAL,
    ),
    row(
        "point_group",
        "group operation missing",
        "The operations that were found make no group.",
        "Positions or lattice are a little off their symmetric places.",
        SYMMETRY_OFF,
        standing=Standing.REAL,
    ),
    row(
        "symprec_noise",
        "determination of the symmetry of your systems shows a strong",
        "The symmetry depends on the tolerance.",
        "The positions are almost, but not quite, symmetric.",
        TIGHTER_SYMMETRY,
        SYMMETRY_OFF,
        severity=Severity.WARNING,
    ),
    row(
        "bravais",
        "Inconsistent Bravais lattice",
        "Direct and reciprocal lattice were given different types.",
        "The lattice parameters are a little off those of a symmetric lattice.",
        TIGHTER_SYMMETRY,
        SYMMETRY_OFF,
    ),
    row(
        "ibzkpt",
        "not all point group operations",
        "The mesh does not have all operations of the point group.",
        "The k-points cannot be reduced by symmetry.",
        SYMMETRY_OFF,
        TIGHTER_SYMMETRY,
    ),
    row(
        "hnform",
        "HNFORM: k-point generating",
        "Mesh and reciprocal lattice do not fit each other.",
        "The vectors that generate the mesh are incommensurate with the lattice.",
        SYMMETRY_OFF,
        GAMMA_MESH,
        standing=Standing.REAL,
    ),
    row(
        "kpoints_trans",
        "internal error in GENERATE_KPOINTS_TRANS: number of G-vector changed in star",
        "Equivalent k-points have different numbers of plane waves.",
        "The cutoff sphere cuts a star of reciprocal vectors; the mesh is not at"
        " fault. A slightly different ENCUT helps too.",
        SYMMETRY_OFF,
    ),
    row(
        "triple_product",
        "ERROR: the triple product of the basis vectors",
        "The lattice vectors are left-handed.",
        "Their triple product is negative: VASP needs a right-handed set.",
        Remedy(
            text="Exchange two lattice vectors in POSCAR, and the coordinates with"
            " them.",
            effect=Effect.PHYSICS,
        ),
    ),
)
