-- The clusters that users have named; `local` stands here only once it was changed.
CREATE TABLE clusters (
    name TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    facts TEXT,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX jobs_by_cluster ON jobs (cluster, job_id);
-- Each machine has a queue of its own.
DROP INDEX jobs_by_rank;
CREATE INDEX jobs_by_rank ON jobs (cluster, rank_ms, job_id) WHERE state = 'queued';

-- 0: the file is still on the cluster, until somebody asks for it.
ALTER TABLE artefacts
    ADD COLUMN is_here INTEGER NOT NULL DEFAULT 1 CHECK (is_here IN (0, 1));

-- Where each attempt was made: its job may be run again elsewhere.
ALTER TABLE attempts ADD COLUMN cluster TEXT NOT NULL DEFAULT 'local';
-- Its directory there; NULL: beside the store. The root of a cluster may be changed.
ALTER TABLE attempts ADD COLUMN directory TEXT;
