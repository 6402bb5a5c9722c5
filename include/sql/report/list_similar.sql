-- Grain: one row per model and rank: the products most similar to one.
SELECT
    model,
    rank,
    coalesce(title, similar_item_id) AS title,
    score,
    co_buyers
FROM item_similarities
LEFT JOIN products
    ON products.as_of_date = item_similarities.as_of_date AND products.item_id = similar_item_id
WHERE item_similarities.as_of_date = :as_of AND item_similarities.item_id = :item_id AND rank <= :k
ORDER BY rank, model;
