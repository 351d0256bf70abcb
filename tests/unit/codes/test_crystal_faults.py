"""CRYSTAL's failures are named with their cause, and good outputs show none."""

import pytest

from crystalmathd.codes.crystal.faults import FAULTS, texts
from crystalmathd.codes.diagnosis import find
from crystalmathd.models.faults import (
    SetValue,
    Severity,
    Standing,
)
from tests.unit.codes import corpora

SHOWN = {
    "input_ended": " ERROR **** READM2 **** END OF DATA IN INPUT DECK",
    "input_format": " ERROR **** INPBAS **** FORMAT ERROR IN INPUT DECK",
    "keyword": " ERROR **** READM2 **** KEYWORD CYCLES NOT ALLOWED",
    "band_range": " ERROR **** DENSIM **** BAND RANGE NOT ALLOWED",
    "shrinking_factors": " ERROR **** SHRNK **** ANISOTROPIC SHRINKING FACTOR",
    "no_group": " ERROR **** MULTIP **** SYMMOPS DO NOT FORM A GROUP",
    "spin_in_closed_shell": (
        " ERROR **** X **** CLOSED SHELL RUN-SPIN POLARIZATION NOT ALLOWED"
    ),
    "atoms_too_close": " ERROR **** NEIGHB **** USE KEYWORD SMALLDIST TO RUN ANYWAY",
    "not_neutral": " ERROR **** INPBAS **** UNIT CELL NOT NEUTRAL",
    "basis_lacks_element": (
        " ERROR **** BSLIB **** Basis set is not implemented for requested element"
    ),
    "shell_type": " ERROR **** X **** SHELL TYPE UNAVAILABLE FOR ATOMIC NUMBER   26",
    "open_shells": " ERROR **** X **** TOO MANY OPEN SHELLS OF THE SAME SYMMETRY",
    "linear_dependence": " ERROR **** CHOLSK **** BASIS SET LINEARLY DEPENDENT",
    "pair_table": " ERROR **** SHELLX **** ILA DIMENSION EXCEEDED",
    "becke_neighbours": " ERROR **** WBECKE_F **** NEIGHBOR LIST TOO BIG",
    "neighbour_list": " ERROR **** NEIGHX **** NEIGHBOR LIST TOO BIG",
    "geometry_missing": (
        " ERROR **** EXTRN **** GEOMETRY DATA FILE NOT FOUND"
        " - EXTERNAL KEYWORD NOT ALLOWED"
    ),
    "wavefunction_missing": (
        " ERROR **** init_properties_io **** Wavefunction file can not be found"
    ),
    "guess_missing": (
        " ERROR **** GUESSP **** COPY OF WAVEFUNCTION FILE fort.20 CAN NOT BE FOUND"
    ),
    "guess_mismatch": " ERROR **** INP12B **** INCONSISTENT ITOL SIZE",
    "unit_missing": "forrtl: severe (24): end-of-file during read, unit 34, file f",
    "properties_not_run": ("file fort.9 not found or empty - properties not executed"),
    "scf_cycles": (
        " == SCF ENDED - TOO MANY CYCLES            E(AU) -1.2E+02 CYCLES  50"
    ),
    "not_a_number": " CYC   6 ETOT(AU)                 NaN DETOT       NaN tst  1E-09",
    "fermi_energy": " ERROR **** ZERO **** FERMI ENERGY NOT IN INTERVAL",
    "g_vectors": " ERROR **** GCALCO **** ALL G-VECTORS USED",
    "madelung_sums": " ERROR **** MADEL **** INDICES OF RECIPROCAL LATTICE TOO LARGE",
    "allocation": " ERROR **** CRYALLOC **** ALLOCATION FAILED",
    "no_wavefunction": "SCF abnormal end - no wf written in fort.9",
    "scf_in_optimisation": " ERROR **** OPTGEOM **** SCF FAILED - OPTGEOM STOP",
    "geometry_steps": " * OPT END - FAILED * E(AU):  -1.2E+02 POINTS  100 *",
    "geometry_failed": " ERROR **** f90main **** GEOMETRY OPTIMIZATION FAILED",
    "step_collapsed": " ERROR **** BFGS_ **** PXK TOO SMALL",
    "model_hessian": (
        " ERROR **** HESSMOD **** PARAMETERS FOR MODEL HESSIAN NOT DEFINED"
    ),
    "wall_time": (
        "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00"
        " DUE TO TIME LIMIT ***"
    ),
    "out_of_memory": (
        "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch."
    ),
    "disk_full": "forrtl: No space left on device",
    "launcher": "[n1:77] ORTE_ERROR_LOG: Out of resource in file util/show_help.c",
    "crash": "forrtl: severe (174): SIGSEGV, segmentation fault occurred",
    "killed": "forrtl: error (78): process killed (SIGTERM)",
    "mpi_abort": "application called MPI_Abort(MPI_COMM_WORLD, 1) - process 2",
    "unnamed_stop": " ERROR **** NEWROUT **** SOMETHING NEW",
    "force_at_central_point": (
        " WARNING!! FORCE    3 AT CENTRAL POINT IS GREATER THAN 10^-4"
    ),
    "lower_displaced_energy": (
        " WARNING **** ELAPIEZO **** ENERGY OF DISPLACED GEOM. IS LOWER THAN ENERGY"
        " OF REF. GEOM."
    ),
    "negative_hessian": " WARNING - HESSIAN NEGATIVE EIGENVALUE(S)       1   1",
    "frequencies_accuracy": (
        " WARNING **** READM2 **** PROBABLE LOSS IN FREQCALC ACCURACY; SCF TOL LT 10"
    ),
    "frequencies_grid": (
        " WARNING **** RDDFTP **** TOO LOOSE INTEGRATION GRID; PROBABLY NOT ENOUGH"
    ),
    "gradient_of_a_conductor": (
        " WARNING **** SCF **** GRADIENT NOT FULLY IMPLEMENTED FOR CONDUCTING SYSTEMS"
    ),
    "atomic_scf": " CONVERGENCE NOT REACHED IN ATOMIC SCF",
    "level_shift_off": (
        " INFORMATION **** READM2 **** LEVSHIFT DISABLED BECAUSE NOT COMPATIBLE WITH"
        " DIIS"
    ),
    "diffuse_functions": (
        " WARNING **** GAUNOV **** GAUSSIAN EXPONENT LESS THAN 0.06 - PERHAPS TOO"
        " DIFFUSE"
    ),
    "composite_basis": (
        " WARNING **** RDDFTP **** PBEh-3c has to be combined with def2-mSVP basis set"
    ),
    "near_degeneracy": " WARNING QUASI-DEGENERACIES NEAR FERMI LEVEL! IN CASE OF SCF",
    "smaller_cell": "   WARNING : THIS CONFIG CAN BE OBTAINED WITH A SMALLER CELL",
    "coulomb_buffer": (
        " WARNING **** GENBUD **** COUL. BIPO BUFFER TOO SMALL - TO AVOID I/O SET"
        " BIPOSIZE =     6502800"
    ),
    "exchange_buffer": (
        " WARNING **** EXCPOG **** EXCH. BIPO BUFFER TOO SMALL - TO AVOID I/O SET"
        " EXCHSIZE =     1234567"
    ),
}
"""A line of each row, in the form in which programs print it."""

