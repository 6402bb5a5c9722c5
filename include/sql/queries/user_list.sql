-- What do we recommend to one user, and what did the user buy or look at? Change the user in `asked`.
-- One row per list and rank, of the current release: the ads, each model's list, the last items by event type.
WITH asked AS (
    SELECT '1'::text AS user_id
),

lists AS (
    SELECT user_id, 'last ' || event_type AS list, rank, item_id, NULL::real AS score, NULL::text AS because_item_id
    FROM completejourney.recent_items_current
    UNION ALL
    SELECT user_id, model, rank, item_id, score, because_item_id
    FROM completejourney.user_recommendations_current
    UNION ALL
    SELECT user_id, 'ads: ' || source, rank, item_id, score, because_item_id
    FROM completejourney.ad_candidates_current
)

SELECT
    lists.list,
    lists.rank,
    lists.item_id,
    products.title,
    products.category,
    ROUND(lists.score::numeric, 3) AS score,
    reasons.title AS because_title
FROM lists
INNER JOIN asked USING (user_id)
LEFT JOIN completejourney.products_current AS products ON products.item_id = lists.item_id
LEFT JOIN completejourney.products_current AS reasons ON reasons.item_id = lists.because_item_id
WHERE lists.rank <= 10
ORDER BY SPLIT_PART(lists.list, ':', 1), lists.rank
LIMIT 1000;
