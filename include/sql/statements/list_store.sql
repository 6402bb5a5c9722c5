-- The tables of the store that belong to releases; a partition of a partition goes with the one above it.
SELECT
    relation.relname AS name,
    relation.relkind = 'p' AS is_partitioned,
    relation.relispartition AS is_attached
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store
    AND relation.relkind IN ('r', 'p')
    AND NOT (relation.relkind = 'p' AND NOT relation.relispartition AND relation.relname LIKE '%\_rows')
ORDER BY relation.relkind = 'p' DESC, relation.relname
