-- critical: A worse rank never has a higher score.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE NOT scores_fall
HAVING count(*) > 0
