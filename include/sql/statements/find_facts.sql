SELECT purchases, users, items, facts
FROM releases
WHERE release_id = :release_id
