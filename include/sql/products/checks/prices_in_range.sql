-- critical: A price is null or a finite number that is not negative.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE NOT (price >= 0 AND price < 'Infinity')
HAVING count(*) > 0
