-- critical: No item is its own reason.
SELECT count(*) AS unexpected_rows, min(item_that_is_its_reason) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE item_that_is_its_reason IS NOT NULL
HAVING count(*) > 0
