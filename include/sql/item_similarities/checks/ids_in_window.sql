-- critical: Every item and neighbour was bought in the window.
SELECT count(*) AS unexpected_rows, min(stranger) AS example
FROM (
    SELECT item_id AS stranger
    FROM {lists} AS lists
    WHERE NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = lists.item_id)
    UNION ALL
    SELECT similar_item_id
    FROM (SELECT * FROM {batch}) AS staged
    WHERE NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.similar_item_id)
) AS strangers
HAVING count(*) > 0
