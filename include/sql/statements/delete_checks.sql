DELETE FROM release_checks
WHERE release_id = :release_id
