UPDATE partitions
SET expired_at = clock_timestamp()
WHERE feed = :feed AND day < :before AND day <> ALL (CAST(:held AS date[])) AND expired_at IS NULL
