-- critical: A worse rank never has a higher score.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (
    SELECT item_id, score, lag(score) OVER (PARTITION BY item_id ORDER BY rank) AS before
    FROM (SELECT * FROM {batch}) AS staged
) AS neighbours
WHERE score > before
HAVING count(*) > 0
