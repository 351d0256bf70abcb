"""Failures of Quantum ESPRESSO are named with their cause; good outputs show none."""

import re

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.diagnosis import find
from crystalmathd.codes.espresso.faults import FAULTS, texts
from crystalmathd.codes.espresso.restarts import CHARGE_DENSITY, GEOMETRY, RESTART
from crystalmathd.codes.remedies import settle
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Fault,
    NextValue,
    RemoveValue,
    ScaleValue,
    SetValue,
    Severity,
    Standing,
)
from tests.unit.codes import corpora

INPUT = b"""&CONTROL
/
&SYSTEM
 nbnd = 2
/
&ELECTRONS
/
&IONS
/
&CELL
/
K_POINTS automatic
0 1 1 0 0 0
"""

CAUSES = {
    "crash/aiida-quantumespresso__pw_failed_broyden_factorization__CRASH": "broyden",
    "crash/aiida-quantumespresso__pw_failed_dexx_negative__CRASH": "exchange_negative",
    "crash/aiida-quantumespresso__pw_failed_eigenvectors_convergence__CRASH": (
        "eigenvectors"
    ),
    "crash/aiida-quantumespresso__pw_failed_s_matrix_not_positive_definite__CRASH": (
        "s_matrix"
    ),
    "crash/aiida-quantumespresso__pw_failed_too_many_bands_not_converged__CRASH": (
        "bands_not_converged"
    ),
    "crash/aiida-quantumespresso__pw_failed_zhegvd_failed__CRASH": "ppcg",
    "crash/aiida-quantumespresso__pw_vcrelax_failed_charge_wrong__CRASH": (
        "charge_wrong"
    ),
    "crash/aiida-quantumespresso__pw_vcrelax_failed_symmetry_not_orthogonal__CRASH": (
        "symmetry"
    ),
    "other_out/aiida-quantumespresso__open_grid_fftgrid__aiida.out": "fft_grids",
    "other_out/aiida-quantumespresso__ph_failed_computing_cholesky__aiida.out": (
        "cholesky"
    ),
    "other_out/aiida-quantumespresso__ph_failed_wrong_representation__aiida.out": (
        "representation"
    ),
    "other_out/aiida-quantumespresso__ph_failed_out_of_walltime__aiida.out": "time",
    "pw_out/aiida-quantumespresso__pw_failed_scf_not_converged__aiida.out": (
        "scf_cycles"
    ),
    "pw_out/aiida-quantumespresso__pw_initialization_xml_new__aiida.out": "stopped",
    "pw_out/aiida-quantumespresso__pw_vcrelax_failed_bfgs_history__aiida.out": "bfgs",
    "pw_out/aiida-quantumespresso__pw_vcrelax_failed_not_converged_nstep__aiida.out": (
        "steps"
    ),
}


def fatal(text: bytes, role: str = "stdout") -> list[str]:
    found = find(FAULTS, {"out": (role, text)})
    return [one.fault.key for one in found if one.fault.severity is Severity.FATAL]


def test_there_are_enough_rows_and_no_name_stands_twice() -> None:
    keys = [fault.key for fault in FAULTS]
    assert len(keys) == len(set(keys))
    assert len(keys) > 60


def test_every_recorded_failure_is_named_with_its_first_cause() -> None:
    corpora.rows("open/qe/truth.tsv")
    found = {
        name: fatal((corpora.ROOT / "open" / "qe" / name).read_bytes())[:1]
        for name in CAUSES
    }
    assert found == {name: [key] for name, key in CAUSES.items()}


def test_no_good_output_has_a_fatal_finding() -> None:
    n_good, wrong = 0, []
    for row in corpora.rows("open/qe/truth.tsv"):
        # One was stopped by an EXIT file, which the table does not tell.
        is_good = (
            corpora.truth(row["job_done"])
            and row["max_seconds_hit"] == "n"
            and corpora.truth(row["scf_converged"]) is not False
            and row["bfgs_status"] in {"", "End of BFGS"}
            and "pw_initialization" not in row["path"]
        )
        n_good += is_good
        keys = fatal(corpora.content(row))
        if is_good and keys:
            wrong.append((row["path"], keys))
    assert wrong == []
    assert n_good > 50


def test_every_output_with_an_error_in_its_truth_has_a_fatal_finding() -> None:
    rows = corpora.rows("open/qe/truth.tsv")
    failed = [row for row in rows if row["error_routine"]]
    assert failed
    assert [row["path"] for row in failed if not fatal(corpora.content(row))] == []


