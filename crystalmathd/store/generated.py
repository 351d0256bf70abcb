"""Where generated files come from. Every function runs in a transaction."""

import sqlite3
from collections.abc import Iterable, Mapping

from crystalmathd.models.plans import StagedFile

PRUNED_AT_ONCE = 1000


def store_provenance(
    db: sqlite3.Connection, now_ms: int, files: Iterable[str], provenance: bytes
) -> None:
    """Remember where files come from, by the sha256 of each; the last word counts.

    `provenance`: JSON.
    """
    db.executemany(
        "INSERT INTO generated_inputs VALUES (?, ?, ?) ON CONFLICT (sha256) DO UPDATE "
        "SET provenance = excluded.provenance, created_ms = excluded.created_ms",
        [(sha256, provenance.decode(), now_ms) for sha256 in files],
    )


def note_origins(
    db: sqlite3.Connection, job_id: int, files: Iterable[StagedFile]
) -> None:
    """Note which of a job's files are generated ones."""
    db.executemany(
        "INSERT INTO job_generated_inputs SELECT ?, ?, sha256 FROM generated_inputs "
        "WHERE sha256 = ?",
        [(job_id, one.name, one.sha256) for one in files if one.sha256 is not None],
    )


def origins_of(db: sqlite3.Connection, job_id: int) -> Mapping[str, bytes]:
    """Return the provenance (JSON) of a job's generated files, by their names."""
    rows = db.execute(
        "SELECT name, provenance FROM job_generated_inputs JOIN generated_inputs "
        "USING (sha256) WHERE job_id = ? ORDER BY name",
        (job_id,),
    )
    return {name: text.encode() for name, text in rows}


def prune_generated(db: sqlite3.Connection, before_ms: int) -> int:
    """Forget files that are older and that no job has; return how many.

    Only so many at once: ask again until it is none.
    """
    cursor = db.execute(
        "DELETE FROM generated_inputs WHERE sha256 IN (SELECT sha256 FROM "
        "generated_inputs AS one WHERE created_ms < ? AND NOT EXISTS (SELECT 1 FROM "
        "job_generated_inputs AS used WHERE used.sha256 = one.sha256) LIMIT ?)",
        (before_ms, PRUNED_AT_ONCE),
    )
    return cursor.rowcount
