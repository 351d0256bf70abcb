-- The library: structures that users have named, with where they came from.
CREATE TABLE structures (
    name TEXT PRIMARY KEY,
    formula TEXT NOT NULL,
    n_atoms INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    -- A SourcedStructure as JSON.
    structure TEXT NOT NULL,
    -- A JSON array of texts.
    tags TEXT NOT NULL DEFAULT '[]',
    created_ms INTEGER NOT NULL
) STRICT;
