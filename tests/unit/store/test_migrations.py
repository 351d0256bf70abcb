"""Stores that earlier releases have written: they are brought up to date for ever."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from crystalmathd.models.jobs import JobState
from crystalmathd.store.attempts import artefacts_of, attempts_of, results_of
from crystalmathd.store.clusters import all_clusters
from crystalmathd.store.copies import faults_of
from crystalmathd.store.jobs import (
    JobFilter,
    all_numbers,
    find_inputs,
    find_plan,
    page_of_jobs,
)
from crystalmathd.store.queue import queued_jobs
from crystalmathd.store.results import Question, ask
from crystalmathd.store.schema import migrations
from crystalmathd.store.tombstones import FilesLeft, find_tombstone
from tests.harness import DATA
from tests.unit.store.rows import found, open_and_close, plain

STORES = DATA / "store"
ENERGY_EV = -7483.158013818193
NEWEST = migrations()[-1][0]


@pytest.fixture(params=range(1, NEWEST))
def old(request: pytest.FixtureRequest, path: Path) -> int:
    """Put a store of an earlier schema in place; return its version."""
    version: int = request.param
    shutil.copyfile(STORES / f"v{version}.db", path)
    assert version_of(path) == version
    return version


def version_of(path: Path) -> int:
    with plain(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_every_job_of_an_old_store_is_there_with_all_that_belongs_to_it(
    old: int, path: Path
) -> None:
    open_and_close(path)
    assert version_of(path) == NEWEST > old
    with plain(path) as db:
        assert faults_of(db, is_deep=True) == []
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        jobs = [found(db, number) for number in all_numbers(db)]
        assert [(job.name, job.state) for job in jobs] == [
            ("mgo", JobState.COMPLETED),
            ("guess", JobState.COMPLETED),
            ("slow", JobState.RUNNING),
            ("wait_n2", JobState.QUEUED),
            ("wait_n4", JobState.QUEUED),
        ]
        assert [job.energy_ev for job in jobs[:2]] == [pytest.approx(ENERGY_EV)] * 2
        assert jobs[1].parents == (1,)
        assert jobs[0].tags == ("rocksalt", "first")
        assert {job.priority for job in jobs} == {0}
        for job in jobs:
            assert find_plan(db, job.job_id).name == job.name
            assert find_inputs(db, job.job_id)[0][0].text
        assert [one.exits[0].code for one in attempts_of(db, 1)] == [0]
        assert results_of(db, 2)[0].energy_ev == jobs[1].energy_ev
        assert "wavefunction" in {file.role for file in artefacts_of(db, 1)}


def test_the_queue_of_an_old_store_keeps_its_order(old: int, path: Path) -> None:
    assert old < NEWEST
    open_and_close(path)
    with plain(path) as db:
        queue = list(queued_jobs(db, "local"))
        assert [job.job_id for job in queue] == [4, 5]
        assert [job.rank_ms for job in queue] == [job.created_ms for job in queue]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("50%_ ÄÖÜ", [1]), ("äö", [1]), ("mgo", [2, 1]), ("oxides", [1]), ("urea", [])],
)
def test_texts_of_an_old_store_are_found(
    old: int, path: Path, text: str, numbers: list[int]
) -> None:
    assert old < NEWEST
    open_and_close(path)
    with plain(path) as db:
        page = page_of_jobs(db, JobFilter(text=text), 10, None)
        assert [job.job_id for job in page] == numbers


def test_the_old_store_is_kept_as_it_was(old: int, path: Path) -> None:
    open_and_close(path)
    backup = path.with_name(f"{path.name}.bak-v{old}")
    assert version_of(backup) == old

    def rows(place: Path) -> list[str]:
        with contextlib.closing(sqlite3.connect(place)) as db:
            return list(db.iterdump())

    assert rows(backup) == rows(STORES / f"v{old}.db")


def test_a_job_that_an_earlier_release_has_deleted_stays_deleted(path: Path) -> None:
    shutil.copyfile(STORES / "v2.db", path)
    open_and_close(path)
    with plain(path) as db:
        stone = find_tombstone(db, 6)
    assert stone is not None
    assert (stone.name, stone.files) == ("gone", FilesLeft.KEPT)
    assert (stone.directory, stone.n_files, stone.scratches) == (None, None, ())


def test_a_deletion_of_an_old_store_keeps_its_figures(path: Path) -> None:
    shutil.copyfile(STORES / "v3.db", path)
    open_and_close(path)
    with plain(path) as db:
        stone = find_tombstone(db, 7)
    assert stone is not None
    assert (stone.name, stone.files) == ("left", FilesLeft.REMOVED)
    assert (stone.n_files, stone.size_bytes) == (3, 70)
    assert [scratch.cluster for scratch in stone.scratches] == ["local"]


def test_the_files_of_an_old_store_are_here(old: int, path: Path) -> None:
    assert old < NEWEST
    open_and_close(path)
    with plain(path) as db:
        files = artefacts_of(db, 1)
        assert files
        assert all(file.is_here for file in files)
        assert all_clusters(db) == []


def test_the_results_of_an_old_store_can_be_asked_for(old: int, path: Path) -> None:
    assert old < NEWEST
    open_and_close(path)
    columns = ("job", "energy_ev", "energy_ev_per_atom", "grade", "scf_converged")
    with plain(path) as db:
        rows, total = ask(db, Question(columns=columns, sort=(("job", False),)))
    assert total == 2
    half = pytest.approx(ENERGY_EV / 2)
    assert rows == [
        (job, pytest.approx(ENERGY_EV), half, "converged", 1) for job in (1, 2)
    ]


def test_an_old_store_is_small() -> None:
    assert {one.name for one in STORES.iterdir()} >= {
        f"v{version}.db" for version in range(1, NEWEST)
    }
    assert all(one.stat().st_size < 250_000 for one in STORES.glob("*.db"))
