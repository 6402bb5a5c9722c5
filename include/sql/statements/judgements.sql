-- How well the lists of a day met what was bought on it.

-- name: find_lists_before
SELECT release_id, as_of_date
FROM releases
WHERE status = 'published' AND as_of_date < :as_of
ORDER BY as_of_date DESC
LIMIT 2

-- name: read_ad_lists
SELECT user_id, item_id
FROM ad_candidates_lists
WHERE release_id = :release_id AND user_id = ANY(:user_ids)

-- name: read_popular
SELECT item_id
FROM best_sellers_lists
WHERE release_id = :release_id AND category = ''

-- name: delete_judgement
DELETE FROM release_metrics
WHERE as_of_date = :as_of

-- name: has_judgements
-- Not so in a store from before it, which only steps bring up to date.
SELECT to_regclass('release_metrics') IS NOT NULL

-- name: read_judgements
-- Those of the newest days, the newest first.
SELECT *
FROM release_metrics
WHERE as_of_date IN (SELECT DISTINCT as_of_date FROM release_metrics ORDER BY as_of_date DESC LIMIT :days)
ORDER BY as_of_date DESC, contender, metric, k
