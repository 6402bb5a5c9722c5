-- The rows, and those of sources that only fill lists up.
SELECT
    coalesce(sum(lists) FILTER (WHERE source = ANY({fillers})), 0)::bigint AS part,
    coalesce(sum(lists), 0)::bigint AS whole
FROM shown
