"""Jobs, their plans and submissions. Every function runs in a transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crystalmathd.models.jobs import (
    NEXT_STATES,
    SETTLED_STATES,
    Auxiliary,
    Evidence,
    Job,
    JobState,
    StoredInput,
    is_end,
)
from crystalmathd.models.plans import Plan
from crystalmathd.store.events import append_event
from crystalmathd.store.generated import note_origins

_COLUMNS = (
    "job_id, name, code, cluster, state, cause, doubt, stale_since_ms, evidence, "
    "project, tags, collection, cores, version, parents, cancel_asked_ms, "
    "created_ms, started_ms, ended_ms, energy_ev, energy_kind, grade, priority, "
    "rank_ms, first_attempt, restart_of"
)
HOUR_MS = 3_600_000
MIN_SEARCHED = 3
"""Characters that the index of texts needs; shorter ones are looked for one by one."""
MAX_EVIDENCE = 50
"""The oldest are dropped first; the events keep the history."""


class StateConflictError(Exception):
    """Somebody else changed the job meanwhile, or the move is not allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """All that is stored of one job when it is submitted."""

    name: str
    code: str
    cluster: str
    project: str | None
    tags: tuple[str, ...]
    cores: int
    parents: tuple[int, ...]
    search_text: str
    plan: Plan
    inputs: tuple[StoredInput, ...]
    auxiliary: tuple[Auxiliary, ...]
    priority: int = 0
    is_held: bool = False
    restart_of: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFilter:
    """Which jobs are wanted; empty fields do not restrict."""

    states: tuple[str, ...] = ()
    code: str | None = None
    name: str | None = None
    tag: str | None = None
    project: str | None = None
    text: str | None = None
    collection: int | None = None
    cluster: str | None = None


def start_numbers_after(db: sqlite3.Connection, job_id: int) -> None:
    """Never give out a number that this one or an older job has had."""
    db.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs', 0 "
        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'jobs')"
    )
    db.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'jobs'", (job_id,)
    )


def find_submission(
    db: sqlite3.Connection, client_token: str
) -> tuple[int, str] | None:
    """Return number and params hash of the submission that used this token."""
    return db.execute(  # type: ignore[no-any-return]
        "SELECT submission_id, params_sha256 FROM submissions WHERE client_token = ?",
        (client_token,),
    ).fetchone()


def insert_submission(
    db: sqlite3.Connection,
    now_ms: int,
    client_token: str | None,
    params_sha256: str,
    jobs: Sequence[NewJob],
) -> tuple[int, list[int]]:
    """Store a submission and its jobs, queued; return their numbers."""
    submission = db.execute(
        "INSERT INTO submissions (client_token, params_sha256, created_ms) "
        "VALUES (?, ?, ?)",
        (client_token, params_sha256, now_ms),
    ).lastrowid
    collection = submission if len(jobs) > 1 else None
    numbers = [insert_job(db, now_ms, job, submission or 0, collection) for job in jobs]
    return submission or 0, numbers


def insert_job(
    db: sqlite3.Connection,
    now_ms: int,
    job: NewJob,
    submission: int,
    collection: int | None,
) -> int:
    """Store one job of a submission; return its number."""
    state = JobState.HELD if job.is_held else JobState.QUEUED
    job_id = db.execute(
        "INSERT INTO jobs (submission_id, collection, name, code, cluster, project, "
        "tags, state, cores, parents, search_text, created_ms, priority, rank_ms, "
        "restart_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission,
            collection,
            job.name,
            job.code,
            job.cluster,
            job.project,
            _json(job.tags),
            state,
            job.cores,
            _json(job.parents),
            job.search_text,
            now_ms,
            job.priority,
            rank(now_ms, job.priority),
            job.restart_of,
        ),
    ).lastrowid
    db.execute(
        "INSERT INTO job_search (rowid, search_text) VALUES (?, ?)",
        (job_id, job.search_text),
    )
    db.execute(
        "INSERT INTO plans (job_id, plan, inputs, auxiliary) VALUES (?, ?, ?, ?)",
        (job_id, _json(job.plan), _json(job.inputs), _json(job.auxiliary)),
    )
    db.executemany(
        "INSERT OR IGNORE INTO job_tags VALUES (?, ?)",
        [(tag, job_id) for tag in job.tags],
    )
    note_origins(db, job_id or 0, job.plan.stage_in)
    payload = {"name": job.name, "code": job.code, "state": state}
    append_event(db, now_ms, "job_created", job_id, payload)
    return job_id or 0


