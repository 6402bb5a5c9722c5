-- What the store was built from, and whether the analyst role is there to be granted anything.
SELECT
    (
        SELECT obj_description(oid, 'pg_namespace')
        FROM pg_namespace
        WHERE nspname = :store
    ) AS fingerprint,
    EXISTS (SELECT FROM pg_roles WHERE rolname = :analyst) AS has_analyst
