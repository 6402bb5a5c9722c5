-- Grain: as_of_date, category, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW best_sellers AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW best_sellers IS 'Items that most users bought, for the whole mall and by category, for every published as-of date. One row per as_of_date, category, rank.';

CREATE OR REPLACE VIEW best_sellers_current AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW best_sellers_current IS 'Items that most users bought, for the whole mall and by category, of the current release. One row per category, rank.';
