-- Run by a superuser, once the service has made its tables: psql -U postgres -d sessions -f subscriber-role.sql
-- A role for silos of other services that subscribe to sign-outs. It may join the cluster; it may read no event, no user and no subscription.
\getenv subscriber_password SESSIONS_SUBSCRIBER_PASSWORD

CREATE ROLE sessions_subscriber LOGIN PASSWORD :'subscriber_password';
GRANT CONNECT ON DATABASE sessions TO sessions_subscriber;
GRANT USAGE ON SCHEMA public TO sessions_subscriber;
GRANT SELECT ON orleansquery TO sessions_subscriber;
GRANT SELECT, INSERT, UPDATE ON cluster_versions TO sessions_subscriber;
GRANT SELECT, INSERT, UPDATE, DELETE ON cluster_silos TO sessions_subscriber;
