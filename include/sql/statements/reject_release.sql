UPDATE releases
SET status = 'rejected', reason = :reason
WHERE release_id = :release_id AND status = 'staged'
RETURNING release_id
