"""`delete`: nothing goes without a word, and what went is told."""

import msgspec

from crystalmath.exits import Exit
from crystalmath_protocol.control import (
    DeleteJobParams,
    DeleteJobResult,
    RemovedScratch,
)
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import changed


def deleted(params: DeleteJobParams) -> DeleteJobResult:
    return DeleteJobResult(
        job_id=params.job_id,
        directory=f"/jobs/{params.job_id}",
        n_files=1 if params.job_id == "13" else 14,
        size_bytes=2 << 20,
        files_kept=params.keep_files,
    )


def test_without_a_terminal_nothing_is_deleted_unless_one_is_sure(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    said = crystalmath("delete", "12")
    assert said.code == Exit.USAGE
    assert "--yes" in said.err
    assert fake.calls == []


def test_what_was_removed_is_told(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["delete_job"] = deleted
    said = crystalmath("delete", "12", "13", "--yes")
    first, second = said.out.splitlines()
    assert first.startswith("job 12 is deleted, with 14 files (2.0 MiB) in /jobs/12.")
    assert second.startswith("job 13 is deleted, with 1 file (2.0 MiB) in /jobs/13.")
    assert first.endswith("Its number is not given again.")
    said = crystalmath("delete", "12", "--yes", "--json")
    assert msgspec.json.decode(said.out)["n_files"] == 14


def test_what_became_of_its_scratch_is_told(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def scratch(path: str, problem: str | None) -> RemovedScratch:
        return RemovedScratch(path=path, n_files=1, size_bytes=1, problem=problem)

    fake.answers["delete_job"] = lambda p: changed(
        deleted(p), scratches=(scratch("/s/1", None), scratch("/s/2", "no permission"))
    )
    lines = crystalmath("delete", "12", "--yes").out.splitlines()
    assert lines[1:] == [
        "its directory /s/1 is removed.",
        "its directory /s/2 is still there: no permission",
    ]


def test_files_that_were_kept_are_told(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["delete_job"] = deleted
    said = crystalmath("delete", "12", "--yes", "--keep-files")
    assert "is forgotten; 14 files (2.0 MiB) stay in /jobs/12." in said.out
    assert fake.asked("delete_job")[0].keep_files
