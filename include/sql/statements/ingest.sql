-- What ingest did, day by day.

-- name: delete_quality
DELETE FROM data_quality
WHERE feed = :feed AND day = :day

-- name: delete_failure
DELETE FROM data_quality
WHERE feed = :feed AND day = :day AND expectation = :expectation

-- name: list_failures
-- Days that were refused, and not accepted since.
SELECT feed, day, reason
FROM data_quality
WHERE expectation = :expectation AND day BETWEEN :first AND :last
ORDER BY day, feed

-- name: expire_partitions
UPDATE partitions
SET expired_at = clock_timestamp()
WHERE feed = :feed AND day < :before AND day <> ALL (CAST(:held AS date[])) AND expired_at IS NULL
