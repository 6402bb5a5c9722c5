-- critical: Every score is a finite number.
SELECT count(*) AS unexpected_rows, min(item_without_finite_score) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE item_without_finite_score IS NOT NULL
HAVING count(*) > 0
