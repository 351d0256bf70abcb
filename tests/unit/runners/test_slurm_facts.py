"""What a cluster tells of itself and of its queue, as it was recorded."""

import pytest

from crystalmathd.models.clusters import ClusterFacts
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.schedulers.slurm_facts import parse_facts
from crystalmathd.runners.schedulers.slurm_tables import duration_s
from tests.unit.runners.answers import SLURM


def recorded(name: str) -> bytes:
    return (SLURM / name).read_bytes()


def test_a_recorded_cluster_is_understood() -> None:
    facts = parse_facts(recorded("22.05-look-over.txt"))
    assert facts.version == "22.05.8"
    assert facts.has_accounting is True
    assert facts.min_job_age_s == 300
    assert facts.problems == ()
    main, gpu, short = facts.partitions
    assert (main.name, main.is_default, main.nodes) == ("main", True, 4)
    assert (main.cores_per_node, main.memory_per_node_mb) == (4, 4000)
    assert (main.walltime_s, gpu.walltime_s, short.walltime_s) == (None, 86400, 60)


def test_nodes_of_several_kinds_are_one_partition() -> None:
    lines = (
        b"@@cm partitions\ncpu|up|1:00:00|10|64|250000+\ncpu|up|1:00:00|2|128|1000\n"
    )
    [cpu] = parse_facts(lines + b"@@cm partitions 0\n").partitions
    assert (cpu.nodes, cpu.cores_per_node, cpu.memory_per_node_mb) == (12, 128, 250000)


def test_what_cannot_be_told_is_said_and_not_guessed() -> None:
    error = "Unable to contact slurm controller"
    said = f"@@cm config\n{error}\n@@cm config 1\n@@cm accounting\n\n"
    facts = parse_facts(f"{said}@@cm accounting 124\n".encode())
    assert (facts.version, facts.min_job_age_s) == (None, None)
    assert facts.has_accounting is None
    assert facts.problems == (f"config: {error}", "accounting: exit code 124")


def test_accounting_that_is_off_is_no_problem() -> None:
    words = "Slurm accounting storage is disabled"
    said = f"@@cm accounting\n{words}\n@@cm accounting 1\n"
    facts = parse_facts(said.encode())
    assert facts.has_accounting is False
    assert facts.problems == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1-00:00:00", 86400),
        ("2:00:00", 7200),
        ("1:00", 60),
        ("infinite", None),
        ("n/a", None),
    ],
)
def test_a_limit_of_time_is_read(text: str, wanted: int | None) -> None:
    assert duration_s(text) == wanted


def test_a_recorded_queue_keeps_its_arrays_folded() -> None:
    queued = SlurmBatch().parse_queue(0, recorded("22.05-queue.txt"), b"")
    jobs = {one.name: one for one in queued}
    assert len(jobs) == 13
    assert jobs["array"].scheduler_id == "99_[1-100%5]"
    assert jobs["array"].n_tasks == 100
    runs, big = jobs["running-cm-t"], jobs["big-cm-q"]
    assert (runs.user, runs.partition, runs.state) == ("root", "main", "RUNNING")
    assert (runs.elapsed_s, runs.walltime_s) == (32, 1200)
    assert (big.nodes, big.cores, big.reason) == (4, 4, "Resources")
    assert big.estimated_start_ms == 1795794848000
    assert jobs["held-cm-g"].estimated_start_ms is None


def test_a_line_that_was_cut_or_is_noise_is_no_job() -> None:
    noise = b"motd\n12|root|main\n\xff\n"
    row = b"1|u|p|RUNNING|1|2K|0:01|1:00|N/A|N/A|None|a|b\n"
    [job] = SlurmBatch().parse_queue(0, noise + row, b"")
    assert (job.name, job.cores, job.reason) == ("a|b", 2000, None)


@pytest.mark.parametrize(
    ("job", "n_tasks"),
    [
        ("7", 1),
        ("7_3", 1),
        ("7_[1-9]", 9),
        ("7_[1-9:2,12%4]", 6),
        ("7_[1,4-5,...]", 4),
    ],
)
def test_the_tasks_of_an_array_are_counted(job: str, n_tasks: int) -> None:
    row = f"{job}|u|p|PENDING|1|1|0:00|1:00|N/A|N/A|Priority|a\n"
    [queued] = SlurmBatch().parse_queue(0, row.encode(), b"")
    assert queued.n_tasks == n_tasks


def test_a_queue_that_could_not_be_listed_is_not_empty() -> None:
    with pytest.raises(ValueError, match="Socket timed out"):
        SlurmBatch().parse_queue(1, b"", b"slurm_load_jobs error: Socket timed out")


def test_no_slurm_is_no_fact() -> None:
    before = ClusterFacts(checked_ms=1, home="/h", host="h", user="u")
    with pytest.raises(ValueError, match="sinfo: not found"):
        SlurmBatch().add_facts(before, 0, b"", b"sinfo: not found")
    with_facts = SlurmBatch().add_facts(before, 0, recorded("22.05-look-over.txt"), b"")
    assert with_facts.scheduler_version == "22.05.8"
    assert with_facts.home == "/h"
