-- Grain: one row per feed and day, replaced whenever the day is ingested again.
CREATE TABLE IF NOT EXISTS partitions (
    feed               text        NOT NULL,
    source_fingerprint text        NOT NULL,

    accepted_rows      bigint      NOT NULL,
    quarantined_rows   bigint      NOT NULL,
    duplicate_rows     bigint      NOT NULL,
    guest_rows         bigint      NOT NULL DEFAULT 0,
    filtered_rows      bigint      NOT NULL DEFAULT 0,
    is_closed          boolean     NOT NULL DEFAULT false,
    source_files       integer     NOT NULL,

    day                date        NOT NULL,
    ingested_at        timestamptz NOT NULL,
    expired_at         timestamptz,
    PRIMARY KEY (feed, day)
);

-- Schemas that are older than the columns.
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS guest_rows bigint NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS filtered_rows bigint NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS is_closed boolean NOT NULL DEFAULT false;
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS expired_at timestamptz;

COMMENT ON TABLE partitions IS 'The days of each feed that the lake holds, or held until they expired.';
COMMENT ON COLUMN partitions.feed IS 'Kind of daily input, such as purchases, products, views or carts.';
COMMENT ON COLUMN partitions.source_fingerprint IS 'SHA-256 over the names and the contents of the delivered files.';
COMMENT ON COLUMN partitions.accepted_rows IS 'Lines that the contract accepted.';
COMMENT ON COLUMN partitions.quarantined_rows IS 'Lines set aside with a reason.';
COMMENT ON COLUMN partitions.duplicate_rows IS 'Exact repetitions of a line, dropped.';
COMMENT ON COLUMN partitions.guest_rows IS 'Lines without a user that were dropped (guests: drop, which is the default of views and carts).';
COMMENT ON COLUMN partitions.filtered_rows IS 'Lines that the feed''s where leaves out.';
COMMENT ON COLUMN partitions.is_closed IS 'Whether the mall was closed that day, by its calendar or a marker.';
COMMENT ON COLUMN partitions.source_files IS 'Number of files that the mall delivered.';
COMMENT ON COLUMN partitions.day IS 'The delivered day, in the advertiser''s time zone.';
COMMENT ON COLUMN partitions.ingested_at IS 'When the partition was written.';
COMMENT ON COLUMN partitions.expired_at IS 'When the lake let its rows go; null while it holds them.';
