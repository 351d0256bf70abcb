"""A VASP job whose POTCAR is made of a library where it runs. VASP is a stand-in."""

import hashlib
from pathlib import Path

from tests.harness import RunningDaemon

DATA = Path(__file__).resolve().parents[1] / "data"
INPUTS = {
    "INCAR": "ENCUT = 250\nISMEAR = 0\n",
    "POSCAR": "Si\n1.0\n0 2.7 2.7\n2.7 0 2.7\n2.7 2.7 0\nSi\n2\nDirect\n"
    "0 0 0\n0.25 0.25 0.25\n",
    "KPOINTS": "mesh\n0\nGamma\n2 2 2\n",
    "POTCAR.spec": "functional PBE_54\nSi\n",
}
DATASET = (
    "  PAW_PBE Si 01Jan2000\n   4.0\n   VRHFIN =Si: s2p2\n   LEXCH  = PE\n"
    "   TITEL  = PAW_PBE Si 01Jan2000\n   END of PSCTR-controll parameters\n"
    " End of Dataset\n"
)


def directory(daemon: RunningDaemon) -> Path:
    for name, text in INPUTS.items():
        written = daemon.write(f"si/{name}", text)
    return written.parent


def test_the_potcar_is_made_before_vasp_starts_and_stays_where_it_is(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    place = stopped_daemon.write("library/potpaw_PBE.54/Si/POTCAR", DATASET)
    daemon = stopped_daemon.start(VASP_PP_PATH=str(place.parents[2]))
    with daemon.connection() as connection:
        [submitted] = connection.submit_job(inputs=[str(directory(daemon))]).jobs
        connection.wait(submitted.job_id)
        job = connection.get_job_details(submitted.job_id)
    assert job.state == "completed", job.evidence
    assert job.energy_kind == "energy_sigma_zero"
    names = {file.name for file in job.files}
    assert {"inputs/POTCAR.spec", "outputs/potcar.out", "outputs/OUTCAR"} <= names
    assert not any(name.endswith("/POTCAR") for name in names)
    kept = [path for path in daemon.home.rglob("POTCAR") if path != place]
    assert kept == []


def test_the_plan_shows_the_step_in_one_line(stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    daemon = stopped_daemon.start(VASP_PP_PATH="/library")
    shown = daemon.crystalmath("explain", str(directory(daemon))).stdout
    [line] = [one for one in shown.splitlines() if "potcar: /bin/sh" in one]
    assert line.endswith("> potcar.out 2> potcar.err")
    assert "VASP_PP_PATH" in shown
    assert "TITEL" not in shown


def test_without_a_dataset_vasp_is_not_started(stopped_daemon: RunningDaemon) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    place = stopped_daemon.write("library/potpaw_PBE.54/O/POTCAR", DATASET)
    daemon = stopped_daemon.start(VASP_PP_PATH=str(place.parents[2]))
    with daemon.connection() as connection:
        [submitted] = connection.submit_job(inputs=[str(directory(daemon))]).jobs
        connection.wait(submitted.job_id)
        job = connection.get_job_details(submitted.job_id)
    assert job.state == "failed"
    names = {file.name for file in job.files}
    assert "outputs/potcar.err" in names
    assert "outputs/OUTCAR" not in names
    error = next(daemon.home.rglob("potcar.err")).read_text()
    assert "no dataset for Si" in error


def test_a_generated_input_knows_the_library_of_this_machine_and_runs(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    known = "   POMASS = 28.085; ZVAL = 4.000\n   ENMAX = 250.000; ENMIN = 180.0 eV\n"
    text = DATASET.replace("   END of", f"{known}   END of")
    place = stopped_daemon.write("library/potpaw_PBE.54/Si/POTCAR", text)
    daemon = stopped_daemon.start(VASP_PP_PATH=str(place.parents[2]))
    source = daemon.write("silicon.vasp", INPUTS["POSCAR"])
    directory = daemon.home / "made"
    words = ("--preset", "fast", "--potcar-sums", "-o", f"{directory}/")
    daemon.crystalmath("generate", "vasp", str(source), *words)
    assert "ENCUT = 250" in (directory / "INCAR").read_text()
    spec = (directory / "POTCAR.spec").read_text()
    assert hashlib.sha256(text.encode()).hexdigest() in spec
    with daemon.connection() as connection:
        [submitted] = connection.submit_job(inputs=[str(directory)]).jobs
        job = connection.wait(submitted.job_id)
    assert job.state == "completed", job.evidence
