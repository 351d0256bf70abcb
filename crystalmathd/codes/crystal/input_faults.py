"""Failures of CRYSTAL that come from its deck, its basis sets or its files."""

import re
from typing import Final

from crystalmathd.codes.crystal.stops import (
    AIIDA_17,
    AIIDA_DFT,
    MACE,
    MANUAL,
    advice,
    edit,
    stop,
)
from crystalmathd.models.faults import (
    Effect,
    Fault,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_CHECK: Final = advice(
    "`crystalmath` checks a deck before it is submitted and names the line;"
    " compare the record it names, and the one before it, with the manual."
)
_WITHOUT_GUESS: Final = edit(
    "Start from the atomic densities instead of GUESSP.", RemoveValue(key="GUESSP")
)
_GIVE_WAVEFUNCTION: Final = advice(
    "Take the wavefunction of the earlier job with `inputs_from`, or put its .f9"
    " beside the deck; it must not be empty."
)
_OTHER_BASIS: Final = advice(
    "Choose a basis set that was made for this element in a solid.", Effect.PHYSICS
)

DECK_FAULTS: Final = (
    stop(
        "input_ended",
        "END OF DATA IN INPUT DECK",
        cause="The deck ended in the middle of a block.",
        meaning=(
            "An END is missing, a keyword has fewer records than it announces, or the"
            " deck arrived empty in the scratch directory."
        ),
        source=f"{AIIDA_17}; {MACE}",
        remedies=(_CHECK,),
    ),
    stop(
        "input_format",
        "FORMAT ERROR IN INPUT DECK",
        cause="A record of the deck does not hold the numbers that were expected.",
        meaning=(
            "The routine in the message says where: INPBAS the basis sets, READM2 the"
            " SCF block, BASE and DOSS a deck of properties. Often the record before"
            " is the wrong one."
        ),
        source=f"{AIIDA_17}; {MACE}",
        remedies=(_CHECK,),
    ),
    stop(
        "keyword",
        r"KEYWORD\b.* NOT ALLOWED",
        unless="GEOMETRY DATA FILE",
        cause="CRYSTAL does not know a word of the deck in the block where it stands.",
        meaning=(
            "It is misspelt, belongs to another block, or this version lacks it"
            " (CYCLES, LIMBEK). A blank line counts as a word without letters."
        ),
        source="Notes of users on CRYSTAL23 1.0.1",
        remedies=(_CHECK,),
    ),
    stop(
        "band_range",
        "BAND RANGE NOT ALLOWED",
        cause="The deck asks properties for bands that are not there.",
        meaning="Bands are counted from 1 to the number of atomic orbitals.",
        source=MACE,
        remedies=(advice("Set the first and last band within that range."),),
    ),
    stop(
        "shrinking_factors",
        "ANISOTROPIC SHRINKING FACTOR",
        cause="The shrinking factors of SHRINK do not fit the symmetry of the cell.",
        meaning="Axes that symmetry makes equal need equal factors.",
        source="MACE (DjokicMa/MACE), error patterns",
        remedies=(
            advice(
                "Give equivalent axes the same factor, or one factor for all of them.",
                Effect.PHYSICS,
            ),
        ),
    ),
    stop(
        "no_group",
        "SYMMOPS DO NOT FORM A GROUP",
        cause="The symmetry operators that are left do not form a group.",
        meaning=(
            "Operators with a translation stayed in a cluster or a molecule that was"
            " cut out of the crystal."
        ),
        source="Notes of users on CRYSTAL23 1.0.1",
        remedies=(
            advice(
                "Put ORIGIN or TRASREMO before the keyword that cuts the cluster.",
                Effect.NUMERICAL,
            ),
        ),
    ),
    stop(
        "spin_in_closed_shell",
        "CLOSED SHELL RUN-SPIN POLARIZATION NOT ALLOWED",
        cause="The deck sets spins, but the run is closed-shell.",
        meaning="ATOMSPIN, SPINLOCK and their like need UHF, ROHF or SPIN in DFT.",
        source=AIIDA_DFT,
        remedies=(
            advice(
                "Add SPIN to the DFT block (or UHF), or take the spin keywords out.",
                Effect.PHYSICS,
            ),
        ),
    ),
    stop(
        "atoms_too_close",
        r"NEIGHB \*{4}|DISTANCE BETWEEN ATOMS|SMALLDIST",
        cause="Two atoms are closer together than atoms can be.",
        meaning=(
            "The space group, the origin or the units of the deck are wrong, or an"
            " optimisation has let the geometry collapse."
        ),
        source=f"{AIIDA_DFT}; {MACE}",
        remedies=(
            advice(
                "Look at the printed coordinates. SMALLDIST lets the run go on, which"
                " is right for ghost atoms only.",
                Effect.PHYSICS,
            ),
        ),
    ),
)

BASIS_FAULTS: Final = (
    stop(
        "not_neutral",
        "UNIT CELL NOT NEUTRAL",
        cause="The electrons in the shells do not make up the charge of the nuclei.",
        meaning=(
            "The CHE of an atom's shells must add up to its nuclear charge, or to the"
            " effective charge where there is a core potential. Some library sets are"
            " wrong for heavy elements."
        ),
        source=f"{AIIDA_17}; {AIIDA_DFT}; lamaGOET, notes on CRYSTAL23",
        remedies=(
            advice("Correct the CHE of the shells of that atom.", Effect.PHYSICS),
            edit(
                "Only if the cell is meant to be charged: allow it.",
                SetValue(key="CHARGED", value=""),
                effect=Effect.PHYSICS,
            ),
        ),
    ),
    stop(
        "basis_lacks_element",
        "Basis set is not implemented for requested element",
        cause="The basis set that the deck names does not have this element.",
        meaning="Sets of CRYSTAL's own library end at some element.",
        source=MACE,
        remedies=(_OTHER_BASIS,),
    ),
    stop(
        "shell_type",
        "SHELL TYPE UNAVAILABLE FOR ATOMIC NUMBER",
        cause="A shell of the basis set does not exist for this atom.",
        meaning="Its type (LAT) or its electrons (CHE) do not fit the atomic number.",
        source="basis_set_exchange, issue 298",
        remedies=(
            advice("Correct LAT and CHE of the shells of that atom.", Effect.PHYSICS),
        ),
    ),
    stop(
        "open_shells",
        r"TOO MANY OPEN SHELLS OF THE SAME SYMMETRY|CHEMOD \*{4}",
        cause="The electrons given to an atom's shells cannot be placed.",
        meaning="CHEMOD, or the CHE of the shells, fill more than one shell in part.",
        source=AIIDA_17,
        remedies=(advice("Correct CHEMOD, or the CHE of the shells.", Effect.PHYSICS),),
    ),
    stop(
        "linear_dependence",
        "BASIS SET LINEARLY DEPENDENT",
        cause="The basis functions depend on one another: the overlap matrix fails.",
        meaning=(
            "Diffuse functions overlap with their images in neighbouring cells. In an"
            " optimisation a large step can bring it about. More memory does not help."
        ),
        source=f"{AIIDA_17}; {AIIDA_DFT}; lamaGOET, notes on CRYSTAL23",
        remedies=(
            edit(
                "See how near to zero the eigenvalues of the overlap are, and stop.",
                SetValue(key="EIGS", value=""),
            ),
            edit(
                "Drop the directions below 1e-4. Not in an optimisation: it breaks the"
                " energy surface.",
                SetValue(key="LDREMO", value="4"),
                effect=Effect.PHYSICS,
            ),
            edit(
                "Tighten the sums over integrals.",
                SetValue(key="TOLINTEG", value="9 9 9 9 18"),
                effect=Effect.PHYSICS,
            ),
            advice(
                "Take a basis set made for solids, or leave the most diffuse shells"
                " out.",
                Effect.PHYSICS,
            ),
        ),
    ),
    stop(
        "pair_table",
        "ILA DIMENSION EXCEEDED",
        cause="The table of pairs of shells was too small.",
        meaning="ILASIZE sets its size, up to a limit that was compiled in.",
        source="lamaGOET, notes on CRYSTAL23",
        remedies=(
            edit(
                "Give the table more room.",
                ScaleValue(key="ILASIZE", factor=2, default=6000, is_integer=True),
            ),
        ),
    ),
    stop(
        "becke_neighbours",
        "WBECKE.*NEIGHBOR LIST TOO BIG",
        cause="An atom has more neighbours than the integration grid allows for.",
        meaning="The list for the Becke partition is full; LIMBEK sets its length.",
        source="Notes of users on CRYSTAL23 1.0.1",
        remedies=(
            edit(
                "Lengthen the list (this keyword is missing in some builds).",
                SetValue(key="DFT.LIMBEK", value="800"),
            ),
        ),
    ),
    stop(
        "neighbour_list",
        "NEIGHBOR LIST TOO BIG",
        unless="WBECKE",
        cause="An atom has more neighbours than a table allows for.",
        meaning="The cell is odd, or its units are wrong.",
        source=AIIDA_DFT,
        remedies=(advice("Look at the printed cell and at the distances in it."),),
    ),
)

FILE_FAULTS: Final = (
    stop(
        "geometry_missing",
        "GEOMETRY DATA FILE NOT FOUND",
        cause="EXTERNAL wants its geometry from fort.34, which was not there.",
        meaning="The .gui that belongs to the deck did not come with the job.",
        source=AIIDA_17,
        remedies=(
            advice(
                "Put the .gui beside the deck, or take it from a job (`inputs_from`)."
            ),
        ),
    ),
    stop(
        "wavefunction_missing",
        "Wavefunction file can not be found",
        cause="properties found no wavefunction.",
        meaning=(
            "fort.9 (or fort.98) is missing or empty: the run of crystal before it has"
            " failed, or the file did not come with the job."
        ),
        source=AIIDA_17,
        standing=Standing.REAL,
        remedies=(_GIVE_WAVEFUNCTION,),
    ),
    stop(
        "guess_missing",
        "COPY OF WAVEFUNCTION FILE .* CAN NOT BE FOUND",
        cause="GUESSP wants the wavefunction of an earlier run, which was not there.",
        meaning="CRYSTAL does not fall back to the atomic densities by itself.",
        source=MACE,
        remedies=(_GIVE_WAVEFUNCTION, _WITHOUT_GUESS),
    ),
    stop(
        "guess_mismatch",
        "INCONSISTENT ITOL SIZE",
        cause="The wavefunction for GUESSP is of a run with other settings.",
        meaning="It was made with other tolerances, basis sets or atoms.",
        source="A recorded run of CRYSTAL17",
        standing=Standing.REAL,
        remedies=(_WITHOUT_GUESS,),
    ),
    Fault(
        key="unit_missing",
        needs=("forrtl: severe", "Fortran runtime error"),
        pattern=re.compile(
            r"forrtl: severe \((?:24|29|30)\): .*unit (?P<unit>\d+)"
            r"|Fortran runtime error: (?:End of file|Cannot open file|File .* does not)"
        ),
        severity=Severity.FATAL,
        cause="A file that the run reads is missing, too short or of another run.",
        meaning="The message names the unit: fort.20, fort.34, fort.9 …",
        source=f"Intel Fortran and gfortran run-time; {MANUAL}",
        standing=Standing.UNVERIFIED,
        remedies=(_GIVE_WAVEFUNCTION,),
    ),
    Fault(
        key="properties_not_run",
        needs="properties not executed",
        pattern=re.compile(r"^file fort\.9 not found or empty - properties not exec"),
        severity=Severity.FATAL,
        cause="properties was not run, since crystal had left no wavefunction.",
        meaning="The run script says so; why crystal failed stands further up.",
        source="A recorded run of CRYSTAL17",
        standing=Standing.REAL,
        remedies=(advice("Look for the first failure of crystal."),),
        is_generic=True,
    ),
)
