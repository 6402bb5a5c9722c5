-- critical: The ranks of each user's list are 1 to n without gaps.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY user_id
    HAVING min(rank) <> 1 OR max(rank) <> count(*)
) AS lists
HAVING count(*) > 0
