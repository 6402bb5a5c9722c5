-- critical: A worse rank never has a higher score.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id, score, lag(score) OVER (PARTITION BY user_id ORDER BY rank) AS before
    FROM (SELECT * FROM {batch}) AS staged
) AS neighbours
WHERE score > before
HAVING count(*) > 0
