-- What readers of the feed may read. Why it is so, and what it must not be: docs/decisions/0016-feed-horizon.md.

-- The appends that are open, and a transaction id that none of them is below.
CREATE FUNCTION feed_writers() RETURNS TABLE (pid integer, first_xid bigint) LANGUAGE sql VOLATILE AS $$
    SELECT l.pid, ((l.classid::bigint & 65535) << 32) | l.objid::bigint
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
      AND l.classid::bigint >> 16 = announcements() >> 48
$$;

-- The number below which every event is in the log by now: committed and seen by each statement that begins after this one, or never
-- coming. First the next id, then the appends that are open, in this order and by a statement each: an append that is not among them has
-- ended, or will take a higher id. Its lock ends after its commit can be seen, so an append that is missed here is seen by the reader.
CREATE FUNCTION feed_horizon() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    next_xid bigint;
    open_xid bigint;
BEGIN
    next_xid := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    SELECT min(w.first_xid) INTO open_xid FROM feed_writers() w;
    RETURN least(next_xid, open_xid) + (SELECT f.xids_added FROM feed f);
END $$;
