-- An advertiser's schemas: what they are, who may read them, what is there.

-- name: find_state
-- What the store was built from, whether the analyst role is there to be granted anything, whether lists are stored as
-- rows, and whether tables of rows are there still.
SELECT
    (
        SELECT obj_description(oid, 'pg_namespace')
        FROM pg_namespace
        WHERE nspname = :store
    ) AS fingerprint,
    EXISTS (SELECT FROM pg_roles WHERE rolname = :analyst) AS has_analyst,
    coalesce(bool_or(relation.relname = 'item_similarities_rows'), false)
        AND NOT bool_or(relation.relname = 'item_similarities_entries') AS stores_rows,
    coalesce(bool_or(relation.relname ~ :rows AND relation.relkind IN ('r', 'p')), false) AS has_rows
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store

-- name: add_lock
INSERT INTO {locks} VALUES ({lock}) ON CONFLICT DO NOTHING

-- name: take_lock
SELECT name FROM {locks} WHERE name = {lock} FOR UPDATE

-- name: try_lock
SELECT name FROM {locks} WHERE name = {lock} FOR UPDATE SKIP LOCKED

-- name: list_held
-- The locks that some transaction holds now: a row's xmax is the last that locked it, and pg_locks says who still runs.
-- Nothing is locked to find out, so that nobody meets the question.
SELECT locks.name
FROM {locks} AS locks
JOIN pg_locks AS running ON running.transactionid = locks.xmax
WHERE running.locktype = 'transactionid' AND running.granted AND running.mode = 'ExclusiveLock'
ORDER BY locks.name

-- name: set_lock_timeout
SELECT set_config('lock_timeout', :lock_timeout, true)

-- name: set_search_path
SELECT set_config('search_path', :search_path, true)

-- name: create_schema
CREATE SCHEMA IF NOT EXISTS {schema}

-- name: comment_store
COMMENT ON SCHEMA {store} IS {meaning}

-- name: comment_schemas
COMMENT ON SCHEMA {schema} IS 'What is published for one advertiser: read the views and tables here.';
COMMENT ON SCHEMA {store} IS {fingerprint};

-- name: grant_reading
GRANT USAGE ON SCHEMA {schema} TO {analyst};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {analyst};

-- name: list_columns
SELECT attribute.attname
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
WHERE namespace.nspname = :schema
    AND relation.relname = :table
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped

-- name: add_column
ALTER TABLE {table} ADD COLUMN {column}

-- name: fill_column
UPDATE {table} SET {column} = {value}

-- name: list_meanings
-- The columns of what people read, in order, with their comments.
SELECT
    relation.relname AS name,
    relation.relkind = 'v' AS is_view,
    obj_description(relation.oid, 'pg_class') AS meaning,
    attribute.attname AS column_name,
    format_type(attribute.atttypid, attribute.atttypmod) AS column_type,
    col_description(relation.oid, attribute.attnum) AS column_meaning
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
WHERE namespace.nspname = :schema
    AND relation.relkind IN ('r', 'v')
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
ORDER BY relation.relname, attribute.attnum

-- name: find_schema
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
    EXISTS (SELECT FROM pg_roles WHERE rolname = :analyst) AS has_analyst,
    EXISTS (
        SELECT
        FROM pg_class AS relation
        JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
        WHERE namespace.nspname = :store AND relation.relname = 'locks'
    ) AS has_locks

-- name: describe_server
SELECT
    current_setting('server_version') AS version,
    current_database() AS database,
    current_user AS username,
    pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS is_read_only

-- name: list_dependents
-- Views of others that stand on something in an advertiser's schemas, and would go with it.
SELECT DISTINCT dependent_space.nspname || '.' || dependent.relname AS name
FROM pg_depend AS link
JOIN pg_rewrite AS rule ON rule.oid = link.objid AND link.classid = 'pg_rewrite'::regclass
JOIN pg_class AS dependent ON dependent.oid = rule.ev_class
JOIN pg_namespace AS dependent_space ON dependent_space.oid = dependent.relnamespace
JOIN pg_class AS base ON base.oid = link.refobjid AND link.refclassid = 'pg_class'::regclass
JOIN pg_namespace AS base_space ON base_space.oid = base.relnamespace
WHERE base_space.nspname IN (:schema, :store) AND dependent_space.nspname NOT IN (:schema, :store)
ORDER BY name

-- name: measure_schemas
-- How much an advertiser's two schemas hold.
SELECT
    namespace.nspname AS name,
    count(relation.oid) FILTER (WHERE relation.relkind IN ('r', 'p', 'v')) AS relations,
    coalesce(sum(pg_total_relation_size(relation.oid)) FILTER (WHERE relation.relkind = 'r'), 0)::bigint AS bytes
FROM pg_namespace AS namespace
LEFT JOIN pg_class AS relation ON relation.relnamespace = namespace.oid
WHERE namespace.nspname IN (:schema, :store)
GROUP BY namespace.nspname
ORDER BY namespace.nspname
