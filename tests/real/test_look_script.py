"""The look at many attempts under a real shell: Slurm's commands say odd things."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from crystalmathd.models.observations import (
    Absent,
    Alive,
    NeverStarted,
    Observation,
    Terminated,
    Unknown,
)
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.slurm import CHUNK, Slurm

SINCE_MS = 1795790000000
TIMES = "2026-11-27T15:00:00|2026-11-27T15:00:00|2026-11-27T15:10:00|n1"
SACCT = f"""
for word; do
    case $word in
    --jobs=*) list=${{word#*=}} by=id ;;
    --name=*) list=${{word#*=}} by=name ;;
    esac
done
IFS=,
for one in $list; do
    if [ "$by" = id ]; then echo "$one|s-cm-$one|COMPLETED|{TIMES}|0:0"
    else echo "1${{one#s-cm-}}|$one|TIMEOUT|{TIMES}|0:0"; fi
done
"""


class Site:
    """A directory of commands, each of which writes down how it was called."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bin = home / "bin"
        self.bin.mkdir()
        for name in ("squeue", "sacct", "scontrol"):
            self.install(name, "exit 1")

    def install(self, name: str, script: str) -> None:
        path = self.bin / name
        ledger = f'echo "{name} $*" >>"{self.home}/calls"'
        path.write_text(f"#!/bin/sh\n{ledger}\n{script}\n")
        path.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        lines = (self.home / "calls").read_text().splitlines()
        return [line for line in lines if line.startswith(f"{name} ")]

    def place(self, number: int, *left: str, job: bool = False) -> Place:
        """Make an attempt's directory with what is left in its `run/`."""
        directory = self.home / "jobs" / str(number)
        for name in left:
            (directory / "run" / name).mkdir(parents=True)
        return Place(
            directory=str(directory),
            token=f"cm-{number}",
            queue_name=f"s-cm-{number}",
            since_ms=SINCE_MS,
            scheduler_id=str(number) if job else None,
        )

    def look(self, places: list[Place], **environ: str) -> Mapping[str, Observation]:
        slurm = Slurm(path=(str(self.bin),))
        command = slurm.look_command(places)
        done = subprocess.run(
            command.arguments,
            input=command.stdin,
            env={"PATH": "/usr/bin:/bin"} | environ,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return slurm.parse_look(places, done.returncode, done.stdout, done.stderr)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_where_all_are_active_nothing_but_squeue_is_asked(site: Site) -> None:
    row = f"|RUNNING|{TIMES}|None"
    rows = "\n".join(f"echo '{n}|s-cm-{n}{row}'" for n in range(200))
    site.install("squeue", rows)
    seen = site.look([site.place(n) for n in range(200)])
    assert all(isinstance(one, Alive) for one in seen.values())
    assert len((site.home / "calls").read_text().splitlines()) == 1


def test_the_accounting_is_asked_about_a_hundred_at_once(site: Site) -> None:
    site.install("squeue", "exit 0")
    site.install("sacct", SACCT)
    places = [site.place(n, ".submit", job=n % 2 == 1) for n in range(450)]
    seen = site.look(places)
    for number, place in enumerate(places):
        found = seen[place.token]
        assert isinstance(found, Terminated)
        assert found.raw == ("COMPLETED" if number % 2 else "TIMEOUT")
    lists = [line.rpartition("=")[2].partition(" ")[0] for line in site.calls("sacct")]
    asked = [len(one.split(",")) for one in lists]
    assert max(asked) == CHUNK
    assert sum(asked) == 450
    assert len(asked) == 6


def test_accounting_that_is_off_is_asked_once_and_then_the_controller(
    site: Site,
) -> None:
    site.install("squeue", "exit 0")
    site.install("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1")
    places = [site.place(n, ".submit", job=True) for n in range(150)]
    seen = site.look(places)
    assert all(isinstance(one, Absent) for one in seen.values())
    assert len(site.calls("sacct")) == 1
    assert len(site.calls("scontrol")) == CHUNK


@pytest.mark.parametrize(
    "script",
    ["exit 1", "echo 'squeue: error: no' >&2; exit 1", "kill -9 $$", "exec /no/such"],
)
def test_a_squeue_that_fails_makes_nothing_known(site: Site, script: str) -> None:
    site.install("squeue", script)
    seen = site.look([site.place(1, ".submit"), site.place(2, "other")])
    assert {type(one) for one in seen.values()} == {Unknown}


def test_the_settings_of_a_person_change_no_question(site: Site) -> None:
    site.install("squeue", 'env | grep -q "SQUEUE_\\|SLURM_TIME" && exit 1; exit 0')
    seen = site.look(
        [site.place(1, "other")],
        SQUEUE_STATES="COMPLETED",
        SQUEUE_FORMAT="%i",
        SLURM_TIME_FORMAT="relative",
    )
    assert isinstance(seen["cm-1"], NeverStarted)


def test_a_machine_without_awk_makes_nothing_known(site: Site) -> None:
    site.install("squeue", "exit 0")
    for name in ("sh", "id", "date", "cat", "timeout"):
        (site.bin / name).symlink_to(str(shutil.which(name)))
    seen = site.look([site.place(1, "other")], PATH="/nowhere")
    assert isinstance(seen["cm-1"], Unknown)


def test_a_directory_that_is_gone_is_not_read_as_never_started(site: Site) -> None:
    site.install("squeue", "exit 0")
    site.install("sacct", "exit 0")
    assert isinstance(site.look([site.place(1)])["cm-1"], Unknown)
