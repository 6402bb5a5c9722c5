-- Grain: as_of_date, user_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW ad_candidates AS
SELECT as_of_date, user_id, rank, item_id, source, score, because_item_id
FROM ad_candidates_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW ad_candidates IS 'The items to show a user in ads, for every published as-of date. One row per as_of_date, user_id, rank.';

CREATE OR REPLACE VIEW ad_candidates_current AS
SELECT as_of_date, user_id, rank, item_id, source, score, because_item_id
FROM ad_candidates_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW ad_candidates_current IS 'The items to show a user in ads, of the current release. One row per user_id, rank.';
