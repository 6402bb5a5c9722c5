-- critical: No item is its own neighbour.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE has_itself
HAVING count(*) > 0
