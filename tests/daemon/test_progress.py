"""How far a job is, while it runs: percent, what the SCF does, what is to come."""

from crystalmath import Connection
from crystalmath_protocol.jobs import FetchJobProgressResult
from tests.daemon.test_jobs import VASP_INPUTS
from tests.harness import DATA, START_S, RunningDaemon, deck, submit, wait_until


def optimisation(**standin: object) -> str:
    lines = deck(**standin).split("\n")
    lines.insert(lines.index("BASISSET"), "OPTGEOM\nENDOPT")
    return "\n".join(lines)


def wait_for(connection: Connection, job_id: str, what: str) -> FetchJobProgressResult:
    """Wait until a field of the progress is known."""
    seen: list[FetchJobProgressResult] = []

    def is_there() -> bool:
        progress = connection.fetch_job_progress(job_id, wait_ms=200)
        seen.append(progress)
        return getattr(progress, what) is not None

    wait_until(is_there, START_S, f"no {what}")
    return seen[-1]


def test_the_cycles_of_every_geometry_come_from_the_log_beside_the_output(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, optimisation(CYCLE_S=0.05, POINTS=3))
    cycles: list[tuple[int, int]] = []
    while True:
        progress = connection.fetch_job_progress(
            job_id, since_cycle=len(cycles), wait_ms=1000
        )
        cycles += [(one.geometry_step, one.number) for one in progress.cycles]
        if progress.state == "completed":
            break
    assert cycles == [(point, number) for point in (1, 2, 3) for number in range(8)]
    assert progress.geometry is not None
    assert progress.geometry.number == 3


def test_somebody_who_comes_after_the_end_sees_the_same_cycles(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, optimisation(POINTS=3))
    assert connection.wait(job_id).state == "completed"
    cycles = connection.fetch_job_progress(job_id).cycles
    expected = [(point, number) for point in (1, 2, 3) for number in range(8)]
    assert [(one.geometry_step, one.number) for one in cycles] == expected


def test_a_running_scf_has_a_percentage_a_pattern_and_a_forecast(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck(CYCLE_S=0.3, CYCLES=30))
    progress = wait_for(connection, job_id, "percent")
    assert progress.forecast is not None
    assert progress.forecast.cycles is not None
    assert progress.percent_basis is not None
    assert f"of about {progress.forecast.cycles} of this SCF" in progress.percent_basis
    assert progress.pattern is not None
    assert 0 <= (progress.percent or 0) < 100
    connection.cancel_job(job_id)
    assert connection.fetch_job_progress(job_id).forecast is None


def test_a_job_that_is_too_long_for_its_wall_time_is_said_not_to_finish(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(
        daemon, connection, deck(CYCLE_S=2.0, CYCLES=30), resources={"walltime_s": 8}
    )

    def is_warned() -> bool:
        forecast = connection.fetch_job_progress(job_id, wait_ms=200).forecast
        return forecast is not None and forecast.will_finish is False

    wait_until(is_warned, START_S, "no warning")


def test_the_limits_of_vasp_come_from_outcar_beside_its_output(
    stopped_daemon: RunningDaemon,
) -> None:
    stopped_daemon.install_stand_in("vasp_std", source=DATA / "vasp" / "stand_in.py")
    daemon = stopped_daemon.start()
    for name, text in VASP_INPUTS.items():
        directory = daemon.write(f"si/{name}", text).parent
    with daemon.connection() as connection:
        [submitted] = connection.submit_job(inputs=[str(directory)]).jobs
        connection.wait(submitted.job_id)
        progress = connection.fetch_job_progress(submitted.job_id)
    assert progress.max_cycles == 60
    assert progress.scf_threshold_ev == 1e-5
    assert [cycle.number for cycle in progress.cycles] == [1, 2, 3, 4, 5]
