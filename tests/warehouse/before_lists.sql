-- Both schemas of an advertiser as versions before lists made them: a row for each entry of a list.
CREATE SCHEMA mall;
CREATE SCHEMA mall_store;
SET search_path TO mall_store, mall;
-- Grain: one row per release, model, item and rank. Readers use the views; this is the store behind them.
-- Each release is a partition and each model a partition of that, with the primary key (item_id, rank).
-- Ids compare and sort by code point (COLLATE "C"), as the models sort them, whatever the database's locale.
CREATE TABLE IF NOT EXISTS item_similarities_rows (
    release_id      bigint           NOT NULL,
    model           text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    similar_item_id text COLLATE "C" NOT NULL,

    rank            integer          NOT NULL,
    score           real             NOT NULL,
    co_buyers       integer          NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE item_similarities_rows IS 'Similar items of every release, published or not: the store behind item_similarities.';
COMMENT ON COLUMN item_similarities_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN item_similarities_rows.model IS 'The model that found the neighbour, by the name that models of the advertiser''s YAML has.';
COMMENT ON COLUMN item_similarities_rows.item_id IS 'The item whose neighbours these are.';
COMMENT ON COLUMN item_similarities_rows.similar_item_id IS 'The neighbour; never the item itself.';
COMMENT ON COLUMN item_similarities_rows.rank IS 'Place of the neighbour in the item''s list: 1 is the most similar, without gaps.';
COMMENT ON COLUMN item_similarities_rows.score IS 'Similarity as the model defines it (docs/models), higher is more alike; comparable within one model and release only.';
COMMENT ON COLUMN item_similarities_rows.co_buyers IS 'Users who bought both items in the window.';
COMMENT ON COLUMN item_similarities_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
-- Grain: one row per release, model, user and rank. Readers use the views; this is the store behind them.
-- Each release is a partition and each model a partition of that, with the primary key (user_id, rank).
-- Ids compare and sort by code point (COLLATE "C"), as the models sort them, whatever the database's locale.
CREATE TABLE IF NOT EXISTS user_recommendations_rows (
    release_id      bigint           NOT NULL,
    model           text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    because_item_id text COLLATE "C",

    rank            integer          NOT NULL,
    score           real             NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE user_recommendations_rows IS 'Recommendations of every release, published or not: the store behind user_recommendations.';
COMMENT ON COLUMN user_recommendations_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN user_recommendations_rows.model IS 'The model that recommends, by the name that models of the advertiser''s YAML has.';
COMMENT ON COLUMN user_recommendations_rows.user_id IS 'The user to whom the item is recommended.';
COMMENT ON COLUMN user_recommendations_rows.item_id IS 'The recommended item.';
COMMENT ON COLUMN user_recommendations_rows.because_item_id IS 'The bought item that is the reason; null where the model has none.';
COMMENT ON COLUMN user_recommendations_rows.rank IS 'Place in the user''s list: 1 is the best, without gaps.';
COMMENT ON COLUMN user_recommendations_rows.score IS 'The model''s score, higher is better; comparable within one model and release only.';
COMMENT ON COLUMN user_recommendations_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
-- Grain: one row per release, category and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (category, rank); '' is the whole mall.
CREATE TABLE IF NOT EXISTS best_sellers_rows (
    release_id bigint           NOT NULL,
    category   text COLLATE "C" NOT NULL,
    item_id    text COLLATE "C" NOT NULL,

    rank       integer          NOT NULL,
    buyers     integer          NOT NULL,
    purchases  integer          NOT NULL,
    revenue    double precision NOT NULL,

    as_of_date date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE best_sellers_rows IS 'Best sellers of every release, published or not: the store behind best_sellers.';
COMMENT ON COLUMN best_sellers_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN best_sellers_rows.category IS 'The category ranked; the empty text is the whole mall.';
COMMENT ON COLUMN best_sellers_rows.item_id IS 'The item sold.';
COMMENT ON COLUMN best_sellers_rows.rank IS 'Place in the category by buyers, then purchases: 1 sells best, without gaps.';
COMMENT ON COLUMN best_sellers_rows.buyers IS 'Users who bought the item in the window.';
COMMENT ON COLUMN best_sellers_rows.purchases IS 'Purchase lines of the item in the window that no cancellation removed.';
COMMENT ON COLUMN best_sellers_rows.revenue IS 'Sum of quantity × price over those lines, in the advertiser''s currency.';
COMMENT ON COLUMN best_sellers_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
-- Grain: one row per release, user, event type and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (user_id, event_type, rank).
CREATE TABLE IF NOT EXISTS recent_items_rows (
    release_id  bigint           NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    event_type  text COLLATE "C" NOT NULL,
    item_id     text COLLATE "C" NOT NULL,

    rank        integer          NOT NULL,

    occurred_at timestamptz      NOT NULL,
    as_of_date  date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE recent_items_rows IS 'Recent items of every release, published or not: the store behind recent_items.';
COMMENT ON COLUMN recent_items_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN recent_items_rows.user_id IS 'The user who acted.';
COMMENT ON COLUMN recent_items_rows.event_type IS 'What the user did with the item: purchase, or view, cart and the like where the mall delivers such a feed.';
COMMENT ON COLUMN recent_items_rows.item_id IS 'The item; once per user and event type.';
COMMENT ON COLUMN recent_items_rows.rank IS 'Place in the user''s list: 1 is the newest, without gaps.';
COMMENT ON COLUMN recent_items_rows.occurred_at IS 'When the user last did so within the window.';
COMMENT ON COLUMN recent_items_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
-- Grain: one row per release, user and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (user_id, rank).
CREATE TABLE IF NOT EXISTS ad_candidates_rows (
    release_id      bigint           NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    because_item_id text COLLATE "C",

    rank            integer          NOT NULL,
    score           real             NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE ad_candidates_rows IS 'Ad candidates of every release, published or not: the store behind ad_candidates.';
COMMENT ON COLUMN ad_candidates_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN ad_candidates_rows.user_id IS 'The user to whom the ad is shown.';
COMMENT ON COLUMN ad_candidates_rows.item_id IS 'The item to show; once per user.';
COMMENT ON COLUMN ad_candidates_rows.source IS 'The candidate source that proposed the item, such as cosine, als or best_sellers.';
COMMENT ON COLUMN ad_candidates_rows.because_item_id IS 'The user''s own item that is the reason; null where the source has none.';
COMMENT ON COLUMN ad_candidates_rows.rank IS 'Place in the user''s list: 1 is shown first, without gaps.';
COMMENT ON COLUMN ad_candidates_rows.score IS 'The source''s own score; comparable within one source only.';
COMMENT ON COLUMN ad_candidates_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
-- Grain: one row per release and item. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (item_id).
CREATE TABLE IF NOT EXISTS products_rows (
    release_id   bigint           NOT NULL,
    item_id      text COLLATE "C" NOT NULL,
    title        text,
    category     text COLLATE "C",
    brand        text,

    price        double precision,
    is_available boolean,

    as_of_date   date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE products_rows IS 'The catalogue of every release, published or not: the store behind products.';
COMMENT ON COLUMN products_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN products_rows.item_id IS 'The item.';
COMMENT ON COLUMN products_rows.title IS 'The product''s name as the mall shows it; null where it delivers none.';
COMMENT ON COLUMN products_rows.category IS 'The mall''s category; null where it delivers none.';
COMMENT ON COLUMN products_rows.brand IS 'The brand; null where the mall delivers none.';
COMMENT ON COLUMN products_rows.price IS 'Price of one unit in the advertiser''s currency; null where the mall delivers none.';
COMMENT ON COLUMN products_rows.is_available IS 'Whether the item can be bought; null where the mall does not say.';
COMMENT ON COLUMN products_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
SET search_path TO mall, mall_store;
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
    current_until timestamptz
);

-- Schemas that are older than the columns. What they released took an item without a catalogue entry as available.
ALTER TABLE releases ADD COLUMN IF NOT EXISTS preflight jsonb;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS facts jsonb;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS known_item_share double precision;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS days_with_lines integer;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS is_young boolean NOT NULL DEFAULT false;
ALTER TABLE releases ADD COLUMN IF NOT EXISTS absent_items text NOT NULL DEFAULT 'available'
    CHECK (absent_items IN ('available', 'unavailable'));

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
    PRIMARY KEY (feed, day)
);

-- Schemas that are older than the columns.
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS guest_rows bigint NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS filtered_rows bigint NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN IF NOT EXISTS is_closed boolean NOT NULL DEFAULT false;

COMMENT ON TABLE partitions IS 'The days of each feed that the lake holds.';
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
-- A transaction sees the releases that were out when it began, because now() stays the same until it ends. So a
-- report of several statements stays on one release, and a reader is never left without rows: PostgreSQL may run a
-- statement that was planned before a partition was attached, without that partition, although it already
-- sees that the release was published. Here a release shows only to transactions that began after its
-- partitions were attached, and their plans have them.

-- Grain: one row per as-of date.
CREATE OR REPLACE VIEW releases_published AS
SELECT
    release_id, run_id, code_version, purchases, users, items, as_of_date, window_start, window_end, published_at,
    known_item_share, days_with_lines, is_young, absent_items
FROM releases
WHERE published_at <= now() AND (withdrawn_at IS NULL OR withdrawn_at > now());

COMMENT ON VIEW releases_published IS 'The releases that the views show, one per as-of date.';

-- Grain: one row, or none before the first publication.
CREATE OR REPLACE VIEW releases_current AS
SELECT
    release_id, run_id, code_version, purchases, users, items, as_of_date, window_start, window_end, published_at,
    known_item_share, days_with_lines, is_young, absent_items
FROM releases
WHERE current_from <= now() AND (current_until IS NULL OR current_until > now())
ORDER BY current_from DESC
LIMIT 1;

COMMENT ON VIEW releases_current IS 'The release that the _current views show.';
-- Grain: as_of_date, model, item_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW item_similarities AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW item_similarities IS 'Items most similar to an item, for every published as-of date. One row per as_of_date, model, item_id, rank.';

CREATE OR REPLACE VIEW item_similarities_current AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW item_similarities_current IS 'Items most similar to an item, of the current release. One row per model, item_id, rank.';
-- Grain: as_of_date, model, user_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW user_recommendations AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW user_recommendations IS 'Items recommended to a user, for every published as-of date. One row per as_of_date, model, user_id, rank.';

CREATE OR REPLACE VIEW user_recommendations_current AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW user_recommendations_current IS 'Items recommended to a user, of the current release. One row per model, user_id, rank.';
-- Grain: as_of_date, category, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW best_sellers AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW best_sellers IS 'Items that most users bought, for the whole mall and by category, for every published as-of date. One row per as_of_date, category, rank.';

CREATE OR REPLACE VIEW best_sellers_current AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW best_sellers_current IS 'Items that most users bought, for the whole mall and by category, of the current release. One row per category, rank.';
-- Grain: as_of_date, user_id, event_type, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW recent_items AS
SELECT as_of_date, user_id, event_type, rank, item_id, occurred_at
FROM recent_items_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW recent_items IS 'The items that a user bought last, and looked at and put into the cart last where the mall tells, for every published as-of date. One row per as_of_date, user_id, event_type, rank.';

CREATE OR REPLACE VIEW recent_items_current AS
SELECT as_of_date, user_id, event_type, rank, item_id, occurred_at
FROM recent_items_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW recent_items_current IS 'The items that a user bought last, and looked at and put into the cart last where the mall tells, of the current release. One row per user_id, event_type, rank.';
-- Grain: as_of_date, user_id, rank. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW ad_candidates AS
SELECT as_of_date, user_id, rank, item_id, source, score, because_item_id
FROM ad_candidates_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW ad_candidates IS 'The items to show a user in ads, for every published as-of date. One row per as_of_date, user_id, rank.';

CREATE OR REPLACE VIEW ad_candidates_current AS
SELECT as_of_date, user_id, rank, item_id, source, score, because_item_id
FROM ad_candidates_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW ad_candidates_current IS 'The items to show a user in ads, of the current release. One row per user_id, rank.';
-- Grain: as_of_date, item_id. Which releases are to be seen is settled in releases/view.sql.
-- The subqueries run once. That of the current release leaves out every other partition before it is scanned, and a
-- stated as_of_date does, by the CHECK of each partition; a join with releases would scan them all.
CREATE OR REPLACE VIEW products AS
SELECT as_of_date, item_id, title, category, brand, price, is_available
FROM products_rows
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases_published));

COMMENT ON VIEW products IS 'The catalogue, for every published as-of date. One row per as_of_date, item_id.';

CREATE OR REPLACE VIEW products_current AS
SELECT as_of_date, item_id, title, category, brand, price, is_available
FROM products_rows
WHERE release_id = (SELECT release_id FROM releases_current);

COMMENT ON VIEW products_current IS 'The catalogue, of the current release. One row per item_id.';
-- Grain: model, item_id, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW item_similarities_available AS
SELECT as_of_date, model, item_id, rank, similar_item_id, score, co_buyers
FROM item_similarities_rows AS listed
WHERE release_id = (SELECT release_id FROM releases_current)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM products_rows AS products
            WHERE products.release_id = (SELECT release_id FROM releases_current)
                AND products.item_id = listed.similar_item_id
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    );

COMMENT ON VIEW item_similarities_available IS 'Items most similar to an item that can be bought, of the current release: item_similarities_current less the neighbours that cannot. One row per model, item_id, rank.';
COMMENT ON COLUMN item_similarities_available.rank IS 'Place of the neighbour in the item''s list, as in item_similarities: 1 is the most similar; neighbours that cannot be bought leave gaps.';
-- Grain: model, user_id, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW user_recommendations_available AS
SELECT as_of_date, model, user_id, rank, item_id, score, because_item_id
FROM user_recommendations_rows AS listed
WHERE release_id = (SELECT release_id FROM releases_current)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM products_rows AS products
            WHERE products.release_id = (SELECT release_id FROM releases_current)
                AND products.item_id = listed.item_id
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    );

