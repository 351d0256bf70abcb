from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.diagnosis import find
from crystalmathd.codes.machine_faults import MACHINE_FAULTS
from crystalmathd.codes.remedies import settle
from crystalmathd.codes.vasp import Vasp
from crystalmathd.codes.vasp.conditions import result_findings
from crystalmathd.codes.vasp.faults import FAULTS, texts
from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.codes.vasp.recognition import is_outcar, is_vasprun
from crystalmathd.models.faults import Effect, Finding, Severity, Standing
from crystalmathd.models.results import Grade, IonicStep, Result, ScfLoop
from tests.unit.codes import corpora

CODE = Vasp()
TABLES = ("VaspErrorHandler", "LrfCommutatorHandler", "StdErrHandler")
REFUSAL = b"""
|     HNFORM: k-point generating vectors and reciprocal lattice are           |
|     incommensurate.                                                         |
|       ---->  I REFUSE TO CONTINUE WITH THIS SICK JOB ... BYE!!! <----       |
"""
OTHER_KEYS = {"out_of_memory": "vasp_out_of_memory"}
"""Keys of custodian that mean something wider here."""


def found_in(text: bytes, role: str = "stdout") -> dict[str, Finding]:
    findings = find(FAULTS, {"vasp.out": (role, text)})
    return {finding.fault.key: finding for finding in findings}


@pytest.mark.parametrize("table", [*TABLES, "AliasingErrorHandler"])
def test_every_text_that_custodian_looks_for_has_its_row(table: str) -> None:
    handlers = pytest.importorskip("custodian.vasp.handlers")
    for key, messages in getattr(handlers, table).error_msgs.items():
        for message in messages:
            found = found_in(f"{message}\n".encode())
            assert OTHER_KEYS.get(key, key) in found, (key, message)


def test_the_text_that_custodian_keeps_outside_its_tables_has_a_row() -> None:
    message = b"Reciprocal lattice and k-lattice belong to different class of lattices."
    assert "mesh_symmetry" in found_in(message + b"\n")


def test_every_failure_of_the_recorded_outputs_is_named() -> None:
    missing = []
    for row in corpora.rows("open/vasp/stdout_truth.tsv"):
        found = found_in(corpora.content(row) + b"\n")
        for word in row["custodian_error_keys"].split(","):
            key = word.partition(":")[0].strip()
            if key not in {"none", ""} and key not in found:
                missing.append((row["path"], key))
    assert missing == []


def test_no_good_output_has_a_fatal_finding() -> None:
    wrong = []
    n_good = 0
    for path, data in corpora.files("open/vasp"):
        if is_vasprun(data):
            continue
        role = "outcar" if is_outcar(data) else "stdout"
        name = PurePosixPath(path).name
        result = read_files("vasp_std", name, {name: data})
        ended = result.is_normal_end or b"writing wavefunctions" in data
        if not ended or result.grade is Grade.NOT_CONVERGED:
            continue
        n_good += 1
        wrong += [
            (path, key, finding.evidence[0].text)
            for key, finding in found_in(data, role).items()
            if finding.fault.severity is Severity.FATAL
        ]
    assert wrong == []
    assert n_good > 40


def test_a_row_is_called_real_if_a_recorded_output_shows_it() -> None:
    shown = set[str]()
    for path, data in corpora.files("open/vasp"):
        if not path.endswith((".xml", "CAR")) or path.endswith("OUTCAR"):
            shown |= found_in(data + b"\n", "outcar").keys()
    real = {
        fault.key
        for fault in FAULTS
        if fault.standing is Standing.REAL and fault not in MACHINE_FAULTS
    }
    assert real <= shown
    assert len(real) > 20


def test_the_first_cause_is_named_before_the_refusal() -> None:
    first, *others = find(FAULTS, {"OUTCAR": ("outcar", REFUSAL)})
    assert first.fault.key == "hnform"
    assert [finding.fault.key for finding in others] == ["refused"]


def test_a_routine_without_a_row_of_its_own_is_named() -> None:
    text = b"|     VERY BAD NEWS! internal error in subroutine DYNSYM: no luck |\n"
    assert found_in(text)["internal_error"].facts == {"routine": "DYNSYM"}


def test_the_fermi_energy_of_tetrahedra_is_no_failure() -> None:
    line = b" BZINTS: Fermi energy:  5.907473; 44.000000 electrons\n"
    assert found_in(line, "outcar") == {}
    bad = b"|     VERY BAD NEWS! internal error in subroutine BZINTS: Tetrahedron |\n"
    assert "tet" in found_in(bad)


def test_a_loop_that_was_caught_up_later_is_no_failure() -> None:
    missed = b"----- aborting loop EDIFF was not reached (unconverged)  -----\n"
    reached = b"----- aborting loop because EDIFF is reached -----\n"
    assert "ediff_not_reached" in found_in(reached + missed, "outcar")
    assert "ediff_not_reached" not in found_in(missed + reached, "outcar")


