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
