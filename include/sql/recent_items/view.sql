-- Grain: as_of_date, user_id, event_type, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW recent_items AS
SELECT as_of_date, user_id, event_type, rank, item_id, occurred_at
FROM recent_items_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW recent_items IS 'The items that a user bought last, and looked at and put into the cart last where the mall tells, for every published as-of date. One row per as_of_date, user_id, event_type, rank.';

CREATE OR REPLACE VIEW recent_items_current AS
SELECT as_of_date, user_id, event_type, rank, item_id, occurred_at
FROM recent_items_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW recent_items_current IS 'The items that a user bought last, and looked at and put into the cart last where the mall tells, of the current release. One row per user_id, event_type, rank.';
