-- critical: A category ranks each item once.
SELECT count(*) AS unexpected_rows, min(category) AS example
FROM (
    SELECT category
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY category
    HAVING count(DISTINCT item_id) < count(*)
) AS repeated
HAVING count(*) > 0
