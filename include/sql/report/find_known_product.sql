-- Grain: one row: a product that a reader knows, else the one with most buyers.
SELECT item_id, title, buyers
FROM best_sellers
JOIN products USING (as_of_date, item_id)
WHERE as_of_date = :as_of AND best_sellers.category = ''
ORDER BY title ~* '\ybananas?\y' DESC, title ~* '\ymilk\y' DESC, rank
LIMIT 1;
