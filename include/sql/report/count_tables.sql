-- Grain: one row per published table and model ('' where the table has none).
SELECT 'item_similarities' AS table_name, model, count(*) AS row_count
FROM item_similarities WHERE as_of_date = :as_of GROUP BY model
UNION ALL
SELECT 'user_recommendations', model, count(*) FROM user_recommendations WHERE as_of_date = :as_of GROUP BY model
UNION ALL
SELECT 'ad_candidates', '', count(*) FROM ad_candidates WHERE as_of_date = :as_of
UNION ALL
SELECT 'best_sellers', '', count(*) FROM best_sellers WHERE as_of_date = :as_of
UNION ALL
SELECT 'recent_items', '', count(*) FROM recent_items WHERE as_of_date = :as_of
UNION ALL
SELECT 'products', '', count(*) FROM products WHERE as_of_date = :as_of
ORDER BY table_name, model DESC;
