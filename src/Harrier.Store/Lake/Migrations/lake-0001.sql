-- What the lake holds. A file exists when lake_file says so, and not before.
CREATE TABLE import (
    id TEXT PRIMARY KEY,           -- I-0001
    started INTEGER NOT NULL       -- microseconds since 1970 UTC
) STRICT;

CREATE TABLE source_file (
    id INTEGER PRIMARY KEY,
    import TEXT NOT NULL REFERENCES import (id),
    path TEXT NOT NULL,
    member TEXT,
    format TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    imported INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    classes TEXT NOT NULL,         -- JSON object: class to events
    warnings TEXT NOT NULL,        -- JSON array of sentences
    CHECK (records = imported + rejected)
) STRICT;

CREATE INDEX source_file_sha256 ON source_file (sha256);

CREATE TABLE reject (
    id INTEGER PRIMARY KEY,
    source_file INTEGER NOT NULL REFERENCES source_file (id),
    file TEXT NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    head BLOB NOT NULL
) STRICT;

CREATE INDEX reject_source_file ON reject (source_file);

-- Columns a lake file was written with: classes gain columns over the years, files never change.
CREATE TABLE layout (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL,
    columns TEXT NOT NULL,         -- names, with commas between
    UNIQUE (class, columns)
) STRICT;

CREATE TABLE lake_file (
    path TEXT PRIMARY KEY,         -- class/day/import-n.parquet
    import TEXT NOT NULL REFERENCES import (id),
    class TEXT NOT NULL,
    layout INTEGER NOT NULL REFERENCES layout (id),
    day TEXT NOT NULL,             -- of its first event
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    min_time INTEGER NOT NULL,     -- microseconds since 1970 UTC
    max_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
