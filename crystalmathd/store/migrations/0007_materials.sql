-- What the materials databases have answered, so that nothing is asked twice.
CREATE TABLE material_answers (
    -- sha256 of everything that an answer depends on: see services/material_cache.py.
    key TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    provider TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('search', 'structure', 'properties')),
    schema_version INTEGER NOT NULL,
    query TEXT NOT NULL,
    answer TEXT NOT NULL,
    n_materials INTEGER NOT NULL,
    fetched_ms INTEGER NOT NULL,
    -- From then on it is asked again; it is kept for when nobody can be reached.
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX material_answers_by_time ON material_answers (fetched_ms DESC, key);

-- Databases that fail: how often in a row, and until when they are left alone.
CREATE TABLE material_sources (
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    n_failures INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    failed_ms INTEGER NOT NULL,
    paused_until_ms INTEGER NOT NULL,
    PRIMARY KEY (name, endpoint)
) STRICT, WITHOUT ROWID;
