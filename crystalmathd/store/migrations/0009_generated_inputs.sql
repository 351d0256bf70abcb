-- Where the files that the generators made come from, by their content. What no job
-- was submitted with is forgotten after a while.
CREATE TABLE generated_inputs (
    sha256 TEXT PRIMARY KEY,
    provenance TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX generated_inputs_by_age ON generated_inputs (created_ms);

-- The jobs that were submitted with exactly such a file.
CREATE TABLE job_generated_inputs (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES generated_inputs,
    PRIMARY KEY (job_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_generated_inputs_by_file ON job_generated_inputs (sha256);