HARMLESS = (
    " INFORMATION **** READM2 **** FORMAT OF THE INPUT DECK CHECKED",
    " WARNING **** FINALRUN **** CODE   4 UNDER TEST",
    " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.8691951594307E+03 CYCLES  13",
    " * OPT END - CONVERGED * E(AU):  -1.869808211337E+03  POINTS   50 *",
    " CYC   6 ETOT(AU) -6.223817001316E+02 DETOT  4.12E-03 tst  1.00E-03 PX  1.00E+00",
    " DIIS TEST: 0.31457E-03 AT SCF   CYCLE   6 - MIX   30 %",
    " INFORMATION **** BIPOSIZE **** COULOMB BIPOLAR BUFFER SET TO    32000000",
    " INFORMATION **** LEVSHIFT **** LEVEL SHIFTER ACTIVE",
    " INFORMATION **** DIIS **** LEVEL SHIFTER DISABLED",
    " INFORMATION **** GUESSP **** SCF GUESS FROM A PREVIOUS RUN DENSITY MATRIX",
    " NEIGHBORS OF THE NON-EQUIVALENT ATOMS",
    " THE SYSTEM IS NOT NEUTRAL BY DESIGN: THE UNIT CELL HAS A CHARGE",
    " SHELL TYPE 0 AVAILABLE FOR ATOMIC NUMBER 26",
    " GEOMETRY OPTIMIZATION INFORMATION STORED IN OPTINFO.DAT",
    " MEMORY ALLOCATION: 12 MB OF 64 MB",
    " file fort.9 saved as mgo.f9",
    " MAX NUMBER OF SCF CYCLES      50  CONVERGENCE ON DELTAP        10**-16",
    "mpirun: Forwarding signal 18 to job",
    "srun: job 12 queued and waiting for resources",
    "slurmstepd: info: setting up the memory limit of 4000 MB",
    "A system call failed during shared memory initialization that should",
    "Note: The following floating-point exceptions are signalling: IEEE_UNDERFLOW_FLAG",
    "MPI_Comm_size: 4, no abort requested",
    " SIGNAL: SIGNIFICANT DIGITS 12",
    " NaNoribbon of graphene, title of a run",
    "SCF normal end - wf written in fort.9",
)
"""What looks like a failure and is none."""


