-- A transaction sees the releases that were out when it began, at every isolation level: now() stays the same until
-- it ends, and a change of what readers see is committed before its moment. So a report of several statements stays on
-- one release, and a reader is never left without rows: PostgreSQL may run a statement that was planned before a
-- partition was attached, without that partition, although it already sees that the release was published. Here a
-- release shows only to transactions that began after its partitions were attached, and their plans have them.
-- changes/table.sql says which change is seen.

-- Grain: one row per as-of date.
CREATE OR REPLACE VIEW releases_published AS
SELECT
    release_id, run_id, code_version, purchases, users, items, as_of_date, window_start, window_end, published_at,
    known_item_share, days_with_lines, is_young, absent_items
FROM releases
WHERE release_id = ANY ((SELECT published FROM changes_seen)::bigint[]);

COMMENT ON VIEW releases_published IS 'The releases that the views show, one per as-of date.';

-- Grain: one row, or none before the first publication.
CREATE OR REPLACE VIEW releases_current AS
SELECT
    release_id, run_id, code_version, purchases, users, items, as_of_date, window_start, window_end, published_at,
    known_item_share, days_with_lines, is_young, absent_items
FROM releases
WHERE release_id = (SELECT current_release FROM changes_seen);

COMMENT ON VIEW releases_current IS 'The release that the _current views show.';
