-- critical: The ranks of each item's list are 1 to n without gaps.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE first_rank <> 1 OR last_rank <> size
HAVING count(*) > 0
