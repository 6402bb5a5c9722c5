-- The rows, and those of items that ads_now leaves out at this moment, so that the lists run short.
SELECT
    coalesce(sum(shown.lists) FILTER (WHERE blocked.item_id IS NOT NULL), 0)::bigint AS part,
    coalesce(sum(shown.lists), 0)::bigint AS whole
FROM shown
LEFT JOIN {blocked} AS blocked
    ON blocked.item_id = shown.item_id AND (blocked.until IS NULL OR blocked.until > now())
