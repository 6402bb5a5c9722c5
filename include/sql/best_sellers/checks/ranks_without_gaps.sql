-- critical: The ranks of each category are 1 to n without gaps.
SELECT count(*) AS unexpected_rows, min(category) AS example
FROM (
    SELECT category
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY category
    HAVING min(rank) <> 1 OR max(rank) <> count(*)
) AS lists
HAVING count(*) > 0