def remove_job(db: sqlite3.Connection, job_id: int) -> None:
    """Take a job out of every table but that of the events."""
    db.execute(
        "INSERT INTO job_search (job_search, rowid, search_text) "
        "SELECT 'delete', job_id, search_text FROM jobs WHERE job_id = ?",
        (job_id,),
    )
    db.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))


def rank(since_ms: int, priority: int) -> int:
    """Return a place in the queue: a point of priority is worth an hour of waiting."""
    return since_ms - priority * HOUR_MS


def replace_plan(db: sqlite3.Connection, job_id: int, plan: Plan) -> None:
    """Store another plan for the attempts to come; old ones keep their plan.json."""
    db.execute("UPDATE plans SET plan = ? WHERE job_id = ?", (_json(plan), job_id))


def jobs_of_submission(db: sqlite3.Connection, submission: int) -> list[Job]:
    return _select(db, "WHERE submission_id = ? ORDER BY job_id", (submission,))


def find_job(db: sqlite3.Connection, job_id: int) -> Job | None:
    found = _select(db, "WHERE job_id = ?", (job_id,))
    return found[0] if found else None


def find_plan(db: sqlite3.Connection, job_id: int) -> Plan:
    row = db.execute("SELECT plan FROM plans WHERE job_id = ?", (job_id,)).fetchone()
    return msgspec.json.decode(row[0], type=Plan)


def find_inputs(
    db: sqlite3.Connection, job_id: int
) -> tuple[tuple[StoredInput, ...], tuple[Auxiliary, ...]]:
    row = db.execute(
        "SELECT inputs, auxiliary FROM plans WHERE job_id = ?", (job_id,)
    ).fetchone()
    return (
        msgspec.json.decode(row[0], type=tuple[StoredInput, ...]),
        msgspec.json.decode(row[1], type=tuple[Auxiliary, ...]),
    )


