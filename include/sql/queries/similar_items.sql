-- What is like the products whose title contains some words? Change the words in `asked`.
-- One row per model, product and neighbour, of the current release: the five most bought products that match.
WITH asked AS (
    SELECT 'banana'::text AS words
),

sold AS (
    SELECT item_id, buyers
    FROM completejourney.best_sellers_current
    WHERE category <> ''
),

found AS (
    SELECT products.item_id, products.title, COALESCE(sold.buyers, 0) AS buyers
    FROM completejourney.products_current AS products
    CROSS JOIN asked
    LEFT JOIN sold USING (item_id)
    WHERE products.title ILIKE '%' || asked.words || '%'
    ORDER BY buyers DESC, products.item_id
    LIMIT 5
)

SELECT
    found.item_id,
    found.title,
    similar_items.model,
    similar_items.rank,
    similar_items.similar_item_id,
    neighbours.title AS similar_title,
    ROUND(similar_items.score::numeric, 3) AS score,
    similar_items.co_buyers
FROM found
INNER JOIN completejourney.item_similarities_current AS similar_items USING (item_id)
LEFT JOIN completejourney.products_current AS neighbours
    ON neighbours.item_id = similar_items.similar_item_id
WHERE similar_items.rank <= 10
ORDER BY found.buyers DESC, found.item_id, similar_items.model, similar_items.rank
LIMIT 1000;
