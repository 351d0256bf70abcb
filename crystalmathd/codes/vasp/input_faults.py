"""What VASP says about inputs, ions, files and the machine."""

from typing import Final

from crystalmathd.codes.vasp.fault_rows import CUSTODIAN, FRESH, GO_ON, row
from crystalmathd.models.faults import (
    Effect,
    Remedy,
    RemoveFile,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)

_WIKI: Final = "vasp.at wiki and forum"
_NO_ORBITALS: Final = Remedy(
    text="Start without the old orbitals.", edits=(RemoveFile(name="WAVECAR"),)
)

INPUT_FAULTS: Final = (
    row(
        "read_error",
        ("Error reading item", "Error code was IERR= 5"),
        "A value in the INCAR could not be read.",
        "It has another type or number of items than VASP expects.",
        Remedy(text="Correct the item that the next line of the output names."),
    ),
    row(
        "potcar_species",
        "number of potentials on File POTCAR incompatible with number",
        "POTCAR and POSCAR have different numbers of species.",
        "Each species of POSCAR needs one dataset, in the same order.",
        Remedy(
            text="Put the POTCAR together anew, in the order of POSCAR.",
            effect=Effect.PHYSICS,
        ),
        source=_WIKI,
    ),
    row(
        "set_core_wf",
        "internal error in SET_CORE_WF",
        "A dataset lacks its core states.",
        "The POTCAR is too old for what was asked of it.",
        Remedy(text="Take a newer version of the datasets.", effect=Effect.PHYSICS),
    ),
    row(
        "rad_int",
        "internal error in RAD_INT",
        "A dataset does not go with this functional.",
        "Radial integrals on the grids of the POTCAR went wrong.",
        Remedy(text="Take another version of the datasets.", effect=Effect.PHYSICS),
        pattern=r"internal error in (?:subroutine ?)?RAD_INT",
        source=_WIKI,
    ),
    row(
        "spin_polarized_harris",
        "Spin polarized Harris functional dynamics is a good joke",
        "Ions cannot move at a fixed charge density.",
        "ICHARG of 10 and more with ISPIN = 2 does not go with NSW > 0.",
        Remedy(
            text="Compute one geometry only.",
            effect=Effect.PHYSICS,
            edits=(SetValue(key="NSW", value="0"),),
        ),
    ),
    row(
        "no_charge_density",
        "charge density could not be read from file CHGCAR",
        "The charge density was not there, or is of another run.",
        "ICHARG of 10 and more needs the CHGCAR of a finished run with the same cell"
        " and grid.",
        Remedy(text="Take the CHGCAR of a converged run of this structure."),
        source=_WIKI,
        pattern=r"ERROR: charge density could not be read from file CHGCAR",
    ),
    row(
        "coef",
        ("while reading plane", "while reading WAVECAR"),
        "The orbitals could not be read.",
        "WAVECAR is cut or of another cell, cutoff or mesh.",
        _NO_ORBITALS,
    ),
    row(
        "dfpt_ncore",
        (
            "PEAD routines do not work for NCORE",
            "remove the tag NPAR from the INCAR file",
        ),
        "Bands may not be shared among ranks here.",
        "The k-points change during the run: that works only if each band is on one"
        " rank.",
        Remedy(
            text="Leave the distribution of bands to VASP.",
            edits=(RemoveValue(key="NCORE"), RemoveValue(key="NPAR")),
        ),
        standing=Standing.REAL,
    ),
    row(
        "elf_kpar",
        "ELF: KPAR>1 not implemented",
        "The localisation function cannot be made with KPAR.",
        "It is not implemented for groups of k-points.",
        Remedy(
            text="Do not share k-points among groups of ranks.",
            edits=(SetValue(key="KPAR", value="1"),),
        ),
    ),
    row(
        "elf_ncl",
        "WARNING: ELF not implemented for non collinear case",
        "There is no localisation function with noncollinear spins.",
        "ELFCAR is not written.",
        severity=Severity.WARNING,
    ),
    row(
        "lrf_comm",
        "LRF_COMMUTATOR internal error",
        "The derivative with respect to k could not be computed.",
        "The linear response to a field fails for these orbitals.",
        Remedy(
            text="Take derivatives along k by finite differences.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="LPEAD", value=".TRUE."),),
        ),
    ),
    row(
        "brions",
        "BRIONS problems: POTIM should be increased",
        "The ionic steps are too short.",
        "The quasi-Newton algorithm lost its estimate of the curvature.",
        GO_ON,
        Remedy(
            text="Take longer steps.",
            edits=(ScaleValue(key="POTIM", factor=1.2, default=0.5, most=1.0),),
        ),
        Remedy(
            text="Use conjugate gradients.",
            effect=Effect.NUMERICAL,
            edits=(
                SetValue(key="IBRION", value="2"),
                SetValue(key="POTIM", value="0.5"),
            ),
        ),
        severity=Severity.WARNING,
        standing=Standing.REAL,
    ),
    row(
        "zbrent",
        ("ZBRENT: fatal internal in", "ZBRENT: fatal error in bracketing"),
        "The line search found no minimum.",
        "The forces are too noisy for it, mostly close to the minimum.",
        GO_ON,
        Remedy(
            text="Converge the electrons further before each ionic step.",
            effect=Effect.NUMERICAL,
            edits=(
                SetValue(key="EDIFF", value="1E-6"),
                SetValue(key="NELMIN", value="8"),
            ),
        ),
        Remedy(
            text="Use the quasi-Newton algorithm.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="IBRION", value="1"),),
        ),
    ),
    row(
        "fexcf",
        "supplied exchange-correlation table",
        "The density is outside the table of the functional.",
        "Atoms are far too close to each other, mostly after a wild ionic step.",
        GO_ON,
        Remedy(
            text="Use conjugate gradients.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="IBRION", value="2"),),
        ),
    ),
    row(
        "aliasing",
        "WARNING: small aliasing (wrap around) errors must be expected",
        "The FFT grid is a little too coarse.",
        "The output says which NGX, NGY and NGZ would be exact; usually negligible.",
        Remedy(
            text="Use denser grids.",
            effect=Effect.NUMERICAL,
            edits=(SetValue(key="PREC", value="Accurate"),),
        ),
        FRESH,
        severity=Severity.NOTE,
        standing=Standing.REAL,
    ),
    row(
        "aliasing_incar",
        "Your FFT grids (NGX,NGY,NGZ) are not sufficient for an accurate",
        "The FFT grid of the INCAR is too coarse.",
        "NGX, NGY or NGZ were set smaller than the cutoff needs.",
        Remedy(
            text="Leave the grid to VASP.",
            effect=Effect.NUMERICAL,
            edits=(
                RemoveValue(key="NGX"),
                RemoveValue(key="NGY"),
                RemoveValue(key="NGZ"),
            ),
        ),
        FRESH,
        severity=Severity.WARNING,
    ),
    row(
        "vasp_out_of_memory",
        "Allocation would exceed memory limit",
        "There was not enough memory.",
        "Groups of k-points (KPAR) each keep a copy of all orbitals' data.",
        Remedy(
            text="Make half as many groups of k-points.",
            edits=(
                ScaleValue(
                    key="KPAR", factor=0.5, default=1.0, is_integer=True, least=1.0
                ),
            ),
        ),
        Remedy(text="Ask for more memory, or for fewer ranks on each node."),
        source=f"{CUSTODIAN}, StdErrHandler out_of_memory",
    ),
    row(
        "stopped_by_file",
        ("soft stop encountered", "hard stop encountered"),
        "The run was asked to stop.",
        "A STOPCAR was there: VASP ended early and in order.",
        GO_ON,
        severity=Severity.NOTE,
        source="pymatgen 2026, io/vasp/outputs.py; vasp.at wiki, page STOPCAR",
    ),
)

REFUSED: Final = row(
    "refused",
    "I REFUSE TO CONTINUE WITH THIS SICK JOB",
    "VASP refused to go on.",
    "The box above this line says why.",
    Remedy(text="Do what the box says, or take out of the INCAR what it objects to."),
    source="recorded outputs of VASP 6",
    standing=Standing.REAL,
    is_generic=True,
)

VERY_BAD_NEWS: Final = row(
    "internal_error",
    "VERY BAD NEWS! internal error in subroutine",
    "A routine of VASP met what it cannot handle.",
    "The name of the routine and the text behind it say what.",
    Remedy(text="Search the forum of VASP for the name of the routine."),
    source="recorded outputs of VASP 5 and 6",
    standing=Standing.REAL,
    pattern=r"VERY BAD NEWS! internal error in subroutine ?(?P<routine>\w+)",
    is_generic=True,
)
