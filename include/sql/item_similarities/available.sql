-- Grain: model, item_id, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW item_similarities_available AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows AS listed
WHERE release_id = (SELECT release_id FROM releases_current)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM products_rows AS products
            WHERE products.release_id = (SELECT release_id FROM releases_current)
                AND products.item_id = listed.similar_item_id
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    );

COMMENT ON VIEW item_similarities_available IS 'Items most similar to an item that can be bought, of the current release: item_similarities_current less the neighbours that cannot. One row per model, item_id, rank.';
COMMENT ON COLUMN item_similarities_available.rank IS 'Place of the neighbour in the item''s list, as in item_similarities: 1 is the most similar; neighbours that cannot be bought leave gaps.';
