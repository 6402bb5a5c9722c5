-- critical: Every user and item of a purchase is of the window.
-- Who has only looked, and what was only looked at, may be in no model and yet have been here last.
SELECT count(*) AS unexpected_rows, min(stranger) AS example
FROM (
    SELECT NULL AS stranger
    FROM {lists} AS lists
    WHERE
        event_type = 'purchase'
        AND NOT EXISTS (SELECT FROM {window_users} AS known WHERE known.id = lists.user_id)
    UNION ALL
    SELECT item_id
    FROM (SELECT * FROM {batch}) AS staged
    WHERE
        event_type = 'purchase'
        AND NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = staged.item_id)
) AS strangers
HAVING count(*) > 0
