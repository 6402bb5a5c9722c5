-- critical: A worse rank never has more buyers.
SELECT count(*) AS unexpected_rows, min(category) AS example
FROM (
    SELECT category, buyers, lag(buyers) OVER (PARTITION BY category ORDER BY rank) AS before
    FROM (SELECT * FROM {batch}) AS staged
) AS neighbours
WHERE buyers > before
HAVING count(*) > 0
