"""Each kind of calculation, run with the real programs, gives the right Result."""

from dataclasses import replace
from pathlib import Path

import pytest

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.espresso import Espresso
from crystalmathd.codes.espresso.cells import celldm, lattice_a
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.models.plans import Parallelism
from crystalmathd.models.restarts import LeftFile, RestartOption
from crystalmathd.models.results import Grade
from crystalmathd.units import EV_PER_RYDBERG
from tests.real.espresso_runs import SILICON, Run, changed, run

pytestmark = pytest.mark.espresso

FORCED = ("outdir='./'", "outdir='./', tprnfor=.true., tstress=.true.")
MOVED = ("Si 0.25 0.25 0.25", "Si 0.26 0.25 0.25")
WIDER = ("ecutwfc=10", "ecutwfc=10, nbnd=8")
PATH = "K_POINTS crystal_b\n3\n0.5 0.5 0.5 4\n0 0 0 4\n0.5 0 0.5 1"


def as_kind(kind: str, *pairs: tuple[str, str]) -> str:
    return changed(SILICON, ("'scf'", f"'{kind}'"), *pairs)


def test_an_scf_tells_all_that_pw_knows(tmp_path: Path) -> None:
    result = run(tmp_path, as_kind("scf", FORCED, MOVED, WIDER)).result
    assert (result.calculation, result.grade) == ("scf", Grade.CONVERGED)
    assert result.functional == "SLA PZ NOGX NOGC"
    assert result.formula == "Si2"
    assert (result.n_electrons, result.cell_charge, result.spin) == (8, 0, "restricted")
    assert result.kpoint_mesh == (2, 2, 2)
    assert (result.n_ranks, result.code_version) == (1, "6.7MaX")
    parts = ("one_electron", "hartree", "exchange_correlation", "ewald")
    total = sum(result.energies_ev[kind] for kind in parts)
    assert total == pytest.approx(result.energy_ev, abs=3e-8 * EV_PER_RYDBERG)
    assert len(result.forces_ev_a) == 2
    assert sum(force[0] for force in result.forces_ev_a) == pytest.approx(0, abs=1e-6)
    assert abs(result.forces_ev_a[0][0]) > 0.1
    assert result.stress_gpa is not None
    trace = sum(result.stress_gpa[n][n] for n in range(3)) / 3
    assert trace == pytest.approx(result.pressure_gpa, abs=2e-3)
    assert result.bands is not None
    assert len(result.bands.energies_ev[0]) == result.n_kpoints
    assert result.gaps[0].gap_ev > 0
    assert result.max_memory_mb
    assert result.wall_time_s


def test_a_relaxation_ends_at_the_ideal_place(tmp_path: Path) -> None:
    result = run(tmp_path, as_kind("relax", MOVED)).result
    assert (result.calculation, result.grade) == ("optimisation", Grade.CONVERGED)
    final, first = result.final_structure, result.initial_structure
    assert final is not None
    assert first is not None
    moved = [b - a for a, b in zip(*final.positions_a, strict=True)]
    assert moved == pytest.approx([moved[1]] * 3, abs=0.01)
    assert first.positions_a[1][0] - first.positions_a[1][1] > 0.05
    energies = [step.energy_ev for step in result.steps]
    assert energies[-1] == result.energy_ev == min(e for e in energies if e)
    assert all(len(step.forces_ev_a) == 2 for step in result.steps)
    assert {m.name for m in result.criteria} >= {"energy", "max_force"}
    assert all(m.is_met for m in result.criteria)


def test_a_relaxed_cell_has_its_own_static_run(tmp_path: Path) -> None:
    result = run(tmp_path, as_kind("vc-relax", ("10.26", "10.9"))).result
    assert result.calculation == "optimisation"
    assert result.is_geometry_converged is True
    assert len(result.steps) == (result.n_geometry_steps or 0) + 1
    final, first = result.final_structure, result.initial_structure
    assert final is not None
    assert first is not None
    assert (final.volume_a3 or 0) < (first.volume_a3 or 0)
    # So low a cutoff changes the number of plane waves: the stress is not zero then.
    assert result.grade is Grade.LOOSE
    assert result.flags == ("final_scf_outside_thresholds",)
    near = run(tmp_path, as_kind("vc-relax", ("10.26", "10.5"))).result
    assert (near.grade, near.flags) == (Grade.CONVERGED, ())