def named(text: str, role: str = "stdout") -> list[str]:
    return [one.fault.key for one in find(FAULTS, {"run.out": (role, text.encode())})]


def test_there_are_thirty_fatal_rows_and_each_has_its_line_here() -> None:
    fatal = [fault for fault in FAULTS if fault.severity is Severity.FATAL]
    assert len(fatal) >= 30
    assert {fault.key for fault in FAULTS} - {"scf_cycles_on_the_way"} == SHOWN.keys()


@pytest.mark.parametrize(("key", "line"), SHOWN.items())
def test_a_line_is_named_by_its_row_and_by_no_other(key: str, line: str) -> None:
    assert named(f"\n{line}\n") == [key]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_failure_is_not_named(line: str) -> None:
    assert named(f"{line}\n") == []


@pytest.mark.parametrize("key", [k for k, line in SHOWN.items() if "ERROR **" in line])
def test_a_fatal_message_is_found_in_unit_87_too(key: str) -> None:
    assert named(SHOWN[key], "error_unit") == [key]
    as_information = SHOWN[key].replace("ERROR ****", "INFORMATION ****")
    assert named(as_information) == []


def test_the_first_cause_is_named_before_the_crash_that_follows_from_it() -> None:
    lines = ("not_a_number", "crash", "mpi_abort", "no_wavefunction")
    assert named("\n".join(SHOWN[key] for key in lines)) == list(lines)
    assert named("\n".join(SHOWN[key] for key in reversed(lines)))[0] == lines[0]


def test_an_scf_that_failed_on_the_way_is_a_warning_if_later_ones_converged() -> None:
    end = " == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.8E+03 CYCLES  13"
    failed = SHOWN["scf_cycles"]
    assert named(f"{failed}\n{end}\n") == ["scf_cycles_on_the_way"]
    assert named(f"{end}\n{failed}\n") == ["scf_cycles"]
    assert named(f"{failed}\n{end}\n{failed}\n") == [
        "scf_cycles",
        "scf_cycles_on_the_way",
    ]


