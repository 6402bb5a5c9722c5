-- Grain: one row per release, table, model ('' where the table has none) and check.
CREATE TABLE IF NOT EXISTS release_checks (
    release_id bigint      NOT NULL REFERENCES releases,
    table_name text        NOT NULL,
    model      text        NOT NULL,
    check_name text        NOT NULL,
    severity   text        NOT NULL CHECK (severity IN ('critical', 'warning')),

    passed     boolean     NOT NULL,
    observed   text        NOT NULL,
    expected   text        NOT NULL,

    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (release_id, table_name, model, check_name)
);

COMMENT ON TABLE release_checks IS 'What the gates found in each staged release.';
COMMENT ON COLUMN release_checks.release_id IS 'The release that was checked (releases.release_id).';
COMMENT ON COLUMN release_checks.table_name IS 'The table that was checked; window is not a table but the purchases and the catalogue that the release was made from (releases.facts).';
COMMENT ON COLUMN release_checks.model IS 'The model whose rows were checked; empty where the table has no model.';
COMMENT ON COLUMN release_checks.check_name IS 'Name of the check.';
COMMENT ON COLUMN release_checks.severity IS 'critical: a failure rejects the release; warning: a failure is recorded.';
COMMENT ON COLUMN release_checks.passed IS 'Whether the check passed.';
COMMENT ON COLUMN release_checks.observed IS 'What was found.';
COMMENT ON COLUMN release_checks.expected IS 'What was asked for.';
COMMENT ON COLUMN release_checks.checked_at IS 'When it was checked.';
