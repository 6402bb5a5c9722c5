-- critical: An item has each neighbour once.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE different_items < size
HAVING count(*) > 0
