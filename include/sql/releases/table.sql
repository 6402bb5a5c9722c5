-- Grain: one row per attempt to publish an as-of date; at most one of a date is published, one of all current.
CREATE TABLE IF NOT EXISTS releases (
    release_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id        text    NOT NULL,
    code_version  text    NOT NULL,
    status        text    NOT NULL DEFAULT 'staged' CHECK (
        status IN ('staged', 'published', 'superseded', 'rejected', 'rolled_back', 'expired')
    ),
    is_current    boolean NOT NULL DEFAULT false CHECK (NOT is_current OR status = 'published'),
    reason        text,
    settings      jsonb   NOT NULL,

    purchases     bigint  NOT NULL,
    users         bigint  NOT NULL,
    items         bigint  NOT NULL,
    stages        jsonb   NOT NULL,
    preflight     jsonb,
    facts         jsonb,
    known_item_share double precision,
    days_with_lines  integer,
    is_young      boolean NOT NULL DEFAULT false,
    absent_items  text    NOT NULL DEFAULT 'available' CHECK (absent_items IN ('available', 'unavailable')),

    as_of_date    date    NOT NULL,
    window_start  date    NOT NULL,
    window_end    date    NOT NULL,
    staged_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at  timestamptz CHECK (published_at IS NOT NULL OR status IN ('staged', 'rejected')),
    withdrawn_at  timestamptz,
    current_from  timestamptz,
    current_until timestamptz,
    dropped_at    timestamptz
);

-- Schemas that are older than the columns. What they released took an item without a catalogue entry as available.
ALTER TABLE releases ADD COLUMN IF NOT EXISTS preflight jsonb;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS facts jsonb;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS known_item_share double precision;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS days_with_lines integer;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS is_young boolean NOT NULL DEFAULT false;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS absent_items text NOT NULL DEFAULT 'available'
    CHECK (absent_items IN ('available', 'unavailable'));
ALTER TABLE releases ADD COLUMN IF NOT EXISTS dropped_at timestamptz;

UPDATE releases
SET is_young = true
WHERE facts IS NULL AND NOT is_young AND window_end - window_start + 1 < CAST(settings ->> 'window_days' AS integer);

CREATE UNIQUE INDEX IF NOT EXISTS releases_one_published_per_date ON releases (as_of_date) WHERE status = 'published';
CREATE UNIQUE INDEX IF NOT EXISTS releases_one_current ON releases (is_current) WHERE is_current;

COMMENT ON TABLE releases IS 'Every attempt to publish an as-of date, with what it was made from and what became of it.';
COMMENT ON COLUMN releases.release_id IS 'Number of the release; grows with every attempt.';
COMMENT ON COLUMN releases.run_id IS 'The run that staged it, as the scheduler calls it.';
COMMENT ON COLUMN releases.code_version IS 'Version of the code that made it.';
COMMENT ON COLUMN releases.status IS 'staged: loaded, not yet seen; published; superseded: replaced by a later release of its date; rejected: a gate failed or the attempt was given up; rolled_back; expired: dropped by retention.';
COMMENT ON COLUMN releases.is_current IS 'True for the one release that the _current views show.';
COMMENT ON COLUMN releases.reason IS 'Why it was rejected, as a sentence; else null.';
COMMENT ON COLUMN releases.settings IS 'The advertiser''s settings that it was made with.';
COMMENT ON COLUMN releases.purchases IS 'Purchase lines in the window.';
COMMENT ON COLUMN releases.users IS 'Users in the window.';
COMMENT ON COLUMN releases.items IS 'Items in the window.';
COMMENT ON COLUMN releases.stages IS 'What each stage of the run cost: its seconds, those of its parts, and its peak memory in MB, by stage.';
COMMENT ON COLUMN releases.preflight IS 'What the run was expected to cost, before the models: the window''s work (workload), seconds and peak memory in MB by stage, the tiles and limit, and whose constants; null if it was not predicted.';
COMMENT ON COLUMN releases.facts IS 'What the gates asked of the window: open_days and days_with_lines, lines of each open day beside the usual ones (the median of up to 4 same weekdays before that were not empty; null for fewer than 2), catalogue_items, known_items, and loosely_known_items, which the catalogue would know besides if neither leading zeros nor case counted; null if it was not asked.';
COMMENT ON COLUMN releases.known_item_share IS 'Share of the bought items, 0 to 1, that the newest catalogue on or before the as-of date names; null without a catalogue.';
COMMENT ON COLUMN releases.days_with_lines IS 'Days of the window, less closed ones, on which something was bought; null if it was not counted.';
COMMENT ON COLUMN releases.is_young IS 'Whether the mall had delivered for fewer days than a window has, so that full windows are not compared with this one.';
COMMENT ON COLUMN releases.absent_items IS 'Whether an item that the catalogue does not name counts as available or unavailable in ad_candidates and the _available views (catalogue.absent_items; available where there is no catalogue).';
COMMENT ON COLUMN releases.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
COMMENT ON COLUMN releases.window_start IS 'The first day of the window.';
COMMENT ON COLUMN releases.window_end IS 'The last day of the window; the as-of date.';
COMMENT ON COLUMN releases.staged_at IS 'When its tables were loaded.';
COMMENT ON COLUMN releases.published_at IS 'Since when readers see it; null if never.';
COMMENT ON COLUMN releases.withdrawn_at IS 'Since when readers see it no more: superseded, rolled back or expired; else null.';
COMMENT ON COLUMN releases.current_from IS 'Since when it is, or was, the current release; null if never.';
COMMENT ON COLUMN releases.current_until IS 'When another release became current; null while it is current.';
COMMENT ON COLUMN releases.dropped_at IS 'Since when its rows are gone, or are about to be; null while they are kept.';
