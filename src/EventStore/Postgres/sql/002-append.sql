-- Appends a batch in the caller's transaction, which is this one call: one round trip, one commit.
-- The first event of each append comes in the first arrays, whatever follows it in the arrays named more_.
-- A stream is in a batch once. The answer is null when all were appended, else an outcome for each:
-- 0 appended, 1 another version, 2 the command is there already.
--
-- Racing nodes: who inserts the first event of an append owns the rest, as the next version can only be judged by somebody who sees
-- that first event committed. So ON CONFLICT is needed for first events alone, waits for a racer to finish, and fails nobody else.
-- All nodes insert in the order of streams, so that they never wait for each other in a circle.
--
-- Every append announces itself before it has a transaction id, by a lock that says which id its own cannot be lower than. Readers of the
-- feed look at these locks: so nothing but appends to this log holds the feed up, and an id that is taken later is never below what they
-- read.
CREATE FUNCTION announcements() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (16384 | (hashtext(current_schema()) & 16383))::bigint << 48
$$;

CREATE FUNCTION append_events(
    streams text[], expected bigint[], commands uuid[], due_at bigint[], names text[], jsons bytea[], hashes bytea[],
    more_streams text[], more_versions bigint[], more_ordinals integer[], more_commands uuid[], more_names text[], more_jsons bytea[],
    more_hashes bytea[])
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    this_xid bigint;
    added integer;
    due_count integer := cardinality(array_remove(due_at, NULL));
BEGIN
    -- The feed's order needs an id that is younger than everything the judgement below can see, so it is taken inside that statement.
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'append_events must be the first change of its transaction';
    END IF;

    PERFORM pg_advisory_xact_lock_shared(announcements() | pg_snapshot_xmax(pg_current_snapshot())::text::bigint);

    INSERT INTO events (xid, version, ordinal, command, hash, stream, name, json)
    SELECT (SELECT f.xids_added FROM feed f) + pg_current_xact_id()::text::bigint, a.expected + 1, 0, a.command, a.hash, a.stream, a.name, a.json
    FROM unnest(streams, expected, commands, names, jsons, hashes) AS a (stream, expected, command, name, json, hash)
    WHERE a.expected = coalesce((SELECT e.version FROM events e WHERE e.stream = a.stream ORDER BY e.version DESC LIMIT 1), 0)
    ORDER BY a.stream COLLATE "C"
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    SELECT f.xids_added + pg_current_xact_id()::text::bigint INTO STRICT this_xid FROM feed f;

    IF cardinality(more_streams) > 0 THEN
        INSERT INTO events (xid, version, ordinal, command, hash, stream, name, json)
        SELECT this_xid, m.version, m.ordinal, m.command, m.hash, m.stream, m.name, m.json
        FROM unnest(more_streams, more_versions, more_ordinals, more_commands, more_names, more_jsons, more_hashes)
            AS m (stream, version, ordinal, command, name, json, hash)
        WHERE (SELECT e.xid FROM events e WHERE e.stream = m.stream AND e.version = m.version - m.ordinal) = this_xid
        ORDER BY m.stream COLLATE "C", m.ordinal;
    END IF;

    IF added = cardinality(streams) THEN
        IF due_count > 0 THEN
            INSERT INTO due (at, stream)
            SELECT d.at, d.stream FROM unnest(due_at, streams) AS d (at, stream)
            WHERE d.at IS NOT NULL ORDER BY d.at, d.stream COLLATE "C"
            ON CONFLICT DO NOTHING;
        END IF;

        RETURN NULL;
    END IF;

    -- Looked up one by one, as values: for EXISTS a plan that was made while the log was small may read all of the log.
    INSERT INTO due (at, stream)
    SELECT d.at, d.stream FROM unnest(due_at, streams, expected) AS d (at, stream, expected)
    WHERE d.at IS NOT NULL
        AND (SELECT e.xid FROM events e WHERE e.stream = d.stream AND e.version = d.expected + 1) = this_xid
    ORDER BY d.at, d.stream COLLATE "C"
    ON CONFLICT DO NOTHING;

    -- A new statement sees what a racer has committed meanwhile.
    RETURN ARRAY(
        SELECT CASE
            WHEN (SELECT e.xid FROM events e WHERE e.stream = a.stream AND e.version = a.expected + 1) = this_xid THEN 0
            WHEN (SELECT e.version FROM events e WHERE e.stream = a.stream AND e.command = a.command AND e.ordinal = 0) > 0 THEN 2
            ELSE 1 END
        FROM unnest(streams, expected, commands) WITH ORDINALITY AS a (stream, expected, command, number)
        ORDER BY a.number);
END $$;
