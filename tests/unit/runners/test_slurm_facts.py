"""What a cluster tells of itself and of its queue, as it was recorded."""

import pytest

from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_facts import walltime_s
from tests.unit.runners.answers import SLURM


def recorded(name: str) -> bytes:
    return (SLURM / name).read_bytes()


def test_a_recorded_cluster_is_understood() -> None:
    facts = Slurm().parse_facts(recorded("22.05-look-over.txt"))
    assert facts.version == "22.05.8"
    assert facts.has_accounting is True
    assert facts.min_job_age_s == 300
    assert facts.has_modules is False
    assert facts.executables == {"sh": "/usr/bin/sh", "pw.x": "/usr/bin/pw.x"}
    assert facts.problems == ()
    main, gpu, short = facts.partitions
    assert (main.name, main.is_default, main.nodes) == ("main", True, 4)
    assert (main.cores_per_node, main.memory_per_node_mb) == (4, 4000)
    assert (main.walltime_s, gpu.walltime_s, short.walltime_s) == (None, 86400, 60)


def test_nodes_of_several_kinds_are_one_partition() -> None:
    lines = (
        b"@@cm partitions\ncpu|up|1:00:00|10|64|250000+\ncpu|up|1:00:00|2|128|1000\n"
    )
    [cpu] = Slurm().parse_facts(lines + b"@@cm partitions 0\n").partitions
    assert (cpu.nodes, cpu.cores_per_node, cpu.memory_per_node_mb) == (12, 128, 250000)


def test_what_cannot_be_told_is_said_and_not_guessed() -> None:
    error = "Unable to contact slurm controller"
    said = f"@@cm config\n{error}\n@@cm config 1\n@@cm accounting\n\n"
    facts = Slurm().parse_facts(f"{said}@@cm accounting 124\n".encode())
    assert (facts.version, facts.min_job_age_s) == (None, None)
    assert facts.has_accounting is None
    assert facts.problems == (f"config: {error}", "accounting: exit code 124")


def test_accounting_that_is_off_is_no_problem() -> None:
    words = "Slurm accounting storage is disabled"
    said = f"@@cm accounting\n{words}\n@@cm accounting 1\n"
    facts = Slurm().parse_facts(said.encode())
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
    assert walltime_s(text) == wanted


def test_a_recorded_queue_keeps_its_arrays_folded() -> None:
    jobs = {one.name: one for one in Slurm().parse_queue(recorded("22.05-queue.txt"))}
    assert len(jobs) == 13
    assert jobs["array"].job == "99_[1-100%5]"
    runs, big = jobs["running-cm-t"], jobs["big-cm-q"]
    assert (runs.user, runs.partition, runs.state) == ("root", "main", "RUNNING")
    assert (runs.elapsed, runs.walltime) == ("0:32", "20:00")
    assert (big.nodes, big.cores, big.reason) == (4, 4, "Resources")
    assert big.start_ms == 1795794848000
    assert jobs["held-cm-g"].start_ms is None


def test_a_line_that_was_cut_or_is_noise_is_no_job() -> None:
    noise = b"motd\n12|root|main\n\xff\n"
    row = b"1|u|p|RUNNING|1|2K|0:01|1:00|N/A|N/A|None|a|b\n"
    [job] = Slurm().parse_queue(noise + row)
    assert (job.name, job.cores, job.submitted_ms) == ("a|b", 2000, None)
