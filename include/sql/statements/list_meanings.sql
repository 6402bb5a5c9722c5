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
