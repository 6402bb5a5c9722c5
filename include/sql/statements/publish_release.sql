UPDATE releases
SET status = 'published',
    published_at = :moment,
    is_current = NOT EXISTS (SELECT FROM releases WHERE is_current),
    current_from = CASE WHEN NOT EXISTS (SELECT FROM releases WHERE is_current) THEN CAST(:moment AS timestamptz) END
WHERE release_id = :release_id
RETURNING is_current
