-- No rows, only the columns' types.
SELECT {columns}
FROM {table}
LIMIT 0
