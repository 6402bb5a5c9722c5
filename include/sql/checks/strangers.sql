-- The ids of one column that are not of the window, by one join with all that are.
SELECT {shown} AS stranger
FROM (SELECT {ids} AS id FROM (SELECT * FROM {batch}) AS staged) AS named
WHERE id IS NOT NULL AND NOT EXISTS (SELECT FROM {known} AS known WHERE known.id = named.id)
