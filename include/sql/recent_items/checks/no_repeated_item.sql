-- critical: A user has each item once per event type.
SELECT count(*) AS unexpected_rows
FROM (SELECT * FROM {lists}) AS lists
WHERE different_items < size
HAVING count(*) > 0
