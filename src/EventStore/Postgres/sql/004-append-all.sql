-- Appends a batch like append_events, as long as nothing stands against any of it: then the answer is null, "all appended". Otherwise it is
-- an empty array, nothing was stored, and the caller asks append_events in a transaction of its own. A plain INSERT saves the server a
-- quarter of an append: ON CONFLICT looks into each unique tree before it inserts, and writes a second record for each row.
CREATE FUNCTION append_all(
    streams text[], expected bigint[], commands uuid[], due_at bigint[], names text[], jsons bytea[], hashes bytea[],
    more_streams text[], more_versions bigint[], more_ordinals integer[], more_commands uuid[], more_names text[], more_jsons bytea[],
    more_hashes bytea[])
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    added integer;
BEGIN
    -- The feed's order needs an id that is younger than everything the judgement below can see, so it is taken inside that statement.
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'append_all must be the first change of its transaction';
    END IF;

    PERFORM pg_advisory_xact_lock_shared(announcements() | pg_snapshot_xmax(pg_current_snapshot())::text::bigint);

    INSERT INTO events (xid, version, ordinal, command, hash, stream, name, json)
    SELECT (SELECT f.xids_added FROM feed f) + pg_current_xact_id()::text::bigint, a.expected + 1, 0, a.command, a.hash, a.stream, a.name, a.json
    FROM unnest(streams, expected, commands, names, jsons, hashes) AS a (stream, expected, command, name, json, hash)
    WHERE a.expected = coalesce((SELECT e.version FROM events e WHERE e.stream = a.stream ORDER BY e.version DESC LIMIT 1), 0)
    ORDER BY a.stream COLLATE "C";
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added < cardinality(streams) THEN
        RAISE unique_violation;
    END IF;

    -- The versions are ours alone now: who wants one of them waits for this transaction, or has just been met above.
    IF cardinality(more_streams) > 0 THEN
        INSERT INTO events (xid, version, ordinal, command, hash, stream, name, json)
        SELECT (SELECT f.xids_added FROM feed f) + pg_current_xact_id()::text::bigint, m.version, m.ordinal, m.command, m.hash, m.stream, m.name,
            m.json
        FROM unnest(more_streams, more_versions, more_ordinals, more_commands, more_names, more_jsons, more_hashes)
            AS m (stream, version, ordinal, command, name, json, hash)
        ORDER BY m.stream COLLATE "C", m.ordinal;
    END IF;

    -- A due time may be there already: the same one as before.
    INSERT INTO due (at, stream)
    SELECT d.at, d.stream FROM unnest(due_at, streams) AS d (at, stream)
    WHERE d.at IS NOT NULL ORDER BY d.at, d.stream COLLATE "C"
    ON CONFLICT DO NOTHING;

    RETURN NULL;
EXCEPTION WHEN unique_violation THEN
    -- An answer and no error: a race is no fault, and the server would write each error to its log, with the name of the stream.
    RETURN '{}';
END $$;