def page_of_jobs(
    db: sqlite3.Connection, wanted: JobFilter, limit: int, before: int | None
) -> list[Job]:
    """Return jobs, newest first, with numbers below `before`."""
    conditions: list[str] = []
    values: list[Any] = []
    source, number = "jobs", "job_id"
    if wanted.text is not None and len(wanted.text) < MIN_SEARCHED:
        conditions.append("instr(search_text, ?) > 0")
        values.append(wanted.text.lower())
    elif wanted.text is not None:
        # The index yields the newest first, so that a full page ends the search.
        source = "job_search CROSS JOIN jobs ON job_id = job_search.rowid"
        number = "job_search.rowid"
        conditions.append("job_search MATCH ?")
        values.append('"' + wanted.text.lower().replace('"', '""') + '"')
    if before is not None:
        conditions.append(f"{number} < ?")
        values.append(before)
    if wanted.states:
        conditions.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    for column in ("code", "name", "project", "collection", "cluster"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.tag is not None:
        conditions.append("job_id IN (SELECT job_id FROM job_tags WHERE tag = ?)")
        values.append(wanted.tag)
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    rest = f"{where}ORDER BY {number} DESC LIMIT ?"
    return _select(db, rest, (*values, limit), source)


def jobs_in(db: sqlite3.Connection, states: Iterable[JobState]) -> list[Job]:
    """Return every job in these states, oldest first."""
    wanted = tuple(states)
    marks = ", ".join("?" * len(wanted))
    return _select(db, f"WHERE state IN ({marks}) ORDER BY job_id", wanted)


def each_job(
    db: sqlite3.Connection, rest: str, values: tuple[Any, ...] = ()
) -> Iterator[Job]:
    """Yield jobs one by one; no more is read of them than is taken."""
    return map(_job, db.execute(f"SELECT {_COLUMNS} FROM jobs {rest}", values))  # noqa: S608


def all_numbers(db: sqlite3.Connection) -> list[int]:
    """Return the number of every job."""
    return [row[0] for row in db.execute("SELECT job_id FROM jobs")]


def change_job(
    db: sqlite3.Connection,
    now_ms: int,
    job: Job,
    *,
    state: JobState,
    cause: str | None = None,
    doubt: str | None = None,
    evidence: Evidence | None = None,
    by_person: bool = False,
    **columns: Any,  # noqa: ANN401  # started_ms, energy_ev, …: what SQLite can hold
) -> Job:
    """Move a job along, with its event, if nobody else has changed it meanwhile.

    `by_person`: settle a job in doubt, against the usual moves.

    Raises
    ------
    StateConflictError
        If `job` is not what stands in the store any more, or may not move so.
    """
    moves = SETTLED_STATES if by_person else NEXT_STATES[job.state]
    if state is not job.state and state not in moves:
        raise StateConflictError(f"job {job.job_id}: {job.state} → {state}")
    seen = job.evidence if evidence is None else (*job.evidence, evidence)
    stale = None if doubt is None else (job.stale_since_ms or now_ms)
    if is_end(state) and not is_end(job.state):
        columns.setdefault("ended_ms", now_ms)
    columns |= {
        "state": state,
        "cause": cause,
        "doubt": doubt,
        "stale_since_ms": stale,
        "evidence": _json(seen[-MAX_EVIDENCE:]),
        "version": job.version + 1,
    }
    assignments = ", ".join(f"{name} = ?" for name in columns)
    changed = db.execute(
        f"UPDATE jobs SET {assignments} WHERE job_id = ? AND version = ?",  # noqa: S608
        (*columns.values(), job.job_id, job.version),
    ).rowcount
    if changed != 1:
        raise StateConflictError(f"job {job.job_id} was changed meanwhile")
    if state is not job.state:
        payload = {"state": state, "before": job.state, "cause": cause}
        append_event(db, now_ms, "job_state_changed", job.job_id, payload)
    if doubt != job.doubt:
        payload = {"state": state, "doubt": doubt}
        append_event(db, now_ms, "job_doubt_changed", job.job_id, payload)
    found = find_job(db, job.job_id)
    if found is None:
        raise StateConflictError(f"job {job.job_id} is gone")
    return found


def end_unseen(
    db: sqlite3.Connection,
    now_ms: int,
    job_id: int,
    *,
    state: JobState,
    evidence: Evidence,
    **columns: Any,  # noqa: ANN401  # cause, ended_ms, …
) -> None:
    """Give a job that was run elsewhere the end that its files tell of.

    It was inserted in the same transaction: nobody has seen it in another state.
    """
    columns |= {"state": state, "evidence": _json((evidence,))}
    assignments = ", ".join(f"{name} = ?" for name in columns)
    db.execute(
        f"UPDATE jobs SET {assignments} WHERE job_id = ?",  # noqa: S608
        (*columns.values(), job_id),
    )
    payload = {
        "state": state,
        "before": JobState.HELD,
        "cause": columns.get("cause"),
    }
    append_event(db, now_ms, "job_state_changed", job_id, payload)


def ask_cancel(db: sqlite3.Connection, job_id: int, now_ms: int) -> None:
    """Write down that the user wants the job to end; the first time counts."""
    db.execute(
        "UPDATE jobs SET cancel_asked_ms = ?, version = version + 1 "
        "WHERE job_id = ? AND cancel_asked_ms IS NULL",
        (now_ms, job_id),
    )


def _select(
    db: sqlite3.Connection, rest: str, values: tuple[Any, ...], source: str = "jobs"
) -> list[Job]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM {source} {rest}", values)  # noqa: S608
    return [_job(row) for row in rows.fetchall()]


def _job(row: tuple[Any, ...]) -> Job:
    return Job(
        job_id=row[0],
        name=row[1],
        code=row[2],
        cluster=row[3],
        state=JobState(row[4]),
        cause=row[5],
        doubt=row[6],
        stale_since_ms=row[7],
        evidence=msgspec.json.decode(row[8], type=tuple[Evidence, ...]),
        project=row[9],
        tags=msgspec.json.decode(row[10], type=tuple[str, ...]),
        collection=row[11],
        cores=row[12],
        version=row[13],
        parents=msgspec.json.decode(row[14], type=tuple[int, ...]),
        cancel_asked_ms=row[15],
        created_ms=row[16],
        started_ms=row[17],
        ended_ms=row[18],
        energy_ev=row[19],
        energy_kind=row[20],
        grade=row[21],
        priority=row[22],
        rank_ms=row[23],
        first_attempt=row[24],
        restart_of=row[25],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