def test_every_remedy_changes_the_input_or_says_what_to_do() -> None:
    incar = b"ALGO = Fast\nLREAL = Auto\nNCORE = 4 # ranks\nNGX = 10\nNBANDS = 12\n"
    step = StepRequest(program="vasp_std", input=InputFile(name="INCAR", text=incar))
    for fault in FAULTS:
        for remedy in fault.remedies:
            assert remedy.text
            settle(CODE, (step,), remedy, {})


def test_only_what_leaves_the_result_alone_has_no_effect() -> None:
    for fault in FAULTS:
        for remedy in fault.remedies:
            keys = {getattr(edit, "key", "") for edit in remedy.edits}
            if keys & {"ISYM", "ISMEAR", "SIGMA", "NSW"}:
                assert remedy.effect is Effect.PHYSICS, fault.key
            elif keys & {"ALGO", "LREAL", "NBANDS", "SYMPREC", "EDIFF", "PREC"}:
                assert remedy.effect is not Effect.NONE, fault.key


def test_a_remedy_touches_only_its_tags() -> None:
    step = StepRequest(
        program="vasp_std",
        input=InputFile(
            name="INCAR", text=b"LREAL = Auto  ! fast\nNPAR = 4; NSW = 0\n"
        ),
    )
    faults = {fault.key: fault for fault in FAULTS}
    (changed,) = settle(CODE, (step,), faults["real_optlay"].remedies[0], {}).inputs
    assert changed.text == b"LREAL = .FALSE.  ! fast\nNPAR = 4; NSW = 0\n"
    (changed,) = settle(CODE, (step,), faults["dfpt_ncore"].remedies[0], {}).inputs
    assert changed.text == b"LREAL = Auto  ! fast\nNSW = 0\n"


def test_the_files_with_messages_have_their_roles() -> None:
    assert texts("vasp.out") == {
        "vasp.out": "stdout",
        "vasp.err": "error_unit",
        "OUTCAR": "outcar",
    }


def test_every_row_has_its_own_key_and_a_text_to_look_for() -> None:
    for fault in FAULTS:
        assert all(fault.literals), fault.key
    assert len({fault.key for fault in FAULTS}) == len(FAULTS)


def spoiled(**changes: object) -> Result:
    good = Result(
        code="vasp",
        program="vasp_std",
        n_atoms=2,
        is_normal_end=True,
        is_scf_converged=True,
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def loops(*converged: bool) -> tuple[ScfLoop, ...]:
    return tuple(
        ScfLoop(
            geometry_step=n,
            is_converged=one,
            n_cycles=60,
            energies_ev=(),
            deltas_ev=(),
        )
        for n, one in enumerate(converged)
    )


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("scf_not_converged", {"is_scf_converged": False}),
        ("geometry_not_converged", {"is_geometry_converged": False}),
        ("non_converging", {"scf_loops": loops(*[False] * 11)}),
        ("large_sigma", {"flags": ("large_smearing_entropy",)}),
        ("positive_energy", {"flags": ("positive_energy",)}),
        ("incorrect_smearing", {"flags": ("tetrahedra_in_a_metal",)}),
        ("kspacing_metal", {"flags": ("coarse_mesh_of_a_metal",)}),
        ("drift", {"flags": ("force_drift",)}),
        (
            "potim",
            {
                "steps": (
                    IonicStep(number=1, energy_ev=0.0),
                    IonicStep(number=2, energy_ev=2.5),
                )
            },
        ),
    ],
)
def test_what_no_text_says_is_found_in_the_numbers(
    key: str, changes: dict[str, object]
) -> None:
    assert result_findings(spoiled()) == ()
    (finding,) = result_findings(spoiled(**changes))
    assert finding.fault.key == key
    assert finding.fault in FAULTS


def test_a_loop_that_came_in_the_end_is_not_called_hopeless() -> None:
    for series in ([False] * 10, [False] * 9 + [True, False, False]):
        assert result_findings(spoiled(scf_loops=loops(*series))) == ()


def test_recorded_runs_that_did_not_converge_are_found_by_their_numbers() -> None:
    found = {}
    for row in corpora.rows("open/vasp/truth.tsv"):
        name = PurePosixPath(row["path"]).name
        result = read_files("vasp_std", name, {name: corpora.content(row)})
        keys = {one.fault.key for one in result_findings(result)}
        found[row["path"].removeprefix("open/vasp/")] = keys
    assert "potim" in found["custodian__potim/OUTCAR"]
    assert "large_sigma" in found["custodian__large_sigma/OUTCAR_fail_sigma_check"]
    assert "large_sigma" not in found["custodian__large_sigma/OUTCAR_pass_sigma_check"]
    nelm = "aiida-vasp__aiida_vasp_vasp_wc_nelm_calc-000_out/OUTCAR"
    assert "scf_not_converged" in found[nelm]
    assert found["custodian__root/OUTCAR_auto_nbands_parallel"] == set()
