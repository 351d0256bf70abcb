"""Failures made with the real pw.x and ph.x: named, and remedied by their edits."""

from pathlib import Path

import pytest

from crystalmathd.models.faults import Effect
from crystalmathd.models.results import Grade
from tests.real.espresso_runs import ALUMINIUM, SILICON, Run, changed, run

pytestmark = pytest.mark.espresso

MESH = "2 2 2 0 0 0"
SECOND = "Si 0.25 0.25 0.25"
CUTOFF = "ecutwfc=10"
THRESHOLD = "conv_thr=1e-7"


def spoilt(*pairs: tuple[str, str]) -> str:
    return changed(SILICON, *pairs)


REMEDIED = {
    "too_few_bands": spoilt((CUTOFF, f"{CUTOFF}, nbnd=2")),
    "metal": ALUMINIUM,
    "scf_cycles": spoilt((THRESHOLD, f"{THRESHOLD}, electron_maxstep=2")),
    "occupations_unknown": spoilt((CUTOFF, f"{CUTOFF}, occupations='smaering'")),
    "degauss_missing": changed(
        ALUMINIUM, (CUTOFF, f"{CUTOFF}, occupations='smearing'")
    ),
    "lsda_fixed": spoilt((CUTOFF, f"{CUTOFF}, nspin=2")),
    "starting_magnetization": changed(
        ALUMINIUM, (CUTOFF, f"{CUTOFF}, nspin=2, occupations='smearing', degauss=0.02")
    ),
    "k_points_mesh": spoilt((MESH, "0 2 2 0 0 0")),
    "mixing_unknown": spoilt((THRESHOLD, f"{THRESHOLD}, mixing_mode='foo'")),
    "diagonalization_unknown": spoilt(
        (THRESHOLD, f"{THRESHOLD}, diagonalization='foo'")
    ),
    "functional_unknown": spoilt((CUTOFF, f"{CUTOFF}, input_dft='foo'")),
    "grid_too_small": spoilt((CUTOFF, f"{CUTOFF}, nr1=2, nr2=2, nr3=2")),
    "hubbard_element": spoilt((CUTOFF, f"{CUTOFF}, lda_plus_u=.true., Hubbard_U(1)=3")),
    "charge_wrong": changed(
        ALUMINIUM,
        (CUTOFF, f"{CUTOFF}, occupations='tetrahedra'"),
        (MESH, "1 1 1 0 0 0"),
    ),
    "outdir": spoilt(("'./'", "'/proc/nowhere'")),
}
"""First cause → an input that shows it, which the first remedy makes converge."""


@pytest.mark.parametrize("key", REMEDIED)
def test_a_failure_is_named_remedied_and_rerun_to_convergence(
    tmp_path: Path, key: str
) -> None:
    failed = run(tmp_path, REMEDIED[key])
    assert failed.fatal[0] == key
    assert failed.code != 0
    assert failed.result.grade is not Grade.CONVERGED
    good = failed.remedied()
    assert good.fatal == []
    assert (good.code, good.result.grade) == (0, Grade.CONVERGED)


REFUSED = {
    # What the line should say is known to its author only: reading ended there, and
    # the message does not tell which of the words is unknown.
    "namelist": (spoilt((CUTOFF, f"{CUTOFF}, ecutwf=3")), Effect.NONE),
    # Another file would be another potential.
    "pseudopotential": (spoilt(("Si.pz-vbc.UPF", "Si.gone.UPF")), Effect.NONE),
    "functionals_mixed": (
        spoilt(
            ("ntyp=1", "ntyp=2"),
            ("Si 28.086 Si.pz-vbc.UPF", "Si 28 Si.pz-vbc.UPF\nC 12 C.pbe-rrkjus.UPF"),
            (SECOND, "C 0.25 0.25 0.25"),
        ),
        Effect.PHYSICS,
    ),
    # Whether the atoms or their number is wrong, nobody can tell from outside.
    "positions_columns": (spoilt(("nat=2", "nat=3")), Effect.PHYSICS),
    "species_rows": (spoilt(("ntyp=1", "ntyp=2")), Effect.PHYSICS),
    "species_unknown": (spoilt((SECOND, "C 0.25 0.25 0.25")), Effect.PHYSICS),
    "atoms_overlap": (spoilt((SECOND, "Si 0.0 0.0 0.0")), Effect.PHYSICS),
    "cell_missing": (spoilt(("celldm(1)=10.26, ", "")), Effect.PHYSICS),
    "lattice_unknown": (spoilt(("ibrav=2", "ibrav=99")), Effect.PHYSICS),
    # The cutoff that a potential needs is a matter of convergence (0 means absent).
    "cutoff_missing": (spoilt((", ecutwfc=10", "")), Effect.NUMERICAL),
    # How dense the mesh was meant to be stands nowhere.
    "k_points_short": (spoilt((MESH, "2 2 2")), Effect.NUMERICAL),
}
"""First cause → an input that shows it, and the effect of what is advised: no edit."""


