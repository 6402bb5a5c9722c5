-- critical: No item is its own reason.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE item_id = because_item_id
HAVING count(*) > 0
