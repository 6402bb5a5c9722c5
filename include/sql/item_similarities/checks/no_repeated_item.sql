-- critical: An item has each neighbour once.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (
    SELECT item_id
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY item_id
    HAVING count(DISTINCT similar_item_id) < count(*)
) AS repeated
HAVING count(*) > 0