def test_an_optimisation_that_converged_at_last_has_not_failed() -> None:
    end = " * OPT END - CONVERGED * E(AU):  -1.8E+03  POINTS   9 *"
    assert named(f"{SHOWN['geometry_steps']}\n{end}\n") == []


def test_the_buffer_is_made_as_large_as_the_largest_that_was_asked_for() -> None:
    line = " WARNING **** GENBUD **** TOO SMALL - TO AVOID I/O SET BIPOSIZE = {}\n"
    text = line.format(70) + line.format(6502800) + line.format(900)

    (found,) = find(FAULTS, {"run.out": ("stdout", text.encode())})

    assert found.facts == {"most_words": "6502800"}
    assert found.fault.remedies[0].edits == (
        SetValue(key="BIPOSIZE", value="{most_words}"),
    )


def test_messages_are_looked_for_in_unit_87_and_in_the_log_of_the_scf() -> None:
    assert texts("mgo.out") == {
        "mgo.out": "stdout",
        "mgo.ERROR": "error_unit",
        "mgo.SCFLOG": "scf_log",
        "SCFOUT.LOG": "scf_log",
    }


# --- Recorded outputs ---------------------------------------------------------------

CAUSES = {
    "FAILED_SCF_bcc_iron.out": "scf_in_optimisation",
    "scf_maxcyc__main.out": "scf_cycles",
    "opt_walltime__main.out": "killed",
    "formation_energy_GaI__GaI.out": "not_a_number",
    "CRYSTALpytools__convert__conv_mgo100.out": "guess_mismatch",
    "system_guessp_fock0.out": "wavefunction_missing",
    "fe50_x8_l0_re.cryst.out": "wavefunction_missing",
}


def fatal(row: dict[str, str]) -> list[str]:
    text = {row["path"]: ("stdout", corpora.content(row))}
    found = find(FAULTS, text)
    return [one.fault.key for one in found if one.fault.severity is Severity.FATAL]


def is_good(row: dict[str, str]) -> bool:
    return (
        corpora.truth(row["normal_termination"]) is True
        and corpora.truth(row["scf_converged"]) is not False
        and row["opt_status"] in {"converged", "none"}
    )


def test_no_good_output_has_a_fatal_finding() -> None:
    rows = [row for row in corpora.rows("open/crystal/truth.tsv") if is_good(row)]
    assert rows
    assert [row["path"] for row in rows if fatal(row)] == []


def test_every_recorded_failure_is_named_with_its_cause() -> None:
    rows = corpora.rows("open/crystal/truth.tsv")
    for end, key in CAUSES.items():
        (row,) = (row for row in rows if row["path"].endswith(end))
        assert fatal(row)[0] == key


def test_every_output_with_an_error_in_its_truth_has_a_fatal_finding() -> None:
    rows = corpora.rows("open/crystal/truth.tsv")
    failed = [row for row in rows if row["first_error"]]
    assert failed
    assert [row["path"] for row in failed if not fatal(row)] == []


def test_a_row_is_called_real_only_if_a_recorded_output_shows_it() -> None:
    rows = corpora.rows("open/crystal/truth.tsv")
    seen = {
        one.fault.key
        for row in rows
        for one in find(FAULTS, {"run.out": ("stdout", corpora.content(row))})
    }
    real = {f.key for f in FAULTS if f.standing is Standing.REAL} - {"unnamed_stop"}
    assert real - seen == set()


@pytest.mark.parametrize("code", ["vasp", "qe"])
def test_outputs_of_other_programs_show_no_failure_of_crystal(code: str) -> None:
    root = corpora.ROOT / "open" / code
    if not root.is_dir():
        pytest.skip(f"needs the corpora: {code}")
    for path in root.rglob("*"):
        if path.is_file():
            text = {path.name: ("stdout", path.read_bytes())}
            assert not find(FAULTS, text), path
