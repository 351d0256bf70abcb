"""Real pw.x runs under the daemon: good, failing, cancelled, over their wall time."""

from pathlib import Path

import pytest

from crystalmath_protocol.jobs import JobDetails
from tests.harness import RunningDaemon

pytestmark = pytest.mark.espresso

CONTROL = "calculation='{calculation}', prefix='si', outdir='./out', tprnfor=.true."
SILICON = """&control
 {control}
/
&system
 ibrav=2, celldm(1)=10.20, nat=2, ntyp=1, ecutwfc={ecutwfc}{system}
/
&electrons
 conv_thr={conv_thr}
/
{ions}ATOMIC_SPECIES
 Si 28.086 {pseudo}
ATOMIC_POSITIONS alat
 Si 0.00 0.00 0.00
 Si {x} 0.25 0.25
{k_points}
"""
MESH = "K_POINTS automatic\n {n} {n} {n} 1 1 1"
PATH = "K_POINTS crystal_b\n3\n0.5 0.5 0.5 6\n0.0 0.0 0.0 6\n0.5 0.0 0.5 1"
BANDS = "&bands\n prefix='si', outdir='./out', filband='si.bands.dat'\n/\n"


def silicon(calculation: str = "scf", **changes: str) -> str:
    values = {
        "control": CONTROL.format(calculation=calculation),
        "ecutwfc": "18.0",
        "system": "",
        "conv_thr": "1.0d-8",
        "ions": "&ions\n/\n" if calculation == "relax" else "",
        "pseudo": "Si.pz-vbc.UPF",
        "x": "0.25",
        "k_points": MESH.format(n=2),
        **changes,
    }
    return SILICON.format(**values)


def run(daemon: RunningDaemon, text: str, **asked: object) -> JobDetails:
    path = daemon.write("si.in", text)
    with daemon.connection() as connection:
        submitted = connection.submit_job(inputs=[str(path)], **asked)  # type: ignore[arg-type]
        connection.wait(submitted.jobs[0].job_id)
        return connection.get_job_details(submitted.jobs[0].job_id)


def names(job: JobDetails) -> set[str]:
    return {file.name for file in job.files}


def test_an_scf_gives_the_energy_that_pw_prints(daemon: RunningDaemon) -> None:
    job = run(daemon, silicon())
    assert (job.state, job.grade) == ("completed", "converged"), job.evidence
    [result] = job.results
    assert result.headline_energy_kind == "free_energy"
    assert result.energy_unit == "Ry"
    assert result.energy_ev == pytest.approx(-215.0, abs=1.0)
    assert result.code_version is not None
    assert "outputs/si.save.data-file-schema.xml" in names(job)
    out = Path(job.directory, "outputs", "si.out").read_text()
    assert result.energy_source is not None
    line = out.splitlines()[result.energy_source.line - 1]
    assert line.startswith("!")
    assert f"{result.energy_as_printed:.8f}" in line


def test_two_ranks_give_the_same_energy(daemon: RunningDaemon) -> None:
    serial = run(daemon, silicon())
    parallel = run(daemon, silicon(), resources={"ranks": 2})
    assert parallel.plan.steps[0].launcher[0].endswith("mpirun")
    assert parallel.energy_ev == pytest.approx(serial.energy_ev, abs=1e-5)


def test_a_relaxation_ends_converged(daemon: RunningDaemon) -> None:
    job = run(daemon, silicon("relax", x="0.26"))
    assert (job.state, job.grade) == ("completed", "converged"), job.evidence
    assert job.results[0].is_geometry_converged is True
    assert (job.results[0].n_geometry_steps or 0) > 1


def test_bands_are_three_steps_in_one_scratch(daemon: RunningDaemon) -> None:
    bands = silicon("bands", k_points=PATH, system=", nbnd=8")
    job = run(
        daemon,
        silicon(),
        steps=[
            {"text": bands, "name": "si_path.in"},
            {"text": BANDS, "name": "si.bands.in", "program": "bands.x"},
        ],
    )
    assert job.state == "completed", (job.evidence, job.results)
    programs = [step.program for step in job.attempts[0].exits]
    assert programs == ["pw.x", "pw.x", "bands.x"]
    assert job.energy_ev is not None
    assert "outputs/si.bands.dat.gnu" in names(job)


def test_an_scf_that_does_not_converge_says_so(daemon: RunningDaemon) -> None:
    text = silicon(conv_thr="1.0d-14, electron_maxstep=3")
    job = run(daemon, text)
    assert (job.state, job.cause) == ("failed", "not_converged")
    assert job.attempts[0].exits[0].code == 2
    assert job.grade == "not_converged"


def test_a_mistake_in_the_input_is_told_in_the_programs_words(
    daemon: RunningDaemon,
) -> None:
    text = silicon(conv_thr="1.0d-8, conv_thrr=1.0d-8")
    job = run(daemon, text, force=["pw.unknown"])
    assert (job.state, job.cause) == ("failed", "code_error")
    assert "electrons" in (job.results[0].cause or "")
    assert job.energy_ev is None


def long_text() -> str:
    return silicon(k_points=MESH.format(n=12), ecutwfc="60.0", system=", nosym=.true.")


def test_a_run_over_its_wall_time_is_ended(daemon: RunningDaemon) -> None:
    job = run(daemon, long_text(), resources={"walltime_s": 2})
    assert (job.state, job.cause) == ("failed", "walltime")
    assert "outputs/si.out" in names(job)


def test_cancel_ends_every_rank(daemon: RunningDaemon) -> None:
    path = daemon.write("si.in", long_text())
    with daemon.connection() as connection:
        job_id = (
            connection.submit_job(inputs=[str(path)], resources={"ranks": 2})
            .jobs[0]
            .job_id
        )
        connection.fetch_job_log(job_id, wait_ms=20_000)
        answer = connection.cancel_job(job_id)
        assert (answer.state, answer.is_confirmed) == ("cancelled", True)
        token = connection.get_job_details(job_id).attempts[0].token
    mark = f"CRYSTALMATH_TOKEN={token}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        assert mark not in environ.split(b"\0"), entry
