-- critical: A user is shown each item once.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id
    FROM (SELECT * FROM {batch}) AS staged
    GROUP BY user_id
    HAVING count(DISTINCT item_id) < count(*)
) AS repeated
HAVING count(*) > 0
