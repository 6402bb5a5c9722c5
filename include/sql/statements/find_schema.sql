-- Whether an advertiser's schemas are there, whose they are, and what this user may do.
SELECT
    (SELECT count(*) FROM pg_namespace WHERE nspname IN (:schema, :store)) AS schemas,
    (
        SELECT obj_description(oid, 'pg_namespace')
        FROM pg_namespace
        WHERE nspname = :store
    ) AS built,
    (
        SELECT count(*)
        FROM pg_class AS relation
        JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
        WHERE namespace.nspname IN (:schema, :store)
    ) AS relations,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    NOT EXISTS (
        SELECT FROM pg_namespace
        WHERE nspname IN (:schema, :store) AND NOT pg_has_role(nspowner, 'USAGE')
    ) AS is_owner,
    EXISTS (SELECT FROM pg_roles WHERE rolname = :analyst) AS has_analyst
