SELECT purchases, users, items, facts, window_end - window_start + 1 AS days
FROM releases
WHERE release_id = :release_id
