-- Files may be merged, imports dropped, old events taken out: a file holds events of one or more imports.
CREATE TABLE stored_file (
    path TEXT PRIMARY KEY,         -- class/day/import-n.parquet as imported, class/day/hash.parquet as rewritten
    class TEXT NOT NULL,
    layout INTEGER NOT NULL REFERENCES layout (id),
    day TEXT NOT NULL,             -- of its first event
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    frame_bytes INTEGER NOT NULL,  -- bloom filters and footer: what no page's checksum guards; 0: not known
    frame_sha256 TEXT NOT NULL,
    min_time INTEGER NOT NULL,     -- microseconds since 1970 UTC
    max_time INTEGER NOT NULL,
    compacted INTEGER NOT NULL     -- 1: written by a compaction, as large as its neighbours allow
) STRICT, WITHOUT ROWID;

CREATE TABLE file_import (
    path TEXT NOT NULL REFERENCES stored_file (path) ON DELETE CASCADE,
    import TEXT NOT NULL REFERENCES import (id),
    rows INTEGER NOT NULL,
    PRIMARY KEY (path, import)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_import_import ON file_import (import);

INSERT INTO stored_file
    SELECT path, class, layout, day, rows, bytes, sha256, 0, '', min_time, max_time, 0 FROM lake_file;
INSERT INTO file_import SELECT path, import, rows FROM lake_file;
DROP TABLE lake_file;

-- A dropped import keeps its line: its name is not given again.
ALTER TABLE import ADD COLUMN dropped INTEGER;  -- microseconds since 1970 UTC

-- Events taken out by age: what receipts count is what files hold and what stands here.
CREATE TABLE aged_out (
    import TEXT NOT NULL REFERENCES import (id),
    class TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (import, class)
) STRICT, WITHOUT ROWID;

-- The smallest hashes of a source file's events: two files with the same events in other bytes have the same.
CREATE TABLE event_sample (
    source_file INTEGER NOT NULL REFERENCES source_file (id) ON DELETE CASCADE,
    hash INTEGER NOT NULL,
    PRIMARY KEY (source_file, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_sample_hash ON event_sample (hash);
CREATE INDEX source_file_import ON source_file (import);
