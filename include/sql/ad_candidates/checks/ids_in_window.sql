-- critical: Every user, item and reason is of the window.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE NOT EXISTS (SELECT FROM {window_users} AS known WHERE known.id = staged.user_id)
    OR NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.item_id)
    OR (
        because_item_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.because_item_id)
    )
HAVING count(*) > 0
