-- By which sessions and devices a stream is found: docs/decisions/0041-search-index.md. A key is a keyed hash and says nothing by itself.

CREATE TABLE search_keys (
    key uuid NOT NULL,
    stream text COLLATE "C" NOT NULL,
    CONSTRAINT search_keys_key PRIMARY KEY (key, stream)
);

-- Appends a batch of which some appends have keys, in the caller's transaction, and answers as the function does that it asks: append_events
-- where the batch is to be checked append by append, else append_all. The keys of what was appended are added behind its events. Two
-- nodes never wait for each other here: who adds a key of a stream has appended to it, which one transaction at a time can do.
CREATE FUNCTION append_with_keys(
    is_checked boolean,
    streams text[], expected bigint[], commands uuid[], due_at bigint[], names text[], jsons bytea[], hashes bytea[],
    more_streams text[], more_versions bigint[], more_ordinals integer[], more_commands uuid[], more_names text[], more_jsons bytea[],
    more_hashes bytea[],
    keys uuid[], key_streams text[])
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    outcomes integer[];
BEGIN
    IF is_checked THEN
        outcomes := append_events(
            streams, expected, commands, due_at, names, jsons, hashes, more_streams, more_versions, more_ordinals, more_commands, more_names,
            more_jsons, more_hashes);
    ELSE
        outcomes := append_all(
            streams, expected, commands, due_at, names, jsons, hashes, more_streams, more_versions, more_ordinals, more_commands, more_names,
            more_jsons, more_hashes);
    END IF;

    IF outcomes IS NULL THEN
        INSERT INTO search_keys (key, stream)
        SELECT k.key, k.stream FROM unnest(keys, key_streams) AS k (key, stream) ORDER BY k.key, k.stream COLLATE "C"
        ON CONFLICT DO NOTHING;
    ELSIF cardinality(outcomes) > 0 THEN
        INSERT INTO search_keys (key, stream)
        SELECT k.key, k.stream
        FROM unnest(keys, key_streams) AS k (key, stream)
        JOIN unnest(streams, outcomes) AS a (stream, outcome) ON a.stream = k.stream
        WHERE a.outcome = 0 ORDER BY k.key, k.stream COLLATE "C"
        ON CONFLICT DO NOTHING;
    END IF;

    RETURN outcomes;
END $$;
