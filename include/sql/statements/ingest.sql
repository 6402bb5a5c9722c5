-- What ingest did, day by day.

-- name: replace_partition
INSERT INTO partitions (
    feed, source_fingerprint, accepted_rows, quarantined_rows, duplicate_rows, guest_rows, filtered_rows, is_closed,
    source_files, day, ingested_at
)
VALUES (
    :feed, :source_fingerprint, :accepted_rows, :quarantined_rows, :duplicate_rows, :guest_rows, :filtered_rows,
    :is_closed, :source_files, :day, :ingested_at
)
ON CONFLICT (feed, day) DO UPDATE SET
    source_fingerprint = excluded.source_fingerprint,
    accepted_rows = excluded.accepted_rows,
    quarantined_rows = excluded.quarantined_rows,
    duplicate_rows = excluded.duplicate_rows,
    guest_rows = excluded.guest_rows,
    filtered_rows = excluded.filtered_rows,
    is_closed = excluded.is_closed,
    source_files = excluded.source_files,
    ingested_at = excluded.ingested_at,
    expired_at = NULL

-- name: delete_quality
DELETE FROM data_quality
WHERE feed = :feed AND day = :day

-- name: delete_failure
DELETE FROM data_quality
WHERE feed = :feed AND day = :day AND expectation = :expectation

-- name: insert_quality
INSERT INTO data_quality (
    feed, expectation, column_name, severity, reason, sample, passed, unexpected_rows, unexpected_percent, day,
    checked_at
)
VALUES (
    :feed, :expectation, :column_name, :severity, :reason, CAST(:sample AS jsonb), :passed, :unexpected_rows,
    :unexpected_percent, :day, :checked_at
)

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
