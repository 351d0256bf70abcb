"""What is kept of a deleted job."""

from crystalmathd.models.jobs import JobState
from crystalmathd.store.database import Connection
from crystalmathd.store.events import events_after
from crystalmathd.store.jobs import JobFilter, find_job, page_of_jobs
from crystalmathd.store.tombstones import (
    FilesLeft,
    Grave,
    Scratch,
    buried_of_submission,
    bury,
    find_tombstone,
    mark_left,
    mark_removed,
    to_be_removed,
)
from tests.unit.store.rows import in_state, insert

SCRATCH = Scratch(cluster="local", path="/scratch/cry_mgo_7", token="cm-a")  # noqa: S106  # names an attempt
GRAVE = Grave(directory="/jobs/1", n_files=3, size_bytes=70, scratches=(SCRATCH,))


def test_a_deleted_job_leaves_its_number_its_name_and_where_its_files_went(
    db: Connection,
) -> None:
    job, other = in_state(db, JobState.FAILED), insert(db, "other")
    (submission,) = db.execute("SELECT submission_id FROM jobs").fetchone()
    bury(db, 7, job, FilesLeft.TO_BE_REMOVED, GRAVE)
    assert find_job(db, job.job_id) is None
    stone = find_tombstone(db, job.job_id)
    assert stone is not None
    assert (stone.name, stone.deleted_ms) == (job.name, 7)
    assert buried_of_submission(db, submission) == [stone]
    assert to_be_removed(db) == [stone]
    assert (stone.directory, stone.n_files, stone.size_bytes) == ("/jobs/1", 3, 70)
    assert stone.scratches == (SCRATCH,)
    mark_left(db, job.job_id, "/jobs/1: Permission denied")
    assert [one.problem for one in to_be_removed(db)] == ["/jobs/1: Permission denied"]
    mark_removed(db, job.job_id)
    assert to_be_removed(db) == []
    assert find_tombstone(db, other.job_id) is None
    event = events_after(db, 0, 100)[0][-1]
    assert (event.type, event.job_id) == ("job_deleted", job.job_id)


def test_a_deleted_job_is_found_by_no_search(db: Connection) -> None:
    job = insert(db, "periclase")
    wanted = JobFilter(text="pericl")
    assert page_of_jobs(db, wanted, 10, None) == [job]
    bury(db, 7, job, FilesLeft.KEPT, GRAVE)
    assert page_of_jobs(db, wanted, 10, None) == []
    db.execute("INSERT INTO job_search (job_search) VALUES ('integrity-check')")