def test_a_row_of_aiida_is_called_real_only_if_a_recorded_file_shows_it() -> None:
    """What pw.x printed for the tests is shown by tests/real."""
    corpora.rows("open/qe/truth.tsv")
    folders = [
        corpora.ROOT / "open" / "qe" / name for name in ("pw_out", "other_out", "crash")
    ]
    seen = {
        one.fault.key
        for folder in folders
        for path in folder.iterdir()
        for one in find(FAULTS, {"out": ("stdout", path.read_bytes())})
    }
    real = {
        fault.key
        for fault in FAULTS
        if fault.standing is Standing.REAL and "aiida" in fault.source
    }
    assert real - seen == set()


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (
            "     Error in routine readpp (1):\n     file ./X.upf not found",
            "pseudopotential",
        ),
        ("     Error in routine readpp (1):\n     error reading x", "pseudopotential"),
        ("     Error in routine novel (3):\n     something new", "unnamed"),
        ("     Error in routine novel (3):\n     this is not implemented", "unnamed"),
        ("     Warning: card SI 0.25 0.25 0.25 ignored", "positions_left"),
        (
            (
                "     The maximum number of steps has been reached.\n\n"
                "     End of BFGS Geometry Optimization"
            ),
            "steps",
        ),
    ],
)
def test_a_message_is_named(message: str, key: str) -> None:
    assert fatal(f" %%%%\n{message}\n %%%%\n".encode()) == [key]


@pytest.mark.parametrize(
    "line",
    [
        "     Warning: card &IONS ignored",
        "     Warning: card / ignored",
        "     Warning: card ION_DYNAMICS = 'BFGS' ignored",
        (
            "     The maximum number of steps has been reached.\n\n"
            "     End of molecular dynamics calculation"
        ),
        "     suboptimal parallelization: some nodes have no k-points",
        "     Davidson diagonalization with overlap",
        "     file Si.pz-vbc.UPF: wavefunction(s)  3S 3P renormalized",
    ],
)
def test_what_good_runs_print_is_no_failure(line: str) -> None:
    assert fatal(f"{line}\n\n\n".encode()) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.key)
def test_no_remedy_that_changes_the_result_passes_for_harmless(fault: Fault) -> None:
    harmless = re.compile(
        r"(CONTROL|IONS|CELL)\.\w+|INPUTPH\.(niter_ph|alpha_mix.*)"
        r"|ELECTRONS\.(electron_maxstep|mixing_\w+|diagonalization|startingpot)"
    )
    for remedy in fault.remedies:
        for edit in remedy.edits:
            if isinstance(edit, SetValue | ScaleValue | NextValue | RemoveValue):
                is_harmless = harmless.fullmatch(edit.key) is not None
                assert is_harmless or remedy.effect is not Effect.NONE, edit


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.key)
def test_every_edit_can_be_made_in_an_input(fault: Fault) -> None:
    code = CODES["espresso"]
    for remedy in fault.remedies:
        if any("INPUTPH" in getattr(edit, "key", "") for edit in remedy.edits):
            text = b"&INPUTPH\n/\n"
            step = StepRequest(program="ph.x", input=InputFile(name="a.in", text=text))
        else:
            step = StepRequest(program="pw.x", input=InputFile(name="a.in", text=INPUT))
        for changed in settle(code, [step], remedy, {}).inputs:
            assert changed.text != step.input.text


def test_what_a_remedy_goes_on_with_is_a_way_to_go_on() -> None:
    edits = [e for fault in FAULTS for r in fault.remedies for e in r.edits]
    kinds = {edit.kind for edit in edits if isinstance(edit, Continue)}
    assert kinds == {CHARGE_DENSITY, GEOMETRY, RESTART}


def test_messages_are_looked_for_in_the_error_streams_too() -> None:
    assert texts("si.scf.out") == {
        "si.scf.out": "stdout",
        "CRASH": "crash",
        "si.scf.err": "stderr",
    }


def test_outputs_of_other_programs_show_no_failure_of_pw() -> None:
    root = corpora.ROOT / "open" / "crystal" / "out"
    corpora.rows("open/crystal/truth.tsv")
    wrong = []
    for path in sorted(root.iterdir())[:40]:
        found = find(FAULTS, {"out": ("stdout", path.read_bytes())})
        machine = {"crash", "killed", "mpi_abort", "launcher", "out_of_memory"}
        wrong += [(path.name, f.fault.key) for f in found if f.fault.key not in machine]
    assert wrong == []
