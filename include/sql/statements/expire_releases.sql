-- Published releases beyond the newest ones by date; the current release always stays.
UPDATE releases
SET status = 'expired', withdrawn_at = :moment
WHERE status = 'published'
    AND NOT is_current
    AND release_id NOT IN (
        SELECT release_id
        FROM releases
        WHERE status = 'published'
        ORDER BY as_of_date DESC
        LIMIT :keep
    )
