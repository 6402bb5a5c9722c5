-- critical: No item is its own neighbour.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE item_id = similar_item_id
HAVING count(*) > 0
