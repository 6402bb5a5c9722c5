-- The lists or rows that do not keep a rule, counted, and the first three of them.
SELECT count(*) OVER () AS unexpected_rows, {example} AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE {rule} IS FALSE
ORDER BY example
LIMIT 3
