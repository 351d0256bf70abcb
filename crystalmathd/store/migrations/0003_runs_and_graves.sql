-- Attempts before this number were made before the job was last run again.
ALTER TABLE jobs ADD COLUMN first_attempt INTEGER NOT NULL DEFAULT 1;

-- What a deletion took away, for who asks again; null for what was deleted before.
ALTER TABLE tombstones ADD COLUMN directory TEXT;
ALTER TABLE tombstones ADD COLUMN n_files INTEGER;
ALTER TABLE tombstones ADD COLUMN size_bytes INTEGER;
-- The scratch directories that were left, each with the token of its attempt.
ALTER TABLE tombstones ADD COLUMN scratches TEXT NOT NULL DEFAULT '[]';
-- Why something could not be removed.
ALTER TABLE tombstones ADD COLUMN problem TEXT;
