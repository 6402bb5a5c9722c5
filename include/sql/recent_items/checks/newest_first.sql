-- critical: A worse rank is never newer.
SELECT count(*) AS unexpected_rows
FROM (SELECT * FROM {lists}) AS lists
WHERE NOT newest_first
HAVING count(*) > 0
