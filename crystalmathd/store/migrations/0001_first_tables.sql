CREATE TABLE owner (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    store_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    is_clean INTEGER NOT NULL CHECK (is_clean IN (0, 1))
) STRICT;

CREATE TABLE submissions (
    submission_id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_token TEXT UNIQUE,
    params_sha256 TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    job_id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES submissions,
    collection INTEGER REFERENCES submissions,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    cluster TEXT NOT NULL,
    project TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL CHECK (state IN ('held', 'queued', 'starting', 'pending',
        'running', 'collecting', 'completed', 'failed', 'cancelled', 'lost')),
    cause TEXT,
    doubt TEXT,
    stale_since_ms INTEGER,
    evidence TEXT NOT NULL DEFAULT '[]',
    cores INTEGER NOT NULL CHECK (cores > 0),
    version INTEGER NOT NULL DEFAULT 1,
    parents TEXT NOT NULL DEFAULT '[]',
    search_text TEXT NOT NULL,
    cancel_asked_ms INTEGER,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    energy_ev REAL,
    energy_kind TEXT,
    grade TEXT
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, job_id);
CREATE INDEX jobs_by_code ON jobs (code, job_id);
CREATE INDEX jobs_by_project ON jobs (project, job_id) WHERE project IS NOT NULL;
CREATE INDEX jobs_by_name ON jobs (name, job_id);
CREATE INDEX jobs_by_collection ON jobs (collection, job_id)
    WHERE collection IS NOT NULL;
CREATE INDEX jobs_in_doubt ON jobs (job_id) WHERE doubt IS NOT NULL;
CREATE INDEX jobs_by_submission ON jobs (submission_id);

CREATE TABLE job_tags (
    tag TEXT NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    PRIMARY KEY (tag, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    job_id INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    plan TEXT NOT NULL,
    inputs TEXT NOT NULL,
    auxiliary TEXT NOT NULL
) STRICT;

CREATE TABLE attempts (
    attempt_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('intent', 'submit_unknown', 'submitted',
        'finished', 'collected', 'abandoned')),
    boot_id TEXT NOT NULL,
    scheduler_id TEXT,
    scratch TEXT,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    exits TEXT NOT NULL DEFAULT '[]',
    results TEXT NOT NULL DEFAULT '[]',
    UNIQUE (job_id, number)
) STRICT;
CREATE UNIQUE INDEX one_open_attempt ON attempts (job_id)
    WHERE state IN ('intent', 'submit_unknown', 'submitted', 'finished');

CREATE TABLE artefacts (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (job_id, attempt, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX artefacts_by_sha256 ON artefacts (sha256);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    type TEXT NOT NULL,
    job_id INTEGER,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (time_ms);
