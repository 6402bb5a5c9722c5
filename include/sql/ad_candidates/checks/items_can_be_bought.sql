-- critical: No item_id is one that the catalogue calls unavailable.
-- Nor one that it does not name, where that says the same (catalogue.absent_items).
SELECT count(*) OVER () AS unexpected_rows, named.item_id AS example
FROM (SELECT DISTINCT unnest(item_id) AS item_id FROM (SELECT * FROM {batch}) AS staged) AS named
LEFT JOIN {products} AS products ON products.item_id = named.item_id
WHERE
    products.is_available IS FALSE
    OR (
        products.item_id IS NULL
        AND named.item_id IS NOT NULL
        AND EXISTS (SELECT FROM {products})
        AND (SELECT facts ->> 'absent_items' = 'unavailable' FROM {releases} WHERE release_id = {release_id})
    )
ORDER BY example
LIMIT 3
