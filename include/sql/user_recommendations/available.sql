-- Grain: model, user_id, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW user_recommendations_available AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows AS listed
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

COMMENT ON VIEW user_recommendations_available IS 'Items recommended to a user that can be bought, of the current release: user_recommendations_current less the items that cannot. One row per model, user_id, rank.';
COMMENT ON COLUMN user_recommendations_available.rank IS 'Place in the user''s list, as in user_recommendations: 1 is the best; items that cannot be bought leave gaps.';
