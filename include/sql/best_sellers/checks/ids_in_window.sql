-- critical: Every item was bought in the window.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.item_id)
HAVING count(*) > 0
