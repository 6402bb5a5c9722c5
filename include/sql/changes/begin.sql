-- A warehouse that is new, or older than `changes`: what readers see now, with no moment to wait for. Said anew as long
-- as it is all there is: before the views read it, an earlier version may publish.
INSERT INTO changes (number, current_release, published, moment)
SELECT
    1,
    max(release_id) FILTER (WHERE is_current),
    coalesce(array_agg(release_id ORDER BY release_id) FILTER (WHERE status = 'published'), '{}'),
    '-infinity'
FROM releases
HAVING NOT EXISTS (SELECT FROM changes WHERE isfinite(moment))
ON CONFLICT (number) DO UPDATE SET current_release = excluded.current_release, published = excluded.published;

-- Releases whose tables are gone without a note of it.
UPDATE releases
SET dropped_at = clock_timestamp()
WHERE dropped_at IS NULL
    AND status NOT IN ('staged', 'published')
    AND NOT EXISTS (
        SELECT
        FROM pg_class AS relation
        WHERE relation.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'changes'::regclass)
            AND relation.relname ~ ('_' || release_id || '(_|$)')
    );
