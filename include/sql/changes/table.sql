-- Grain: one row per change of what readers see; the row states all that they see from then on.
-- Of the changes that are committed, readers see the one with the highest number whose moment has come. Numbers follow
-- the order of the commits; moments need not, because a server's clock may be corrected.
CREATE TABLE IF NOT EXISTS changes (
    number          bigint PRIMARY KEY,
    current_release bigint,
    published       bigint[]    NOT NULL,

    moment          timestamptz NOT NULL,
    durable_at      timestamptz
);

COMMENT ON TABLE changes IS 'What readers see, change by change.';
COMMENT ON COLUMN changes.number IS 'Number of the change: one more than that of the change before.';
COMMENT ON COLUMN changes.current_release IS 'The release that the _current views show; null before the first publication.';
COMMENT ON COLUMN changes.published IS 'The releases that the other views show, one per as-of date.';
COMMENT ON COLUMN changes.moment IS 'Transactions that begin from then on see it; later than the commit.';
COMMENT ON COLUMN changes.durable_at IS 'When it was known to be on disk; null if that was not recorded.';

-- Grain: the one change that a transaction sees. Where no moment has come, because the server's clock was set back
-- before them all, the earliest change that is stored counts.
CREATE OR REPLACE VIEW changes_seen AS
SELECT number, current_release, published
FROM changes
ORDER BY moment <= now() DESC, CASE WHEN moment <= now() THEN -number ELSE number END
LIMIT 1;

COMMENT ON VIEW changes_seen IS 'The change that a transaction sees: what is out for it.';
COMMENT ON COLUMN changes_seen.number IS 'Number of the change.';
COMMENT ON COLUMN changes_seen.current_release IS 'The release that the _current views show; null before the first publication.';
COMMENT ON COLUMN changes_seen.published IS 'The releases that the other views show, one per as-of date.';

-- The last act before the commit: a transaction that begins after the moment must find the change committed.
CREATE OR REPLACE FUNCTION refuse_late_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF clock_timestamp() > NEW.moment - interval '250 milliseconds' THEN
        RAISE EXCEPTION 'change % was too slow for its moment', NEW.number USING ERRCODE = 'DG001';
    END IF;
    RETURN NULL;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = 'changes'::regclass AND tgname = 'refuse_late_change'
    ) THEN
        CREATE CONSTRAINT TRIGGER refuse_late_change AFTER INSERT ON changes
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (isfinite(NEW.moment))
            EXECUTE FUNCTION refuse_late_change();
    END IF;
END
$$;
