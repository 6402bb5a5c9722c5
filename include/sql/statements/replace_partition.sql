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
