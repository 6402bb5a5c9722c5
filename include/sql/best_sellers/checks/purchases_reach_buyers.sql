-- critical: Every item has at least as many purchases as buyers.
SELECT count(*) OVER () AS unexpected_rows, item_id AS example
FROM (
    SELECT unnest(item_id) AS item_id, unnest(buyers) AS buyers, unnest(purchases) AS purchases
    FROM (SELECT * FROM {batch}) AS staged
) AS entries
WHERE purchases < buyers
ORDER BY example
LIMIT 3
