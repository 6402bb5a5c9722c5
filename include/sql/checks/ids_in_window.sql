-- Ids that are not of the window, counted, and the first three of them; users are counted only.
SELECT sum(count(*)) OVER () AS unexpected_rows, stranger AS example
FROM ({strangers}) AS strangers
GROUP BY stranger
ORDER BY stranger
LIMIT 3
