-- Grain: as_of_date, item_id. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW products AS
SELECT as_of_date, item_id, title, category, brand, price, is_available
FROM products_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW products IS 'The catalogue, for every published as-of date. One row per as_of_date, item_id.';

CREATE OR REPLACE VIEW products_current AS
SELECT as_of_date, item_id, title, category, brand, price, is_available
FROM products_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW products_current IS 'The catalogue, of the current release. One row per item_id.';
