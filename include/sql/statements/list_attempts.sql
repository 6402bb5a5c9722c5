-- The newest release that is out, and every attempt since.
SELECT
    release_id, run_id, status, is_current, reason,
    purchases, users, items,
    as_of_date, staged_at, published_at
FROM releases
WHERE release_id >= coalesce((SELECT release_id FROM releases WHERE is_current), 0)
ORDER BY release_id DESC
LIMIT 50
