"""Jobs through ssh and Slurm, as a user has them: real programs all the way."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.harness import RunningDaemon, deck, wait_until
from tests.real.conftest import PSEUDO
from tests.real.hpc import NAME, Hpc
from tests.real.slurm import SlurmCluster
from tests.real.test_espresso_jobs import BANDS, PATH, long_text, silicon

pytestmark = [pytest.mark.ssh, pytest.mark.slurm]


@pytest.fixture
def hpc(slurm: SlurmCluster) -> Iterator[Hpc]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    daemon.environ["ESPRESSO_PSEUDO"] = str(PSEUDO)
    cluster = Hpc(daemon, slurm)
    daemon.start()
    cluster.add(
        "--env", f"CRY_BIN_DIR={daemon.bin}",
        "--env", f"ESPRESSO_PSEUDO={PSEUDO}",
    )  # fmt: skip
    yield cluster
    log, wrong = daemon.log(), daemon.said_wrong()
    slurm.cancel_all()
    cluster.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


@pytest.mark.espresso
def test_silicon_has_the_same_energy_there_as_here(hpc: Hpc) -> None:
    there = hpc.run(silicon(), "si.in")
    here = hpc.run(silicon(), "si.in", cluster="local")
    assert (there.state, there.grade) == ("completed", "converged"), there.evidence
    assert there.energy_ev == here.energy_ev
    assert there.results[0].energy_as_printed == here.results[0].energy_as_printed
    assert there.plan.script is not None
    assert "#SBATCH --job-name=NAME-TOKEN" in there.plan.script
    out = Path(there.directory, "outputs", "si.out").read_text()
    assert f"{there.results[0].energy_as_printed:.8f}" in out


@pytest.mark.espresso
def test_it_is_watched_while_it_runs_there(hpc: Hpc) -> None:
    path = hpc.daemon.write("si.in", silicon(k_points="K_POINTS gamma"))
    done = hpc.daemon.crystalmath("submit", str(path), "-c", NAME, "--watch")
    cycles = [line for line in done.stdout.splitlines() if "cycle" in line]
    assert len(cycles) > 3
    assert "dE" in cycles[-1]
    assert "completed" in done.stdout


def test_the_cycles_of_later_geometries_are_seen_while_they_run_there(hpc: Hpc) -> None:
    """They stand in a second file, in the scratch directory of the job there."""
    text = deck("opt", POINTS=3, CYCLE_S=0.7)
    text = text.replace("BASISSET", "OPTGEOM\nENDOPT\nBASISSET")
    cycles: list[tuple[int, int]] = []
    seen_running: set[int] = set()
    state = ""
    with hpc.daemon.connection() as connection:
        job_id = hpc.submit(connection, text, "opt.d12")
        while state not in {"completed", "failed"}:
            progress = connection.fetch_job_progress(
                job_id, since_cycle=len(cycles), wait_ms=2000
            )
            state = progress.state
            cycles += [(one.geometry_step, one.number) for one in progress.cycles]
            if state == "running":
                seen_running |= {step for step, _ in cycles}
    assert cycles == [(point, number) for point in (1, 2, 3) for number in range(8)]
    assert 2 in seen_running


@pytest.mark.espresso
def test_bands_take_the_density_where_it_is(hpc: Hpc) -> None:
    with hpc.daemon.connection() as connection:
        scf = hpc.submit(connection, silicon(), "si.in")
        bands = silicon("bands", k_points=PATH, system=", nbnd=8")
        job_id = hpc.submit(
            connection,
            bands,
            "si_path.in",
            inputs_from=[{"job_id": scf, "role": "charge_density"}],
            steps=[{"text": BANDS, "name": "si.bands.in", "program": "bands.x"}],
        )
        hpc.ended(connection, scf)
        job = hpc.ended(connection, job_id)
    assert job.state == "completed", job.evidence
    names = {file.name for file in job.files}
    assert "outputs/si.bands.dat.gnu" in names
    # The density was put into the child's outdir there; here are no inputs of it.
    there = hpc.remote / job_id / "1" / "inputs"
    assert (there / "si_path.save.charge-density.dat").is_file()
    assert not Path(job.directory, "inputs").exists()


def test_geometry_and_wavefunction_come_home(hpc: Hpc) -> None:
    text = deck("opt", POINTS=2).replace("BASISSET", "OPTGEOM\nENDOPT\nBASISSET")
    gui = hpc.daemon.write("opt.gui", "3 1 1\n")
    job = hpc.run(text, "opt.d12", auxiliary=[{"path": str(gui)}])
    assert job.state == "completed", job.evidence
    roles = {file.role for file in job.files if file.is_here}
    assert {"wavefunction", "geometry", "geometry_history", "output"} <= roles
    with hpc.daemon.connection() as connection:
        again = hpc.submit(
            connection,
            deck("again").replace("SHRINK", "GUESSP\nSHRINK"),
            "again.d12",
            inputs_from=[{"job_id": job.job_id, "role": "wavefunction"}],
        )
        ended = hpc.ended(connection, again)
    assert ended.state == "completed", ended.evidence
    assert (hpc.remote / again / "1" / "inputs" / "again.f9").is_file()


def test_files_are_cleaned_by_their_role_and_only_then(hpc: Hpc) -> None:
    job = hpc.run(deck())
    there = hpc.remote / job.job_id / "1" / "outputs" / "mgo.f9"
    said = hpc.daemon.crystalmath("clean", job.job_id, "wavefunction", "--dry-run")
    assert "would be removed" in said.stdout
    assert there.is_file()
    said = hpc.daemon.crystalmath("clean", job.job_id, "wavefunction")
    assert "stays here" in said.stdout
    assert not there.exists()
    assert there.with_name("mgo.out").is_file()
    # A job that takes it gets the one that is here.
    text = deck("again").replace("SHRINK", "GUESSP\nSHRINK")
    source = {"job_id": job.job_id, "role": "wavefunction"}
    again = hpc.run(text, "again.d12", inputs_from=[source])
    assert again.state == "completed", again.evidence
    hpc.daemon.crystalmath("clean", job.job_id, "wavefunction", "--here")
    said = hpc.daemon.crystalmath(
        "clean", job.job_id, "wavefunction", "--here", check=False
    )
    assert "leaves no file in the role wavefunction" in said.stderr
    assert not Path(job.directory, "outputs", "mgo.f9").exists()


def test_what_is_large_stays_until_it_is_asked_for(hpc: Hpc) -> None:
    hpc.daemon.crystalmath("clusters", "set", NAME, "--fetch-limit", "0")
    job = hpc.run(deck())
    kept = {f.name: f for f in job.files if not f.is_here}
    assert "outputs/mgo.f9" in kept
    assert "outputs/mgo.out" not in kept, "what results are read from always comes"
    path = Path(job.directory, "outputs", "mgo.f9")
    assert not path.exists()
    said = hpc.daemon.crystalmath("log", job.job_id, "mgo.f9", check=False)
    assert f"crystalmath fetch {job.job_id} mgo.f9" in said.stderr
    hpc.daemon.crystalmath("fetch", job.job_id, "mgo.f9")
    assert path.stat().st_size == kept["outputs/mgo.f9"].size


def test_files_are_found_where_they_were_left_when_the_root_is_changed(
    hpc: Hpc,
) -> None:
    hpc.daemon.crystalmath("clusters", "set", NAME, "--fetch-limit", "0")
    first = hpc.run(deck())
    left = Path(str(first.attempts[-1].remote_directory))
    other = hpc.server.home / "elsewhere"
    hpc.daemon.crystalmath("clusters", "set", NAME, "--root", str(other))
    second = hpc.run(deck("again"))
    assert str(second.attempts[-1].remote_directory).startswith(str(other))
    hpc.daemon.crystalmath("fetch", first.job_id, "mgo.f9")
    hpc.daemon.crystalmath("delete", first.job_id, "--yes")
    assert not left.exists()
    assert other.is_dir()


def test_who_follows_a_file_there_goes_on_when_the_cluster_is_changed(hpc: Hpc) -> None:
    with hpc.daemon.connection() as connection:
        job_id = hpc.submit(connection, deck(CYCLES=30, CYCLE_S=0.5))
        with ThreadPoolExecutor(1) as side:
            following = side.submit(hpc.daemon.crystalmath, "log", "-f", job_id)
            wait_until(
                lambda: connection.get_job_details(job_id).state == "running", 60
            )
            for limit in ("1", "2"):
                time.sleep(3)  # rounds of reading, between the changes
                words = ("--fetch-limit", limit)
                hpc.daemon.crystalmath("clusters", "set", NAME, *words)
            job = hpc.ended(connection, job_id)
            followed = following.result(60).stdout
    assert job.state == "completed", job.evidence
    assert followed == hpc.daemon.crystalmath("log", job_id).stdout
    assert not any("nobody looks" in seen.text for seen in job.evidence)


def test_a_batch_system_is_found_where_a_login_finds_it(slurm: SlurmCluster) -> None:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    cluster = Hpc(daemon, None)
    bashrc = f"echo welcome\nexport PATH={slurm.bin}:/usr/bin:/bin\n"
    (cluster.server.home / ".bashrc").write_text(bashrc)
    daemon.start()
    words = ("--poll", "1s", "--env", f"CRY_BIN_DIR={daemon.bin}")
    try:
        daemon.crystalmath("clusters", "add", NAME, *words)
        job = cluster.run(deck())
        assert job.state == "completed", job.evidence
        assert job.plan.scheduler == "slurm"
    finally:
        cluster.close()
        daemon.close()


def test_a_plain_mistake_is_refused_in_the_words_of_the_site(hpc: Hpc) -> None:
    for queue, word in (
        ({"partition": "nonsense"}, "partition"),
        ({"account": "nobody"}, "account"),
    ):
        job = hpc.run(deck(), resources={"queue": queue})
        assert (job.state, job.cause) == ("failed", "refused_by_scheduler")
        assert word in job.evidence[-1].text.lower()
        assert (job.ended_ms or 0) - job.created_ms < 5000
    job = hpc.run(deck(), resources={"memory_mb": 900_000})
    assert (job.state, job.cause) == ("failed", "refused_by_scheduler")


def test_a_directive_is_not_smuggled_into_the_script(hpc: Hpc) -> None:
    done = hpc.daemon.crystalmath(
        "submit", str(hpc.daemon.write("mgo.d12", deck())), "-c", NAME,
        "--partition", "main\n#SBATCH --uid=0", check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "partition" in done.stderr


def test_a_job_that_is_cancelled_by_hand_says_by_whom(
    hpc: Hpc, slurm: SlurmCluster
) -> None:
    with hpc.daemon.connection() as connection:
        job_id = hpc.submit(connection, deck(CYCLE_S=1, CYCLES=500))
        wait_until(
            lambda: connection.fetch_job_progress(job_id, wait_ms=500).n_cycles, 60
        )
        number = connection.get_job_details(job_id).attempts[0].scheduler_id
        slurm.run("scancel", str(number))
        job = hpc.ended(connection, job_id)
    assert (job.state, job.cause) == ("cancelled", "cancelled_elsewhere"), job.evidence
    assert "the scheduler says CANCELLED" in job.evidence[-1].text
    assert any(f.name == "outputs/mgo.out" and f.is_here for f in job.files)


def test_cancel_ends_what_waits_and_what_runs(hpc: Hpc, slurm: SlurmCluster) -> None:
    with hpc.daemon.connection() as connection:
        held = hpc.submit(
            connection, deck(), resources={"queue": {"directives": ["--hold"]}}
        )
        runs = hpc.submit(connection, deck(CYCLE_S=1, CYCLES=500))
        wait_until(
            lambda: connection.fetch_job_progress(runs, wait_ms=500).n_cycles, 60
        )
        wait_until(lambda: "held" in why(hpc, held), 30, why(hpc, held))
        for job_id in (held, runs):
            answer = connection.cancel_job(job_id, wait_ms=30_000)
            assert (answer.state, answer.is_confirmed) == ("cancelled", True)
    assert slurm.run("squeue", "-h", "-t", "PD,R").strip() == ""


def why(hpc: Hpc, job_id: str) -> str:
    return hpc.daemon.crystalmath("why", job_id).stdout


@pytest.mark.espresso
def test_the_wall_time_leaves_what_a_restart_needs(hpc: Hpc) -> None:
    limits = {"walltime_s": 60, "memory_mb": 2000}
    job = hpc.run(long_text(), "si.in", resources=limits)
    assert (job.state, job.cause) == ("failed", "walltime"), job.evidence
    out = Path(job.directory, "outputs", "si.out").read_text()
    assert "stopped by user" in out.lower() or "maximum cpu time" in out.lower()
    assert job.grade != "converged"
    restart = {file.name for file in job.files if file.role == "restart"}
    assert any(name.startswith("outputs/out/si.") for name in restart), job.files
