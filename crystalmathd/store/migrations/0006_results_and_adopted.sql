-- What can be asked of results: a row for each step of an attempt, in the columns that
-- tables filter and sort by. The whole of it stays in `attempts.results`.
CREATE TABLE results (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    step INTEGER NOT NULL,
    -- The step whose energy is that of the job; the last one if none has an energy.
    is_headline INTEGER NOT NULL CHECK (is_headline IN (0, 1)),
    code TEXT NOT NULL,
    program TEXT NOT NULL,
    code_version TEXT,
    calculation TEXT,
    formula TEXT,
    reduced_formula TEXT,
    n_atoms INTEGER,
    energy_ev REAL,
    energy_ev_per_atom REAL GENERATED ALWAYS AS (energy_ev / nullif(n_atoms, 0)),
    energy_kind TEXT,
    functional TEXT,
    spin TEXT,
    gap_ev REAL,
    gap_is_direct INTEGER,
    fermi_energy_ev REAL,
    magnetisation_bohr REAL,
    volume_a3 REAL,
    a_a REAL,
    b_a REAL,
    c_a REAL,
    alpha_deg REAL,
    beta_deg REAL,
    gamma_deg REAL,
    space_group TEXT,
    pressure_gpa REAL,
    zero_point_ev REAL,
    n_kpoints INTEGER,
    n_basis_functions INTEGER,
    n_scf_cycles INTEGER,
    n_geometry_steps INTEGER,
    is_scf_converged INTEGER,
    is_geometry_converged INTEGER,
    is_normal_end INTEGER,
    grade TEXT NOT NULL,
    wall_time_s REAL,
    cpu_time_s REAL,
    max_memory_mb REAL,
    -- The same for all whose energies may be subtracted; null if that is not known.
    fingerprint TEXT,
    PRIMARY KEY (job_id, attempt, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX results_by_formula ON results (reduced_formula, energy_ev_per_atom)
    WHERE is_headline = 1;
CREATE INDEX results_by_fingerprint ON results (fingerprint)
    WHERE fingerprint IS NOT NULL;

-- Results of version 1 hold fewer fields; what they do not name stays null.
INSERT INTO results (
    job_id, attempt, step, is_headline, code, program, code_version, n_atoms,
    energy_ev, energy_kind, n_scf_cycles, n_geometry_steps, is_scf_converged,
    is_geometry_converged, is_normal_end, grade
)
SELECT
    attempts.job_id, attempts.number, one.key,
    one.key = coalesce(
        (SELECT max(other.key) FROM json_each(attempts.results) AS other
            WHERE json_extract(other.value, '$.energy_ev') IS NOT NULL),
        json_array_length(attempts.results) - 1
    ),
    json_extract(one.value, '$.code'), json_extract(one.value, '$.program'),
    json_extract(one.value, '$.code_version'), json_extract(one.value, '$.n_atoms'),
    json_extract(one.value, '$.energy_ev'), json_extract(one.value, '$.headline_energy_kind'),
    json_extract(one.value, '$.n_scf_cycles'), json_extract(one.value, '$.n_geometry_steps'),
    json_extract(one.value, '$.is_scf_converged'), json_extract(one.value, '$.is_geometry_converged'),
    json_extract(one.value, '$.is_normal_end'), coalesce(json_extract(one.value, '$.grade'), 'unknown')
FROM attempts, json_each(attempts.results) AS one;

-- Outputs of runs from elsewhere that were taken in, and the job of each. A file that
-- has not changed since is not read again; one with the same content is a duplicate.
CREATE TABLE adopted (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX adopted_by_job ON adopted (job_id);
