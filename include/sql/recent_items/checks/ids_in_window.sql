-- critical: Every user_id and item_id of a purchase is of the window.
-- Who has only looked, and what was only looked at, may be in no model and yet have been here last.
SELECT sum(count(*)) OVER () AS unexpected_rows, stranger AS example
FROM (
    SELECT NULL AS stranger
    FROM (SELECT * FROM {batch}) AS staged
    WHERE
        event_type = 'purchase'
        AND NOT EXISTS (SELECT FROM {window_users} AS known WHERE known.id = staged.user_id)
    UNION ALL
    SELECT id
    FROM (SELECT unnest(item_id) AS id FROM (SELECT * FROM {batch}) AS staged WHERE event_type = 'purchase') AS named
    WHERE id IS NOT NULL AND NOT EXISTS (SELECT FROM {window_items} AS known WHERE known.id = named.id)
) AS strangers
GROUP BY stranger
ORDER BY stranger
LIMIT 3
