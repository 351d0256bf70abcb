"""Clusters and what was found there. Every function runs in a transaction."""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from crystalmathd.models.clusters import Cluster, ClusterFacts
from crystalmathd.models.jobs import JobState, is_end
from crystalmathd.store.events import append_event

_COLUMNS = "cluster, facts, created_ms, changed_ms, version"
_UNFINISHED: Final = tuple(sorted(state for state in JobState if not is_end(state)))


class ClusterConflictError(Exception):
    """Somebody else changed the cluster meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCluster:
    """A cluster as it stands in the store; each change by a user is a version.

    `facts` are None until the machine was looked over.
    """

    cluster: Cluster
    facts: ClusterFacts | None
    created_ms: int
    changed_ms: int
    version: int


def insert_cluster(db: sqlite3.Connection, now_ms: int, cluster: Cluster) -> bool:
    """Store a new cluster; False if there is one of that name."""
    is_new = db.execute(
        "INSERT OR IGNORE INTO clusters (name, cluster, created_ms, changed_ms) "
        "VALUES (?, ?, ?, ?)",
        (cluster.name, _json(cluster), now_ms, now_ms),
    ).rowcount
    if is_new:
        _tell(db, now_ms, cluster.name, "created")
    return bool(is_new)


def find_cluster(db: sqlite3.Connection, name: str) -> StoredCluster | None:
    found = _select(db, "WHERE name = ?", (name,))
    return found[0] if found else None


def all_clusters(db: sqlite3.Connection) -> list[StoredCluster]:
    """Return every cluster by its name."""
    return _select(db, "ORDER BY name", ())


def change_cluster(
    db: sqlite3.Connection, now_ms: int, cluster: Cluster, version: int
) -> StoredCluster:
    """Store a cluster in place of the version that the change was made from.

    Raises
    ------
    ClusterConflictError
        If that is not what stands in the store any more.
    """
    changed = db.execute(
        "UPDATE clusters SET cluster = ?, changed_ms = ?, version = version + 1 "
        "WHERE name = ? AND version = ?",
        (_json(cluster), now_ms, cluster.name, version),
    ).rowcount
    if changed != 1:
        raise ClusterConflictError(f"{cluster.name} was changed meanwhile")
    _tell(db, now_ms, cluster.name, "changed")
    return _select(db, "WHERE name = ?", (cluster.name,))[0]


def store_facts(
    db: sqlite3.Connection, now_ms: int, name: str, facts: ClusterFacts
) -> bool:
    """Store what a machine answered; False if the cluster was removed meanwhile."""
    is_there = db.execute(
        "UPDATE clusters SET facts = ? WHERE name = ?", (_json(facts), name)
    ).rowcount
    if is_there:
        _tell(db, now_ms, name, "looked_over")
    return bool(is_there)


def remove_cluster(db: sqlite3.Connection, now_ms: int, name: str) -> list[int]:
    """Forget a cluster, or return the jobs there that have not ended."""
    in_the_way = unfinished_jobs(db, name)
    if not in_the_way:
        db.execute("DELETE FROM clusters WHERE name = ?", (name,))
        _tell(db, now_ms, name, "removed")
    return in_the_way


def unfinished_jobs(db: sqlite3.Connection, name: str) -> list[int]:
    """Return the jobs of a cluster that have not ended, oldest first."""
    marks = ", ".join("?" * len(_UNFINISHED))
    rows = db.execute(
        f"SELECT job_id FROM jobs WHERE cluster = ? AND state IN ({marks}) "  # noqa: S608
        "ORDER BY job_id",
        (name, *_UNFINISHED),
    )
    return [row[0] for row in rows]


def count_by_cluster(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Return cluster → state → number of jobs, for those that have any."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, state, number in db.execute(
        "SELECT cluster, state, count(*) FROM jobs GROUP BY cluster, state"
    ):
        counts[name][state] = number
    return dict(counts)


def _tell(db: sqlite3.Connection, now_ms: int, name: str, change: str) -> None:
    payload = {"cluster": name, "change": change}
    append_event(db, now_ms, "cluster_changed", None, payload)


def _select(
    db: sqlite3.Connection, rest: str, values: tuple[Any, ...]
) -> list[StoredCluster]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM clusters {rest}", values)  # noqa: S608
    return [
        StoredCluster(
            cluster=msgspec.json.decode(row[0], type=Cluster),
            facts=msgspec.json.decode(row[1] or "null", type=ClusterFacts | None),
            created_ms=row[2],
            changed_ms=row[3],
            version=row[4],
        )
        for row in rows.fetchall()
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