def test_bands_and_densities_of_states_follow_an_scf(tmp_path: Path) -> None:
    scf = run(tmp_path, as_kind("scf", WIDER)).result
    own = "prefix='si', outdir='./'"
    nscf = as_kind(
        "nscf", ("ecutwfc=10", "ecutwfc=10, nbnd=8, occupations='tetrahedra'")
    )
    dense = run(tmp_path, changed(nscf, ("2 2 2 0 0 0", "4 4 4 0 0 0")), name="nscf")
    assert (dense.result.calculation, dense.result.grade) == ("nscf", Grade.CONVERGED)
    assert dense.result.kpoint_mesh == (4, 4, 4)
    assert dense.result.fermi_energy_ev is not None
    dos = run(tmp_path, f"&dos\n {own}, deltae=0.5\n/\n", "dos.x", name="dos").result
    assert dos.dos is not None
    assert dos.dos.fermi_ev == pytest.approx(dense.result.fermi_energy_ev, abs=1e-3)
    text = f"&projwfc\n {own}, deltae=0.5\n/\n"
    projected = run(tmp_path, text, "projwfc.x", name="projwfc").result
    (charges,) = projected.charges
    assert sum(charges.electrons) == pytest.approx(8, abs=0.1)
    assert projected.dos is not None
    names = [curve.name for curve in projected.dos.curves]
    assert names == ["total", "Si1 s", "Si1 p", "Si2 s", "Si2 p"]
    path = as_kind("bands", WIDER).replace("K_POINTS automatic\n2 2 2 0 0 0", PATH)
    bands = run(tmp_path, path, name="path").result
    assert (bands.calculation, bands.grade) == ("bands", Grade.CONVERGED)
    assert bands.bands is not None
    assert len(bands.bands.energies_ev[0]) == 9
    assert bands.bands.kpoints[4] == pytest.approx((0, 0, 0), abs=1e-6)
    plotted = run(tmp_path, f"&bands\n {own}\n/\n", "bands.x", name="bands").result
    assert plotted.bands is not None
    assert plotted.bands.labels[1].name == "Γ"
    for ours, theirs in zip(
        plotted.bands.energies_ev[0], bands.bands.energies_ev[0], strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-3)
    assert scf.bands is not None
    assert scf.bands.energies_ev[0][0][0] == pytest.approx(
        bands.bands.energies_ev[0][4][0], abs=1e-3
    )


def test_phonons_at_gamma_have_all_modes_and_the_response(tmp_path: Path) -> None:
    run(tmp_path, as_kind("scf", MOVED), name="scf")
    run(tmp_path, SILICON, name="scf")
    text = "Si\n&inputph\n prefix='si', outdir='./', epsil=.true.\n/\n0 0 0\n"
    result = run(tmp_path, text, "ph.x", name="ph").result
    assert (result.calculation, result.grade) == ("phonons", Grade.CONVERGED)
    vibrations = result.vibrations
    assert vibrations is not None
    (gamma,) = vibrations.points
    assert len(gamma.modes) == 6
    assert all(mode.is_raman_active for mode in gamma.modes[3:])
    assert gamma.modes[-1].frequency_cm == pytest.approx(530, abs=60)
    assert len(vibrations.born_charges) == 2
    assert result.dielectric is not None
    assert result.dielectric.electronic is not None
    assert result.dielectric.electronic[0][0] > 10
    same = "&input\n fildyn='matdyn'\n/\n"
    diagonal = run(tmp_path, same, "dynmat.x", name="dynmat").result
    assert diagonal.vibrations is not None
    frequencies = [mode.frequency_cm for mode in diagonal.vibrations.points[0].modes]
    assert frequencies[-1] == pytest.approx(gamma.modes[-1].frequency_cm, abs=0.01)


LATTICES = {
    1: "",
    2: "",
    3: "",
    -3: "",
    4: "celldm(3)=1.6",
    5: "celldm(4)=0.5",
    -5: "celldm(4)=0.4",
    6: "celldm(3)=1.3",
    7: "celldm(3)=1.3",
    8: "celldm(2)=1.2, celldm(3)=1.3",
    9: "celldm(2)=1.2, celldm(3)=1.3",
    -9: "celldm(2)=1.2, celldm(3)=1.3",
    91: "celldm(2)=1.2, celldm(3)=1.3",
    10: "celldm(2)=1.2, celldm(3)=1.3",
    11: "celldm(2)=1.2, celldm(3)=1.3",
    12: "celldm(2)=1.2, celldm(3)=1.3, celldm(4)=0.2",
    -12: "celldm(2)=1.2, celldm(3)=1.3, celldm(5)=0.2",
    13: "celldm(2)=1.2, celldm(3)=1.3, celldm(4)=0.2",
    -13: "celldm(2)=1.2, celldm(3)=1.3, celldm(5)=0.2",
    14: "celldm(2)=1.2, celldm(3)=1.3, celldm(4)=.1, celldm(5)=.2, celldm(6)=.3",
}


