-- The rows, and those of one source.
SELECT
    coalesce(sum(lists) FILTER (WHERE source = {source}), 0)::bigint AS part,
    coalesce(sum(lists), 0)::bigint AS whole
FROM shown