COMMENT ON VIEW user_recommendations_available IS 'Items recommended to a user that can be bought, of the current release: user_recommendations_current less the items that cannot. One row per model, user_id, rank.';
COMMENT ON COLUMN user_recommendations_available.rank IS 'Place in the user''s list, as in user_recommendations: 1 is the best; items that cannot be bought leave gaps.';
-- Grain: category, rank, of the current release. Left out are items that the catalogue calls unavailable, and
-- those it does not name where releases.absent_items says so: the rule by which ad_candidates were made.
-- A subquery for each row, by the catalogue's key: for one list a join would read the whole catalogue, because what
-- is the current release is not known when the query is planned.
CREATE OR REPLACE VIEW best_sellers_available AS
SELECT as_of_date, category, rank, item_id, buyers, purchases, revenue
FROM best_sellers_rows AS listed
WHERE release_id = (SELECT release_id FROM releases_current)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM products_rows AS products
            WHERE products.release_id = (SELECT release_id FROM releases_current)
                AND products.item_id = listed.item_id
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    );

COMMENT ON VIEW best_sellers_available IS 'Items that most users bought and that can be bought, for the whole mall and by category, of the current release: best_sellers_current less the items that cannot. One row per category, rank.';
COMMENT ON COLUMN best_sellers_available.rank IS 'Place in the category, as in best_sellers: 1 sells best; items that cannot be bought leave gaps.';
COMMENT ON SCHEMA mall_store IS 'Partitions by release, made from 0123456789abcdef';
