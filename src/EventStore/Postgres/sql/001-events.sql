-- The log on PostgreSQL. Why it looks like this, with figures: docs/decisions/0005-postgresql-store.md.
-- Names of streams compare byte by byte.

-- The events. Readers of the feed order and resume by (xid, position): the transaction that stored an event, and the order in it.
CREATE TABLE events (
    xid bigint NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    ordinal integer NOT NULL,
    command uuid NOT NULL,
    hash bytea NOT NULL,
    stream text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    json bytea NOT NULL,
    CONSTRAINT events_feed PRIMARY KEY (xid, position),
    CONSTRAINT events_version UNIQUE (stream, version)
);

-- The ordinals of a command are 0, 1, 2… and stored together, so its first event stands for all.
CREATE UNIQUE INDEX events_command ON events (stream, command) WHERE ordinal = 0;

-- What is true of the whole log; a value is never changed. The format says how everything here is to be read.
CREATE TABLE properties (
    name text COLLATE "C" CONSTRAINT properties_key PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);
INSERT INTO properties VALUES ('format', '2');

-- What is added to the server's transaction ids: 0, until the log is restored from a dump into a server whose ids are lower.
CREATE TABLE feed (xids_added bigint NOT NULL);
INSERT INTO feed VALUES (0);

-- When streams want to be looked at, in milliseconds since 1970, rounded up. A row may be stale, none is ever missing.
CREATE TABLE due (
    at bigint NOT NULL,
    stream text COLLATE "C" NOT NULL,
    CONSTRAINT due_key PRIMARY KEY (at, stream)
);

-- A cache: every row may be deleted.
CREATE TABLE snapshots (
    stream text COLLATE "C" CONSTRAINT snapshots_key PRIMARY KEY,
    shape integer NOT NULL,
    version bigint NOT NULL,
    hash bytea NOT NULL,
    json bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
