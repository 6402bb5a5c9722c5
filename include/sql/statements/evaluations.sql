-- How good lists would have been, and which of them took another's place.

-- name: delete_metrics
DELETE FROM offline_metrics
WHERE as_of_date = :as_of

-- name: copy_metrics
COPY offline_metrics ({columns}) FROM STDIN

-- name: has_metrics
-- Not so in a store from before it, which only steps bring up to date.
SELECT to_regclass('offline_metrics') IS NOT NULL

-- name: read_metrics
-- Rows of one evaluation, the newest unless a date is given; what is null is not asked for.
SELECT *
FROM offline_metrics
WHERE as_of_date = coalesce(CAST(:as_of AS date), (SELECT max(as_of_date) FROM offline_metrics))
    AND contender = coalesce(CAST(:contender AS text), contender)
    AND split = coalesce(CAST(:split AS text), split)
    AND test_days = coalesce(CAST(:test_days AS integer), test_days)
    AND purchases = coalesce(CAST(:purchases AS text), purchases)
    AND segment = coalesce(CAST(:segment AS text), segment)
    AND category = coalesce(CAST(:category AS text), category)
    AND metric = coalesce(CAST(:metric AS text), metric)
    AND k = coalesce(CAST(:k AS integer), k)
ORDER BY contender, split, test_days, purchases, segment, category, metric, k
