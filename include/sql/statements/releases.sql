-- A release from staged to published, superseded, rejected, expired.

-- name: find_newest
SELECT release_id, status, reason
FROM releases
WHERE as_of_date = :as_of_date
ORDER BY release_id DESC
LIMIT 1

-- name: find_release
SELECT release_id, as_of_date, status, is_current, reason
FROM releases
WHERE release_id = :release_id

-- name: lock_release
SELECT release_id, as_of_date, status, is_current, reason
FROM releases
WHERE release_id = :release_id
FOR UPDATE

-- name: find_moment
-- Later than every moment stated before, also when the server's clock was set back.
SELECT greatest(
    clock_timestamp(),
    max(greatest(published_at, withdrawn_at, current_from, current_until)) + interval '1 microsecond'
)
FROM releases

-- name: withdraw_published
-- The release of the same date that the new one replaces.
UPDATE releases
SET status = 'superseded',
    withdrawn_at = :moment,
    is_current = false,
    current_until = CASE WHEN is_current THEN :moment ELSE current_until END
WHERE as_of_date = :as_of_date AND status = 'published'
RETURNING release_id

-- name: leave_current
-- The current release makes way only for one of the same or a later date.
UPDATE releases
SET is_current = false, current_until = :moment
WHERE is_current AND as_of_date <= :as_of_date

-- name: publish_release
UPDATE releases
SET status = 'published',
    published_at = :moment,
    is_current = NOT EXISTS (SELECT FROM releases WHERE is_current),
    current_from = CASE WHEN NOT EXISTS (SELECT FROM releases WHERE is_current) THEN CAST(:moment AS timestamptz) END
WHERE release_id = :release_id
RETURNING is_current

-- name: record_stage
UPDATE releases
SET stages = stages || jsonb_build_object(CAST(:stage AS text), CAST(:cost AS jsonb))
WHERE release_id = :release_id

-- name: reject_release
UPDATE releases
SET status = 'rejected', reason = :reason
WHERE release_id = :release_id AND status = 'staged'
RETURNING release_id

-- name: count_newer
-- Dates after this one that are published, each of which is kept before it.
SELECT count(*)
FROM releases
WHERE status = 'published' AND as_of_date > :as_of_date

-- name: expire_releases
-- Published releases beyond the newest ones by date; the current release always stays.
UPDATE releases
SET status = 'expired', withdrawn_at = :moment
WHERE status = 'published'
    AND NOT is_current
    AND release_id NOT IN (
        SELECT release_id
        FROM releases
        WHERE status = 'published'
        ORDER BY as_of_date DESC
        LIMIT :keep
    )

-- name: reject_abandoned
UPDATE releases
SET status = 'rejected', reason = 'Staged and never published.'
WHERE status = 'staged' AND staged_at < clock_timestamp() - make_interval(secs => :abandoned_after)

-- name: list_droppable
-- Releases that no view shows, also not to a transaction that began before they were withdrawn, if it is younger
-- than the grace.
SELECT release_id
FROM releases
WHERE status IN ('superseded', 'rejected', 'rolled_back', 'expired')
    AND (withdrawn_at IS NULL OR withdrawn_at <= clock_timestamp() - make_interval(secs => :grace))

-- name: list_published
SELECT release_id
FROM releases
WHERE status = 'published'

-- name: list_attempts
-- The newest release that is out, and every attempt since.
SELECT
    release_id, run_id, status, is_current, reason,
    purchases, users, items,
    as_of_date, staged_at, published_at
FROM releases
WHERE release_id >= coalesce((SELECT release_id FROM releases WHERE is_current), 0)
ORDER BY release_id DESC
LIMIT 50

-- name: count_stored
-- The rows of each table in the store, as they were counted when it was loaded.
SELECT
    relname AS name,
    coalesce(
        substring(obj_description(relation.oid, 'pg_class') FROM '^(\d+) rows$')::bigint,
        greatest(reltuples, 0)::bigint
    ) AS row_count
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store AND relation.relkind = 'r'
ORDER BY relname
