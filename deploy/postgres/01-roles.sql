-- Runs once, when the database's folder is still empty: two roles and the database.
-- sessions_owner makes and changes tables (ConnectionStrings__SessionsMigrations). sessions_service runs the nodes
-- (ConnectionStrings__Sessions); it gets its rights from the service's own migration and can neither change nor delete an event.
\getenv owner_password SESSIONS_OWNER_PASSWORD
\getenv service_password SESSIONS_SERVICE_PASSWORD

CREATE ROLE sessions_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE sessions_service LOGIN PASSWORD :'service_password';
CREATE DATABASE sessions OWNER sessions_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE sessions FROM PUBLIC;
GRANT CONNECT ON DATABASE sessions TO sessions_service;

\connect sessions
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sessions_service;
