-- What imports found out about clocks, and did about it.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY,
    import TEXT NOT NULL REFERENCES import (id),
    file TEXT,                     -- path, member after '!'; null: of the import as a whole
    kind TEXT NOT NULL,            -- stamp, kernel, zone, sensor, set, future, overruled, unclear
    host TEXT NOT NULL,
    stamp TEXT NOT NULL,
    offset_seconds REAL,           -- ahead of what is right
    agreeing INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    repaired INTEGER NOT NULL,
    sentence TEXT NOT NULL
) STRICT;

CREATE INDEX clock_import ON clock (import);
