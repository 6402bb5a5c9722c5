-- Which products of different categories are bought by the same people? Raise `least` for surer pairs.
-- One row per pair of products, of the current release's cosine neighbours.
WITH asked AS (
    SELECT 20 AS least
)

SELECT
    ROUND(pairs.score::numeric, 3) AS score,
    pairs.co_buyers,
    pairs.item_id,
    products.title,
    products.category,
    pairs.similar_item_id,
    neighbours.title AS similar_title,
    neighbours.category AS similar_category
FROM completejourney.item_similarities_current AS pairs
INNER JOIN asked ON pairs.co_buyers >= asked.least
INNER JOIN completejourney.products_current AS products ON products.item_id = pairs.item_id
INNER JOIN completejourney.products_current AS neighbours ON neighbours.item_id = pairs.similar_item_id
WHERE
    pairs.model = 'cosine'
    AND products.category <> neighbours.category
    -- A pair may stand in both items' lists, or in one of them alone.
    AND (
        pairs.item_id < pairs.similar_item_id
        OR NOT EXISTS (
            SELECT 1
            FROM completejourney.item_similarities_current AS twin
            WHERE twin.model = pairs.model AND twin.item_id = pairs.similar_item_id
                AND twin.similar_item_id = pairs.item_id
        )
    )
ORDER BY pairs.score DESC, pairs.co_buyers DESC, pairs.item_id, pairs.similar_item_id
LIMIT 100;
