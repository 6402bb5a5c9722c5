-- How much of the catalogue has similar items, and how long are the lists?
-- One row per model and category of the current release, the largest categories first.
WITH lists AS (
    SELECT model, item_id, MAX(rank) AS length
    FROM completejourney.item_similarities_current
    GROUP BY model, item_id
),

models AS (
    SELECT DISTINCT model FROM lists
)

SELECT
    COALESCE(products.category, '(none)') AS category,
    models.model,
    COUNT(*) AS products,
    COUNT(lists.item_id) AS with_similar_items,
    ROUND(100.0 * COUNT(lists.item_id) / COUNT(*), 1) AS percent_covered,
    ROUND(AVG(lists.length), 1) AS mean_list_length,
    COUNT(lists.item_id) FILTER (WHERE lists.length < 10) AS lists_shorter_than_10
FROM completejourney.products_current AS products
CROSS JOIN models
LEFT JOIN lists ON lists.item_id = products.item_id AND lists.model = models.model
GROUP BY products.category, models.model
ORDER BY products DESC, category, models.model
LIMIT 1000;
