-- Grain: one row per feed, day, expectation and column, replaced whenever the day is ingested again.
CREATE TABLE IF NOT EXISTS data_quality (
    feed               text        NOT NULL,
    expectation        text        NOT NULL,
    column_name        text        NOT NULL,
    severity           text        NOT NULL,
    reason             text        NOT NULL,
    sample             jsonb,

    passed             boolean     NOT NULL,
    unexpected_rows    bigint      NOT NULL,
    unexpected_percent double precision NOT NULL,

    day                date        NOT NULL,
    checked_at         timestamptz NOT NULL,
    PRIMARY KEY (feed, day, expectation, column_name, reason)
);

COMMENT ON TABLE data_quality IS 'What the contract of each feed found in each delivered day.';
COMMENT ON COLUMN data_quality.feed IS 'Kind of daily input, such as purchases, products, views or carts.';
COMMENT ON COLUMN data_quality.expectation IS 'Name of the expectation.';
COMMENT ON COLUMN data_quality.column_name IS 'The column it is about; empty for the whole table.';
COMMENT ON COLUMN data_quality.severity IS 'row: a failing line is quarantined; table: a failure rejects the day; warning: a failure is recorded.';
COMMENT ON COLUMN data_quality.reason IS 'Why the line was quarantined or the day rejected, as the quarantine states it.';
COMMENT ON COLUMN data_quality.sample IS 'A few offending values, without personal data.';
COMMENT ON COLUMN data_quality.passed IS 'Whether the expectation held.';
COMMENT ON COLUMN data_quality.unexpected_rows IS 'Lines that broke it.';
COMMENT ON COLUMN data_quality.unexpected_percent IS 'Those lines as a percentage of the lines checked.';
COMMENT ON COLUMN data_quality.day IS 'The delivered day, in the advertiser''s time zone.';
COMMENT ON COLUMN data_quality.checked_at IS 'When it was checked.';
