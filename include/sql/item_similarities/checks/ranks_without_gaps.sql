-- critical: The ranks of each item's list are 1 to n without gaps.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (
    SELECT item_id
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY item_id
    HAVING min(rank) <> 1 OR max(rank) <> count(*)
) AS lists
HAVING count(*) > 0
