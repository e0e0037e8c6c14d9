-- The log of the embedded store. Why it looks like this, with figures: docs/decisions/0003-sqlite-store.md.

-- Numbers for stream names, in order of first appearance: the other tables stay small, and new streams share pages.
CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What is true of the whole log; a value is never changed. The format says how everything here is to be read.
CREATE TABLE properties (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO properties VALUES ('format', '2');

-- The events in commit order; at is the time that they carry, in milliseconds since 1970.
-- Only ever appended to: the newest page is the only one that changes.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    command BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    json BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Both unique rules of a stream in one tree, as neighbours, so that an append changes one page and not two:
-- key INTEGER is a version (the event at position), key BLOB is a command (its first event is at position).
CREATE TABLE stream_keys (
    stream INTEGER NOT NULL,
    key ANY NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, key)
) STRICT, WITHOUT ROWID;

-- When streams want to be looked at, in milliseconds since 1970, rounded up. A row may be stale, none is ever missing.
CREATE TABLE due (
    at INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    PRIMARY KEY (at, stream)
) STRICT, WITHOUT ROWID;

-- A cache: every row may be deleted.
CREATE TABLE snapshots (
    stream INTEGER PRIMARY KEY,
    shape INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    json BLOB NOT NULL
) STRICT;

CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER stream_keys_are_not_updated BEFORE UPDATE ON stream_keys BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER stream_keys_are_not_deleted BEFORE DELETE ON stream_keys BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
