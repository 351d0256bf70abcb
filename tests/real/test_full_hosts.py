"""Disks of a host that are full or may not be written: told, and waited out."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness import deck
from tests.real.far import Far
from tests.real.hpc import NAME
from tests.real.test_hostile_hosts import assert_all_completed, doubted_job, far

pytestmark = pytest.mark.ssh
__all__ = ["far"]


@contextmanager
def small_disk(place: Path, size: str, *options: str) -> Iterator[Path]:
    """Mount a file system of its own at a place."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    place.mkdir(exist_ok=True)
    mounted = ",".join([f"size={size}", *options])
    command = ["mount", "-t", "tmpfs", "-o", mounted, "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True, capture_output=True)


def fill(place: Path) -> Path:
    """Take all the room that there is; return what takes it."""
    ballast = place / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        return ballast


def test_a_full_disk_there_is_waited_out(far: Far) -> None:
    with small_disk(far.daemon.home / "small", "1m") as place:
        ballast = fill(place)
        far.daemon.start()
        far.daemon.crystalmath("clusters", "set", NAME, "--root", f"{place}/root")
        with far.daemon.connection() as connection:
            job_id = doubted_job(far, connection)
            said = far.said("why", job_id)
            assert "No space left on device" in said
            said = far.said("clusters", "test", NAME)
            assert "nothing can be written in " in said
            assert "No space left on device" in said
            assert f"make room in {place}" in said
            assert f"`crystalmath clusters set {NAME} --root DIRECTORY`" in said
            job = connection.get_job_details(job_id)
            assert job.state == "starting"
            ballast.unlink()
            assert_all_completed(far, connection)
            assert connection.get_job_details(job_id).attempts[0].number == 1


def test_a_scratch_without_room_fails_the_job_in_the_words_of_the_system(
    far: Far,
) -> None:
    with small_disk(far.daemon.home / "small", "64k") as place:
        ballast = fill(place)
        far.daemon.start()
        far.daemon.crystalmath("clusters", "set", NAME, "--scratch", f"{place}/s")
        with far.daemon.connection() as connection:
            job_id = far.submit(connection, deck())
            job = far.ended(connection, job_id)
            assert job.state == "failed"
            assert job.cause in {"staging", "scratch_full"}, job.evidence
            assert "No space left on device" in job.evidence[-1].text
            assert f"`crystalmath retry {job_id}` runs it again." in far.said(
                "why", job_id
            )
            ballast.unlink()
            connection.retry_job(job_id)
            assert far.ended(connection, job_id).state == "completed"


def test_a_home_that_cannot_be_written(far: Far) -> None:
    home = far.server.home
    with small_disk(home, "1m", "ro"):
        far.daemon.start()
        with far.daemon.connection() as connection:
            said = far.said("clusters", "test", NAME)
            assert f"nothing can be written in {home}: Read-only file system" in said
            assert f"`crystalmath clusters set {NAME} --root DIRECTORY`" in said
            job_id = far.submit(connection, deck())
            job = far.ended(connection, job_id)
            assert (job.state, job.cause) == ("failed", "staging")
            assert job.evidence[-1].text.endswith("Read-only file system")
            elsewhere = str(far.daemon.home / "elsewhere")
            far.daemon.crystalmath(
                "clusters", "set", NAME,
                "--root", elsewhere, "--scratch", f"{elsewhere}/scratch",
            )  # fmt: skip
            assert "fail" not in far.said("clusters", "test", NAME)
            again = far.submit(connection, deck())
            assert far.ended(connection, again).state == "completed"
