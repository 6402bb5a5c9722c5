-- Keys that are there more than once. A primary key that PostgreSQL has built is the proof, and then nothing is read.
SELECT count(*) OVER () AS unexpected_rows, {example} AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = {leaf}::regclass AND indisprimary)
GROUP BY {key}
HAVING count(*) > 1
ORDER BY example
LIMIT 3
