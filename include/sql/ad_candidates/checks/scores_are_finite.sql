-- critical: Every score is a finite number.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE score IN ('NaN', 'Infinity', '-Infinity')
HAVING count(*) > 0
