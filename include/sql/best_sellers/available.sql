-- Grain: category, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW best_sellers_available AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows AS listed
WHERE release_id = (SELECT release_id FROM releases_current)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM products_rows AS products
            WHERE products.release_id = (SELECT release_id FROM releases_current)
                AND products.item_id = listed.item_id
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    );

COMMENT ON VIEW best_sellers_available IS 'Items that most users bought and that can be bought, for the whole mall and by category, of the current release: best_sellers_current less the items that cannot. One row per category, rank.';
COMMENT ON COLUMN best_sellers_available.rank IS 'Place in the category, as in best_sellers: 1 sells best; items that cannot be bought leave gaps.';
