-- Grain: one row, or none while the date has no published release.
SELECT
    release_id, run_id,
    purchases, users, items,
    stages, settings,
    as_of_date, window_start, window_end, published_at
FROM releases
WHERE as_of_date = :as_of AND status = 'published';
