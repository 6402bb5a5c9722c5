-- The lists, and those that have the item that is shown most.
SELECT coalesce(max(lists), 0)::bigint AS part, (SELECT count(*) FROM {found}) AS whole
FROM (SELECT sum(lists) AS lists FROM shown GROUP BY item_id) AS by_item
