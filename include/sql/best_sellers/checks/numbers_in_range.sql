-- critical: A best seller has a buyer, no more buyers than purchases, and a finite revenue.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE buyers < 1 OR purchases < buyers OR revenue IN ('NaN', 'Infinity', '-Infinity')
HAVING count(*) > 0
