-- How silos find each other, what Orleans keeps for the subscribers of streams, and how far the streams' reader has come.
-- Orleans asks for its statements by key: the keys, the names of their parameters and of the columns that they return are its interface.
-- Tables and statements are ours. docs/decisions/0012-sql-of-the-cluster.md says what each statement has to guarantee.

CREATE TABLE orleansquery (
    querykey text CONSTRAINT orleansquery_key PRIMARY KEY,
    querytext text NOT NULL
);

-- One row a cluster. Every change of its silos raises the version by one, and whoever knew an older one has to read again.
CREATE TABLE cluster_versions (
    cluster text COLLATE "C" CONSTRAINT cluster_versions_key PRIMARY KEY,
    version integer NOT NULL
);

-- One row a silo and start: a silo that is started again is another one. Status 3 is active, 6 is dead.
CREATE TABLE cluster_silos (
    cluster text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    gateway_port integer NOT NULL,
    status integer NOT NULL,
    suspects text,
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    CONSTRAINT cluster_silos_key PRIMARY KEY (cluster, address, port, generation),
    CONSTRAINT cluster_silos_cluster FOREIGN KEY (cluster) REFERENCES cluster_versions ON DELETE CASCADE
);

-- States of Orleans' own grains: who subscribes to which stream. No state of a user is here. A cleared state is null and has a version.
CREATE TABLE grain_states (
    service text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    n0 bigint NOT NULL,
    n1 bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state bytea,
    CONSTRAINT grain_states_key PRIMARY KEY (service, type, n0, n1, key)
);

-- How far the readers of the feed have come that go on by themselves, in the feed's order.
CREATE TABLE stream_checkpoints (
    reader text CONSTRAINT stream_checkpoints_key PRIMARY KEY,
    xid bigint NOT NULL,
    position bigint NOT NULL
);

INSERT INTO orleansquery (querykey, querytext) VALUES
-- The membership of silos. Each change is one statement: it takes the row of the version first, so of two changes that were made on the
-- same version the second one finds another version and changes nothing.
('InsertMembershipVersionKey', $$
    WITH made AS (
        INSERT INTO cluster_versions (cluster, version) VALUES (@DeploymentId, 0) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*) = 1 FROM made
$$),
('InsertMembershipKey', $$
    WITH raised AS (
        UPDATE cluster_versions v SET version = v.version + 1
        WHERE v.cluster = @DeploymentId AND v.version = @Version AND NOT EXISTS (
            SELECT FROM cluster_silos s
            WHERE s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING v.cluster),
    joined AS (
        INSERT INTO cluster_silos (cluster, address, port, generation, name, host, gateway_port, status, started_at, alive_at)
        SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @ProxyPort, @Status, @StartTime, @IAmAliveTime FROM raised
        RETURNING 1)
    SELECT count(*) = 1 FROM joined
$$),
('UpdateMembershipKey', $$
    WITH raised AS (
        UPDATE cluster_versions v SET version = v.version + 1
        WHERE v.cluster = @DeploymentId AND v.version = @Version AND EXISTS (
            SELECT FROM cluster_silos s
            WHERE s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING v.cluster),
    changed AS (
        UPDATE cluster_silos s SET status = @Status, suspects = @SuspectTimes, alive_at = @IAmAliveTime
        FROM raised
        WHERE s.cluster = raised.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1)
    SELECT count(*) = 1 FROM changed
$$),
('UpdateIAmAlivetimeKey', $$
    UPDATE cluster_silos SET alive_at = @IAmAliveTime
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$$),
-- The version comes also without a silo.
('MembershipReadRowKey', $$
    SELECT s.address, s.port, s.generation, s.name AS siloname, s.host AS hostname, s.status, s.gateway_port AS proxyport,
        s.suspects AS suspecttimes, s.started_at AS starttime, s.alive_at AS iamalivetime, v.version
    FROM cluster_versions v
    LEFT JOIN cluster_silos s
        ON s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE v.cluster = @DeploymentId
$$),
('MembershipReadAllKey', $$
    SELECT s.address, s.port, s.generation, s.name AS siloname, s.host AS hostname, s.status, s.gateway_port AS proxyport,
        s.suspects AS suspecttimes, s.started_at AS starttime, s.alive_at AS iamalivetime, v.version
    FROM cluster_versions v
    LEFT JOIN cluster_silos s ON s.cluster = v.cluster
    WHERE v.cluster = @DeploymentId
$$),
-- Clients enter the cluster through silos that have users, and those alone: their names begin with "sessions-".
('GatewaysQueryKey', $$
    SELECT address, gateway_port AS proxyport, generation FROM cluster_silos
    WHERE cluster = @DeploymentId AND status = @Status AND gateway_port > 0 AND name LIKE 'sessions-%'
$$),
('CleanupDefunctSiloEntriesKey', $$
    DELETE FROM cluster_silos WHERE cluster = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3
$$),
('DeleteMembershipTableEntriesKey', $$
    DELETE FROM cluster_versions WHERE cluster = @DeploymentId
$$),
-- States of grains. A write without a version is the first one, and a row that is there already refuses it.
('ReadFromStorageKey', $$
    SELECT state AS payloadbinary, version FROM grain_states
    WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
        AND key = coalesce(@GrainIdExtensionString, '')
$$),
('WriteToStorageKey', $$
    WITH made AS (
        INSERT INTO grain_states (service, type, n0, n1, key, version, state)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), 1, @PayloadBinary
        WHERE @GrainStateVersion IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version),
    changed AS (
        UPDATE grain_states SET version = version + 1, state = @PayloadBinary
        WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
            AND key = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
        RETURNING version)
    SELECT version AS newgrainstateversion FROM made UNION ALL SELECT version FROM changed
$$),
('ClearStorageKey', $$
    UPDATE grain_states SET version = version + 1, state = NULL
    WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
        AND key = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version
$$),
('DeleteStorageKey', $$
    DELETE FROM grain_states
    WHERE service = @ServiceId AND type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
        AND key = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version + 1
$$);
