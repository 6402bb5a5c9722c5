-- critical: A user has each item once per event type.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id, event_type
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY user_id, event_type
    HAVING count(DISTINCT item_id) < count(*)
) AS repeated
HAVING count(*) > 0
