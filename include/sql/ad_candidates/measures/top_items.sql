-- The rows, and those of the items that are shown most.
SELECT
    coalesce(sum(lists) FILTER (WHERE place <= {top}), 0)::bigint AS part,
    coalesce(sum(lists), 0)::bigint AS whole
FROM (
    SELECT sum(lists) AS lists, row_number() OVER (ORDER BY sum(lists) DESC) AS place
    FROM shown
    GROUP BY item_id
) AS by_item
