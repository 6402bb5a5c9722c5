-- Grain: as_of_date, model, item_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW item_similarities AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW item_similarities IS 'Items most similar to an item, for every published as-of date. One row per as_of_date, model, item_id, rank.';

CREATE OR REPLACE VIEW item_similarities_current AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW item_similarities_current IS 'Items most similar to an item, of the current release. One row per model, item_id, rank.';
