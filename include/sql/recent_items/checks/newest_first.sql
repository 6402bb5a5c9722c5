-- critical: A worse rank is never newer.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id, event_type, occurred_at, lag(occurred_at) OVER (PARTITION BY user_id, event_type ORDER BY rank) AS before
    FROM (SELECT * FROM {batch}) AS staged
) AS neighbours
WHERE occurred_at > before
HAVING count(*) > 0
