-- The release of the same date that the new one replaces.
UPDATE releases
SET status = 'superseded',
    withdrawn_at = :moment,
    is_current = false,
    current_until = CASE WHEN is_current THEN :moment ELSE current_until END
WHERE as_of_date = :as_of_date AND status = 'published'
RETURNING release_id
