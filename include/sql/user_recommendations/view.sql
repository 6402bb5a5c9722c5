-- Grain: as_of_date, model, user_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW user_recommendations AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW user_recommendations IS 'Items recommended to a user, for every published as-of date. One row per as_of_date, model, user_id, rank.';

CREATE OR REPLACE VIEW user_recommendations_current AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW user_recommendations_current IS 'Items recommended to a user, of the current release. One row per model, user_id, rank.';