@pytest.mark.parametrize("key", REFUSED)
def test_a_failure_without_a_safe_edit_is_named_and_only_advised(
    tmp_path: Path, key: str
) -> None:
    text, effect = REFUSED[key]
    failed = run(tmp_path, text)
    assert failed.fatal[0] == key
    assert failed.code != 0
    remedies = failed.findings[0].fault.remedies
    assert remedies
    assert all(not remedy.edits and remedy.effect is effect for remedy in remedies)


def test_atoms_that_pw_leaves_out_in_silence_are_told(tmp_path: Path) -> None:
    """pw.x ends with code 0 and a converged energy of another structure."""
    wrong = run(tmp_path, spoilt(("nat=2", "nat=1")))
    assert wrong.code == 0
    assert wrong.fatal == ["positions_left"]


def test_a_shrinking_cell_goes_on_with_more_room(tmp_path: Path) -> None:
    text = spoilt(
        ("calculation='scf'", "calculation='vc-relax'"),
        ("10.26", "12.5"),
        ("&cell\n", "&cell\n cell_factor=1.0, press=2000\n"),
    )
    failed = run(tmp_path, text)
    assert failed.fatal == ["cell_factor"]
    good = failed.remedied()
    assert good.fatal == []
    assert good.result.is_geometry_converged is True


def test_a_relaxation_out_of_steps_is_given_more(tmp_path: Path) -> None:
    text = spoilt(
        ("calculation='scf'", "calculation='relax', nstep=1"),
        (SECOND, "Si 0.27 0.25 0.25"),
    )
    failed = run(tmp_path, text)
    assert failed.fatal == ["steps"]
    assert failed.result.grade is Grade.NOT_CONVERGED
    assert failed.remedied().result.grade is Grade.CONVERGED


def test_a_run_out_of_its_seconds_goes_on(tmp_path: Path) -> None:
    text = spoilt(
        ("outdir='./'", "outdir='./', max_seconds=0.01"), (MESH, "6 6 6 1 1 1")
    )
    failed = run(tmp_path, text)
    assert failed.fatal == ["time"]
    assert failed.result.is_normal_end is False
    assert failed.remedied(1).result.grade is Grade.CONVERGED


def test_bands_without_the_data_of_an_scf_are_refused_by_name(tmp_path: Path) -> None:
    nscf = spoilt(("'scf'", "'nscf'"))
    assert run(tmp_path, nscf).fatal == ["data_missing"]
    assert run(tmp_path, SILICON).fatal == []
    good = run(tmp_path, nscf)
    assert (good.fatal, good.result.grade) == ([], Grade.CONVERGED)


def test_a_charge_density_that_is_gone_or_damaged_is_named(tmp_path: Path) -> None:
    run(tmp_path, SILICON)
    density = tmp_path / "si.save" / "charge-density.dat"
    density.write_bytes(b"rubbish")
    again = run(tmp_path, spoilt((THRESHOLD, f"{THRESHOLD}, startingpot='file'")))
    assert again.fatal == ["density_unreadable"]
    density.unlink()
    # pw.x takes atomic densities, ends with code 0, and says so in one line.
    silent = run(tmp_path, spoilt(("'scf'", "'nscf'")))
    assert (silent.code, silent.fatal) == (0, ["density_missing"])
    assert again.remedied().result.grade is Grade.CONVERGED


def test_failures_of_phonons_are_named_and_remedied(tmp_path: Path) -> None:
    metal = changed(
        ALUMINIUM, (CUTOFF, f"{CUTOFF}, occupations='smearing', degauss=.05")
    )
    run(tmp_path, metal, name="scf")
    text = "Al\n&inputph\n prefix='al', outdir='./', epsil=.true.\n/\n0 0 0\n"
    field = run(tmp_path, text, "ph.x")
    assert field.fatal == ["field_in_metal"]
    good = field.remedied()
    assert (good.fatal, good.result.grade) == ([], Grade.CONVERGED)
    few = changed(text, ("epsil=.true.", "niter_ph=1, tr2_ph=1e-20"))
    cut = run(tmp_path, few, "ph.x")
    assert cut.fatal == ["response"]
    assert cut.result.grade is Grade.NOT_CONVERGED
    unasked = run(tmp_path, changed(text, ("0 0 0\n", "")), "ph.x")
    assert unasked.fatal == ["q_missing"]


def test_the_routine_of_an_unknown_error_is_told(tmp_path: Path) -> None:
    text = spoilt((CUTOFF, f"{CUTOFF}, tot_charge=99"))
    failed: Run = run(tmp_path, text)
    assert failed.code != 0
    (finding,) = (one for one in failed.findings if one.fault.key == "unnamed")
    assert finding.facts["routine"]
    assert finding.facts["said"]
