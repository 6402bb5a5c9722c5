-- critical: Every user, item and reason is of the window.
SELECT count(*) AS unexpected_rows, min(stranger) AS example
FROM (
    SELECT NULL AS stranger
    FROM {lists} AS lists
    WHERE NOT EXISTS (SELECT FROM {window_users} AS known WHERE known.id = lists.user_id)
    UNION ALL
    SELECT item_id
    FROM (SELECT * FROM {batch}) AS staged
    WHERE NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.item_id)
    UNION ALL
    SELECT because_item_id
    FROM (SELECT * FROM {batch}) AS staged
    WHERE
        because_item_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.because_item_id)
) AS strangers
HAVING count(*) > 0
