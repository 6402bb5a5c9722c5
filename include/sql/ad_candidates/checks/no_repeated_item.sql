-- critical: A user is shown each item once.
SELECT count(*) AS unexpected_rows
FROM (SELECT * FROM {lists}) AS lists
WHERE different_items < size
HAVING count(*) > 0
