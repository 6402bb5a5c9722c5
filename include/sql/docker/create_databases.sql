-- The roles and databases of the Docker deployment, made or brought up to date at every start, so that a
-- password changed in .env holds from then on. Run by psql as the superuser; passwords come from its
-- environment, never from its command line.

\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv warehouse_password WAREHOUSE_PASSWORD
\getenv analyst_password ANALYST_PASSWORD
\getenv redash_password REDASH_DB_PASSWORD

-- A statement that fails is written to the server's log, and these hold passwords.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name)
FROM unnest(ARRAY['airflow', 'dangol', 'analyst', 'redash']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE airflow PASSWORD :'airflow_password';
ALTER ROLE dangol PASSWORD :'warehouse_password';
ALTER ROLE analyst PASSWORD :'analyst_password';
ALTER ROLE redash PASSWORD :'redash_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('airflow', 'airflow'), ('warehouse', 'dangol'), ('redash', 'redash')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

-- Without this every login role may connect and create temporary tables.
REVOKE ALL ON DATABASE airflow, warehouse, redash, postgres FROM PUBLIC;

-- What the analyst may read is granted with each schema. These limits keep a forgotten query from holding
-- up retention, which needs a moment without readers to drop an old release.
GRANT CONNECT ON DATABASE warehouse TO analyst;
ALTER ROLE analyst SET default_transaction_read_only = on;
ALTER ROLE analyst SET statement_timeout = '10min';
ALTER ROLE analyst SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE analyst CONNECTION LIMIT 20;
