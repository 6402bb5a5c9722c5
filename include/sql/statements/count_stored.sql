-- The rows of each table in the store, as they were counted when it was loaded.
SELECT relname AS name, greatest(reltuples, 0)::bigint AS row_count
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store AND relation.relkind = 'r'
ORDER BY relname
