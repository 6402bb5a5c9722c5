SELECT release_id, as_of_date, status, is_current, reason
FROM releases
WHERE release_id = :release_id
FOR UPDATE
