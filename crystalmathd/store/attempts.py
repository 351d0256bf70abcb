"""The tries to run a job, their results and the files that they left."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from crystalmathd.models.jobs import (
    OPEN_ATTEMPTS,
    Artefact,
    Attempt,
    AttemptState,
    SavedFile,
    StepExit,
)
from crystalmathd.models.results import Result
from crystalmathd.store.results import store_rows

_COLUMNS = (
    "attempt_id, job_id, number, token, state, boot_id, scheduler_id, scratch, "
    "created_ms, started_ms, ended_ms, exits, cluster, directory"
)


def next_number(db: sqlite3.Connection, job_id: int) -> int:
    row = db.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE job_id = ?", (job_id,)
    ).fetchone()
    return int(row[0])


def count_tries(db: sqlite3.Connection, job_id: int) -> int:
    """Count the attempts that were made since the job was last run again."""
    row = db.execute(
        "SELECT count(*) FROM attempts JOIN jobs USING (job_id) "
        "WHERE job_id = ? AND number >= first_attempt",
        (job_id,),
    ).fetchone()
    return int(row[0])


def insert_intent(
    db: sqlite3.Connection,
    now_ms: int,
    job_id: int,
    number: int,
    token: str,
    boot_id: str,
    directory: str | None = None,
) -> Attempt:
    """Write down that an attempt is about to be sent out.

    `directory`: where its files are, if that is on another machine.

    A second open attempt of the same job is a constraint violation.
    """
    db.execute(
        "INSERT INTO attempts "
        "(job_id, number, token, state, boot_id, created_ms, directory, cluster) "
        "VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT cluster FROM jobs WHERE job_id = ?1))",
        (job_id, number, token, AttemptState.INTENT, boot_id, now_ms, directory),
    )
    return _select(db, "WHERE token = ?", (token,))[0]


def attempts_of(db: sqlite3.Connection, job_id: int) -> list[Attempt]:
    return _select(db, "WHERE job_id = ? ORDER BY number", (job_id,))


def open_attempt(db: sqlite3.Connection, job_id: int) -> Attempt | None:
    marks = ", ".join("?" * len(OPEN_ATTEMPTS))
    found = _select(
        db, f"WHERE job_id = ? AND state IN ({marks})", (job_id, *OPEN_ATTEMPTS)
    )
    return found[0] if found else None


def open_scratches(db: sqlite3.Connection, cluster: str) -> list[tuple[int, str]]:
    """Return job and scratch directory of each attempt that may write on a machine."""
    marks = ", ".join("?" * len(OPEN_ATTEMPTS))
    return db.execute(
        "SELECT job_id, scratch FROM attempts "  # noqa: S608
        f"WHERE state IN ({marks}) AND scratch IS NOT NULL AND cluster = ? "
        "ORDER BY job_id",
        (*OPEN_ATTEMPTS, cluster),
    ).fetchall()


def queued_attempts(db: sqlite3.Connection, cluster: str) -> dict[str, int]:
    """Return scheduler id → job of each attempt that a cluster may know."""
    marks = ", ".join("?" * len(OPEN_ATTEMPTS))
    rows = db.execute(
        "SELECT scheduler_id, job_id FROM attempts "  # noqa: S608
        f"WHERE state IN ({marks}) AND scheduler_id IS NOT NULL "
        "AND cluster = ?",
        (*OPEN_ATTEMPTS, cluster),
    )
    return dict(rows.fetchall())


def change_attempt(
    db: sqlite3.Connection,
    attempt: Attempt,
    state: AttemptState,
    **columns: Any,  # noqa: ANN401  # scheduler_id, scratch, …
) -> None:
    columns["state"] = state
    assignments = ", ".join(f"{name} = ?" for name in columns)
    db.execute(
        f"UPDATE attempts SET {assignments} WHERE attempt_id = ?",  # noqa: S608
        (*columns.values(), attempt.attempt_id),
    )


def store_exits(
    db: sqlite3.Connection, attempt: Attempt, exits: Iterable[StepExit]
) -> None:
    db.execute(
        "UPDATE attempts SET exits = ? WHERE attempt_id = ?",
        (msgspec.json.encode(tuple(exits)).decode(), attempt.attempt_id),
    )


def store_results(
    db: sqlite3.Connection,
    attempt: Attempt,
    results: Sequence[Result],
    files: Iterable[SavedFile],
    left_there: Collection[str] = (),
    fingerprints: Sequence[str | None] = (),
) -> None:
    """Store what was read from the outputs; doing it again changes nothing.

    `left_there`: the names of the files that are still on the cluster. `fingerprints`:
    one a result, the same for all whose energies may be subtracted. Series are not
    stored; they stand in the `results.json` of the attempt.
    """
    light = [result.without_series() for result in results]
    db.execute(
        "UPDATE attempts SET results = ? WHERE attempt_id = ?",
        (msgspec.json.encode(light).decode(), attempt.attempt_id),
    )
    store_rows(db, attempt.job_id, attempt.number, light, fingerprints)
    db.executemany(
        "INSERT OR REPLACE INTO artefacts "
        "(job_id, attempt, name, role, size, sha256, is_here) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                attempt.job_id,
                attempt.number,
                f.name,
                f.role,
                f.size,
                f.sha256,
                f.name not in left_there,
            )
            for f in files
        ],
    )


def forget_artefacts(
    db: sqlite3.Connection, job_id: int, files: Iterable[Artefact]
) -> None:
    """Take files out of the table that were removed."""
    db.executemany(
        "DELETE FROM artefacts WHERE job_id = ? AND attempt = ? AND name = ?",
        [(job_id, one.attempt, one.name) for one in files],
    )


def mark_here(db: sqlite3.Connection, artefact: Artefact, job_id: int) -> None:
    """Write down that a file was brought home from its cluster."""
    db.execute(
        "UPDATE artefacts SET is_here = 1 "
        "WHERE job_id = ? AND attempt = ? AND name = ?",
        (job_id, artefact.attempt, artefact.name),
    )


def results_of(db: sqlite3.Connection, job_id: int) -> tuple[Result, ...]:
    """Return the results of the last attempt, one for each step."""
    row = db.execute(
        "SELECT results FROM attempts WHERE job_id = ? ORDER BY number DESC LIMIT 1",
        (job_id,),
    ).fetchone()
    return msgspec.json.decode(row[0] if row else "[]", type=tuple[Result, ...])


def artefacts_of(db: sqlite3.Connection, job_id: int) -> list[Artefact]:
    """Return the files that the last attempt left."""
    rows = db.execute(
        "SELECT name, role, size, sha256, attempt, is_here FROM artefacts "
        "WHERE job_id = ?1 "
        "AND attempt = (SELECT max(attempt) FROM artefacts WHERE job_id = ?1) "
        "ORDER BY name",
        (job_id,),
    ).fetchall()
    return [
        Artefact(
            name=r[0],
            role=r[1],
            size=r[2],
            sha256=r[3],
            attempt=r[4],
            is_here=bool(r[5]),
        )
        for r in rows
    ]


def find_attempt(db: sqlite3.Connection, job_id: int, number: int) -> Attempt | None:
    found = _select(db, "WHERE job_id = ? AND number = ?", (job_id, number))
    return found[0] if found else None


def find_artefact(db: sqlite3.Connection, sha256: str) -> tuple[int, int, str] | None:
    """Return job, attempt and name of a file here with this hash."""
    return db.execute(  # type: ignore[no-any-return]
        "SELECT job_id, attempt, name FROM artefacts "
        "WHERE sha256 = ? AND is_here = 1 LIMIT 1",
        (sha256,),
    ).fetchone()


def _select(
    db: sqlite3.Connection, rest: str, values: tuple[Any, ...]
) -> list[Attempt]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM attempts {rest}", values)  # noqa: S608
    return [_attempt(row) for row in rows.fetchall()]


def _attempt(row: tuple[Any, ...]) -> Attempt:
    return Attempt(
        attempt_id=row[0],
        job_id=row[1],
        number=row[2],
        token=row[3],
        state=AttemptState(row[4]),
        boot_id=row[5],
        scheduler_id=row[6],
        scratch=row[7],
        created_ms=row[8],
        started_ms=row[9],
        ended_ms=row[10],
        exits=msgspec.json.decode(row[11], type=tuple[StepExit, ...]),
        cluster=row[12],
        directory=row[13],
    )
