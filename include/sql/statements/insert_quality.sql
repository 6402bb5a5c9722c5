INSERT INTO data_quality (
    feed, expectation, column_name, severity, reason, sample, passed, unexpected_rows, unexpected_percent, day,
    checked_at
)
VALUES (
    :feed, :expectation, :column_name, :severity, :reason, CAST(:sample AS jsonb), :passed, :unexpected_rows,
    :unexpected_percent, :day, :checked_at
)
