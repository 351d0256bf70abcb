"""`metrics`, `daemon tasks` and `daemon backup`."""

from pathlib import Path

import msgspec

from crystalmath.exits import Exit
from crystalmath_protocol.system import (
    BackUpResult,
    DumpTasksResult,
    MetricsResult,
    Task,
)
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon

METRICS = "# TYPE crystalmath_jobs gauge\ncrystalmath_jobs 3\n# EOF\n"


def test_metrics_are_printed_as_they_came(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["metrics"] = lambda _: MetricsResult(text=METRICS)
    assert crystalmath("metrics").out == METRICS
    assert msgspec.json.decode(crystalmath("metrics", "--json").out) == {
        "text": METRICS
    }


def test_tasks_are_printed_with_their_stacks(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["dump_tasks"] = lambda _: DumpTasksResult(
        tasks=(Task(name="t1", stack=("a.py:1 f", "b.py:2 g")),),
        threads=(Task(name="main", stack=()),),
    )
    said = crystalmath("daemon", "tasks")
    assert said.out == "task t1\n    a.py:1 f\n    b.py:2 g\nthread main\n"
    assert "stack" in crystalmath("daemon", "tasks", "--json").out


def test_a_backup_is_named_with_its_size(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["back_up"] = lambda _: BackUpResult(path="/b/1.db", size_bytes=4096)
    assert crystalmath("daemon", "backup").out == "/b/1.db (4.0 KiB)\n"
    assert crystalmath("-q", "daemon", "backup").out == "/b/1.db\n"


def test_looking_at_the_daemon_starts_none(
    crystalmath: Command, tmp_path: Path
) -> None:
    for words in (["metrics"], ["daemon", "tasks"]):
        said = crystalmath("--socket", str(tmp_path / "d.sock"), *words)
        assert said.code == Exit.UNREACHABLE