@pytest.mark.parametrize("ibrav", LATTICES)
def test_the_cell_of_every_lattice_is_the_one_that_pw_prints(
    tmp_path: Path, ibrav: int
) -> None:
    more = f", {LATTICES[ibrav]}" if LATTICES[ibrav] else ""
    text = f"""&control
 outdir='./'
/
&system
 ibrav={ibrav}, celldm(1)=7.0{more}, nat=1, ntyp=1, ecutwfc=4, nosym=.true.
/
&electrons
 electron_maxstep=1
/
ATOMIC_SPECIES
H 1 H.pz-vbc.UPF
ATOMIC_POSITIONS alat
H 0.1 0.2 0.3
K_POINTS gamma
"""
    (tmp_path / "pwscf.EXIT").write_text("")
    printed = run(tmp_path, text).result.initial_structure
    assert printed is not None
    ours = meaning(text).structure
    assert ours is not None
    for row, twin in zip(ours.lattice_a, printed.lattice_a, strict=True):
        assert row == pytest.approx(twin, abs=1e-5)
    assert ours.positions_a[0] == pytest.approx(printed.positions_a[0], abs=1e-6)
    assert lattice_a(ibrav, celldm({"celldm(1)": 0.0}, ibrav)) is None


# --- going on -----------------------------------------------------------------------


def options(one: Run, *left: str) -> dict[str, RestartOption]:
    """Return the ways to go on from a run that has left files of its save directory."""
    files = []
    for name in left:
        data = (one.directory / "si.save" / name).read_bytes()
        role = "charge_density" if name.startswith("charge") else "results"
        files.append(
            LeftFile(
                name=f"si.save.{name}",
                role=role,
                size=len(data),
                data=data,
                is_whole=True,
            )
        )
    ranks = Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason="")
    found = Espresso().restarts([one.step], ranks, [one.result], files)
    return {option.kind: option for option in found}


SAVED = ("charge-density.dat", "data-file-schema.xml")


def test_a_run_that_did_not_converge_goes_on_from_its_density(tmp_path: Path) -> None:
    text = as_kind("scf", ("conv_thr=1e-7", "conv_thr=1e-8, electron_maxstep=4"), MOVED)
    failed = run(tmp_path, text)
    assert failed.result.grade is Grade.NOT_CONVERGED
    way = options(failed, *SAVED)["charge_density"]
    assert way.is_offered, way.obstacles
    assert "the same cell" in way.checks
    again = run(tmp_path, way.inputs[0].text.decode())
    assert again.result.grade is Grade.CONVERGED
    scratch = run(
        tmp_path, changed(text, ("electron_maxstep=4", "electron_maxstep=50"))
    )
    assert (again.result.n_scf_cycles or 0) < (scratch.result.n_scf_cycles or 0)
    assert again.result.energy_ev == pytest.approx(scratch.result.energy_ev, abs=1e-5)


def test_a_density_that_does_not_fit_is_not_offered(tmp_path: Path) -> None:
    done = run(tmp_path, SILICON)
    for pair, words in (
        (("10.26", "10.0"), "another cell"),
        (("ecutwfc=10", "ecutwfc=12"), "another cutoff"),
        (("Si.pz-vbc.UPF", "Si.pbe-rrkj.UPF"), "species was"),
    ):
        text = changed(SILICON, pair).encode()
        step = StepRequest(program="pw.x", input=InputFile(name="a.in", text=text))
        way = options(replace(done, step=step), *SAVED)["charge_density"]
        assert not way.is_offered
        assert words in " ".join(way.obstacles)
    density = done.directory / "si.save" / "charge-density.dat"
    density.write_bytes(density.read_bytes()[:-40])
    way = options(done, *SAVED)["charge_density"]
    assert "cut off" in " ".join(way.obstacles)
    assert "has left no" in " ".join(options(done)["charge_density"].obstacles)


def test_a_relaxation_goes_on_from_its_best_geometry(tmp_path: Path) -> None:
    text = changed(as_kind("relax", MOVED), ("outdir='./'", "outdir='./', nstep=2"))
    failed = run(tmp_path, text)
    way = options(failed)["geometry"]
    assert way.is_offered, way.obstacles
    more = changed(way.inputs[0].text.decode(), ("nstep=2", "nstep=30"))
    again = run(tmp_path, more)
    assert again.result.grade is Grade.CONVERGED
    before, after = failed.result.steps[-1], again.result.steps[0]
    assert after.energy_ev == pytest.approx(before.energy_ev, abs=1e-4)
    assert not options(again)["geometry"].is_offered


def test_nothing_is_restarted_that_did_not_stop_in_good_order(tmp_path: Path) -> None:
    failed = run(tmp_path, as_kind("scf", ("conv_thr=1e-7", "electron_maxstep=2")))
    way = options(failed, *SAVED)["restart"]
    assert "did not stop in good order" in way.obstacles[0]
