"""Clusters, what was found there, and the jobs that keep them."""

from dataclasses import replace

import pytest

from crystalmathd.models.clusters import (
    Cluster,
    ClusterFacts,
    CodeProfile,
    Partition,
    QueueOptions,
)
from crystalmathd.models.jobs import AttemptState, JobState, is_end
from crystalmathd.store.attempts import change_attempt, insert_intent, queued_attempts
from crystalmathd.store.clusters import (
    ClusterConflictError,
    StoredCluster,
    all_clusters,
    change_cluster,
    count_by_cluster,
    find_cluster,
    insert_cluster,
    remove_cluster,
    store_facts,
    unfinished_jobs,
)
from crystalmathd.store.database import Connection
from crystalmathd.store.events import events_after
from crystalmathd.store.jobs import JobFilter, page_of_jobs, remove_job
from tests.unit.store.rows import insert

CLUSTER = Cluster(
    name="hpc",
    transport="ssh",
    scheduler="slurm",
    host="login.hpc",
    queue=QueueOptions(partition="gpu-a100", directives=("--mail-type=END",)),
    profiles=(
        CodeProfile(code="espresso", modules=("gcc/12+cuda",), launcher=("srun",)),
    ),
    environment={"OMP_STACKSIZE": "1G"},
)
FACTS = ClusterFacts(
    checked_ms=9,
    home="/home/anna",
    host="login1",
    user="anna",
    partitions=(
        Partition(
            name="gpu-a100",
            is_default=True,
            state="up",
            nodes=4,
            cores_per_node=64,
            memory_per_node_mb=256_000,
            walltime_s=None,
        ),
    ),
    executables={"pw.x": "/opt/qe/pw.x"},
)


def stored(db: Connection, name: str = "hpc") -> StoredCluster:
    found = find_cluster(db, name)
    assert found is not None
    return found


def changes(db: Connection) -> list[str]:
    return [event.payload["change"] for event in events_after(db, 0, 100)[0]]


def test_a_cluster_is_found_as_it_was_named(db: Connection) -> None:
    assert find_cluster(db, "hpc") is None
    assert insert_cluster(db, 5, CLUSTER)
    found = stored(db)
    assert found == StoredCluster(
        cluster=CLUSTER, facts=None, created_ms=5, changed_ms=5, version=1
    )
    assert insert_cluster(db, 6, replace(CLUSTER, name="a"))
    assert [one.cluster.name for one in all_clusters(db)] == ["a", "hpc"]


def test_a_name_is_given_once(db: Connection) -> None:
    assert insert_cluster(db, 5, CLUSTER)
    assert not insert_cluster(db, 6, replace(CLUSTER, host="other"))
    assert stored(db).cluster == CLUSTER
    assert changes(db) == ["created"]


def test_a_change_from_an_older_version_is_a_conflict(db: Connection) -> None:
    insert_cluster(db, 5, CLUSTER)
    paused = replace(CLUSTER, is_paused=True)
    after = change_cluster(db, 7, paused, version=1)
    assert (after.cluster, after.version, after.changed_ms) == (paused, 2, 7)
    with pytest.raises(ClusterConflictError, match="hpc"):
        change_cluster(db, 8, CLUSTER, version=1)
    assert stored(db) == after
    assert changes(db) == ["created", "changed"]


def test_what_was_found_there_is_no_change_by_the_user(db: Connection) -> None:
    insert_cluster(db, 5, CLUSTER)
    assert store_facts(db, 9, "hpc", FACTS)
    found = stored(db)
    assert (found.facts, found.version, found.changed_ms) == (FACTS, 1, 5)
    assert not store_facts(db, 9, "gone", FACTS)
    assert changes(db) == ["created", "looked_over"]


@pytest.mark.parametrize("state", JobState)
def test_a_cluster_stays_while_a_job_of_it_has_not_ended(
    db: Connection, state: JobState
) -> None:
    insert_cluster(db, 5, CLUSTER)
    insert(db)
    job = insert(db, cluster="hpc")
    db.execute("UPDATE jobs SET state = ? WHERE job_id = ?", (state, job.job_id))
    in_the_way = [] if is_end(state) else [job.job_id]
    assert unfinished_jobs(db, "hpc") == in_the_way
    assert remove_cluster(db, 9, "hpc") == in_the_way
    assert (find_cluster(db, "hpc") is None) == is_end(state)
    assert (changes_of_clusters(db)[-1] == "removed") == is_end(state)


def changes_of_clusters(db: Connection) -> list[str]:
    events, _ = events_after(db, 0, 100, kinds=["cluster_changed"])
    return [event.payload["change"] for event in events]


def test_a_deleted_job_keeps_no_cluster(db: Connection) -> None:
    insert_cluster(db, 5, CLUSTER)
    job = insert(db, cluster="hpc")
    remove_job(db, job.job_id)
    assert remove_cluster(db, 9, "hpc") == []


def test_jobs_are_counted_and_found_by_their_cluster(db: Connection) -> None:
    assert count_by_cluster(db) == {}
    here, there = insert(db), insert(db, cluster="hpc")
    db.execute("UPDATE jobs SET state = 'lost' WHERE job_id = ?", (there.job_id,))
    assert count_by_cluster(db) == {"local": {"queued": 1}, "hpc": {"lost": 1}}
    found = page_of_jobs(db, JobFilter(cluster="local"), 10, None)
    assert found == [here]


def test_the_attempts_that_a_cluster_may_know_have_its_ids(db: Connection) -> None:
    jobs = [insert(db, cluster=name) for name in ("hpc", "hpc", "local", "hpc")]
    ids = ("4711;main", "4712", "17", None)
    for job, scheduler_id in zip(jobs, ids, strict=True):
        attempt = insert_intent(db, 1, job.job_id, 1, f"cm-{job.job_id}", "b")
        change_attempt(db, attempt, AttemptState.SUBMITTED, scheduler_id=scheduler_id)
        if scheduler_id == "4712":
            change_attempt(db, attempt, AttemptState.COLLECTED)
    assert queued_attempts(db, "hpc") == {"4711;main": jobs[0].job_id}
