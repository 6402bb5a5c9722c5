-- A release from staged to published, superseded, rejected, expired.

-- name: find_newest
SELECT release_id, status, reason, dropped_at
FROM releases
WHERE as_of_date = :as_of_date
ORDER BY release_id DESC
LIMIT 1

-- name: find_release
SELECT release_id, as_of_date, status, is_current, reason, dropped_at
FROM releases
WHERE release_id = :release_id

-- name: lock_release
SELECT release_id, as_of_date, status, is_current, reason, dropped_at
FROM releases
WHERE release_id = :release_id
FOR UPDATE

-- name: find_moment
-- A little later than now, so that the change is committed before; after a moment that is only seconds ahead, because
-- the clock was set back by as much, or another change is on its way. One that is further ahead is a clock's mistake.
SELECT greatest(
    clock_timestamp() + make_interval(secs => :delay),
    max(moment) FILTER (WHERE moment <= clock_timestamp() + interval '10 seconds') + interval '1 microsecond'
)
FROM changes

-- name: commit_at_once
-- The commit shows without waiting for the disk; mark_durable waits for it.
SET LOCAL synchronous_commit = off

-- name: insert_change
-- What readers see from the moment on. The number is counted under the lock: a sequence that is made and used in one
-- transaction, as this one would be, falls back in a crash where wal_level is minimal.
INSERT INTO changes (number, current_release, published, moment)
SELECT
    (SELECT coalesce(max(number), 0) + 1 FROM changes),
    max(release_id) FILTER (WHERE is_current),
    coalesce(array_agg(release_id ORDER BY release_id) FILTER (WHERE status = 'published'), '{}'),
    :moment
FROM releases
RETURNING number

-- name: mark_durable
-- A commit that waits for the disk takes along all that were before it.
UPDATE changes
SET durable_at = clock_timestamp()
WHERE number = :number
RETURNING greatest(extract(epoch FROM durable_at - moment), 0)::float AS late

-- name: find_newest_change
SELECT number FROM changes ORDER BY number DESC LIMIT 1

-- name: look_as_reader
-- What a transaction that begins now sees, beside what it is meant to see.
SELECT
    seen.release_id AS seen,
    seen.as_of_date AS seen_date,
    (SELECT release_id FROM releases WHERE is_current) AS wanted,
    ARRAY (SELECT release_id FROM releases_published ORDER BY release_id)
        = ARRAY (SELECT release_id FROM releases WHERE status = 'published' ORDER BY release_id) AS is_complete,
    clock_timestamp() AS clock,
    (SELECT moment FROM changes ORDER BY number DESC LIMIT 1) AS moment
FROM (VALUES (1)) AS always
LEFT JOIN releases_current AS seen ON true

-- name: forget_beginning
-- Once there is a release to be seen, no clock may lead back to the time before. Where mending has found that none has
-- its rows, the newest change says that there is none, and stays.
DELETE FROM changes
WHERE current_release IS NULL
    AND EXISTS (
        SELECT
        FROM (SELECT current_release, moment FROM changes ORDER BY number DESC LIMIT 1) AS newest
        WHERE newest.current_release IS NOT NULL AND newest.moment <= clock_timestamp()
    )

-- name: has_rows
SELECT EXISTS (SELECT FROM {view})

-- name: find_current
SELECT release_id, as_of_date
FROM releases
WHERE is_current

-- name: find_published_before
-- The newest published release before a date, or that of one date.
SELECT release_id, as_of_date
FROM releases
WHERE status = 'published'
    AND NOT is_current
    AND CASE WHEN CAST(:to AS date) IS NULL THEN as_of_date < :before ELSE as_of_date = :to END
ORDER BY as_of_date DESC
LIMIT 1

-- name: find_unfinished
-- The newest change if it rolled a release back, and nobody has waited until it was on disk and seen.
SELECT rolled_back.release_id, rolled_back.as_of_date
FROM (SELECT moment, durable_at FROM changes ORDER BY number DESC LIMIT 1) AS newest
JOIN releases AS rolled_back ON rolled_back.status = 'rolled_back' AND rolled_back.withdrawn_at = newest.moment
WHERE newest.durable_at IS NULL OR newest.moment > clock_timestamp()

-- name: roll_back
UPDATE releases
SET status = 'rolled_back', is_current = false, withdrawn_at = :moment, current_until = :moment
WHERE release_id = :release_id

-- name: make_current
UPDATE releases
SET is_current = true, current_from = :moment, current_until = NULL
WHERE release_id = :release_id

-- name: bring_moments_back
-- Moments that a clock which ran ahead has left in the future.
UPDATE releases
SET published_at = CASE WHEN published_at > :moment THEN :moment ELSE published_at END,
    withdrawn_at = CASE WHEN withdrawn_at > :moment THEN :moment ELSE withdrawn_at END,
    current_from = CASE WHEN current_from > :moment THEN :moment ELSE current_from END,
    current_until = CASE WHEN current_until > :moment THEN :moment ELSE current_until END
WHERE greatest(published_at, withdrawn_at, current_from, current_until) > :moment
RETURNING release_id

-- name: expire_without_rows
UPDATE releases
SET status = 'expired',
    withdrawn_at = :moment,
    is_current = false,
    current_until = CASE WHEN is_current THEN :moment ELSE current_until END
WHERE status = 'published' AND release_id <> ALL (CAST(:whole AS bigint[]))
RETURNING release_id

-- name: choose_current
-- The newest published release, where none is current.
UPDATE releases
SET is_current = true, current_from = :moment, current_until = NULL
WHERE release_id = (SELECT release_id FROM releases WHERE status = 'published' ORDER BY as_of_date DESC LIMIT 1)
    AND NOT EXISTS (SELECT FROM releases WHERE is_current)

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

-- name: find_kept_rejected
-- Whether a release was rejected by its gates, and its tables are still there to be gated again.
SELECT release_id
FROM releases
WHERE release_id = :release_id
    AND status = 'rejected'
    AND dropped_at IS NULL
    AND EXISTS (
        SELECT
        FROM release_checks AS checks
        WHERE checks.release_id = releases.release_id AND checks.severity = 'critical' AND NOT checks.passed
    )

-- name: stage_rejected
-- A release that was rejected, and passes now.
UPDATE releases
SET status = 'staged', reason = NULL
WHERE release_id = :release_id AND status = 'rejected' AND dropped_at IS NULL
RETURNING release_id

-- name: explain_rejected
UPDATE releases
SET reason = :reason
WHERE release_id = :release_id AND status = 'rejected'

-- name: mark_dropped
-- Before its tables go; none that readers see is marked.
UPDATE releases
SET dropped_at = coalesce(dropped_at, clock_timestamp())
WHERE release_id = :release_id AND status NOT IN ('staged', 'published')
RETURNING as_of_date

-- name: forget_current
-- No clock may lead back to a release without rows.
DELETE FROM changes
WHERE current_release = :release_id

-- name: forget_published
-- The release that has replaced it takes its place, where there is one.
UPDATE changes
SET published = array_remove(
    array_replace(
        published,
        CAST(:release_id AS bigint),
        (SELECT release_id FROM releases WHERE status = 'published' AND as_of_date = :as_of_date)
    ),
    NULL
)
WHERE CAST(:release_id AS bigint) = ANY (published)

-- name: count_newer
-- Dates after this one that are published, each of which is kept before it.
SELECT count(*)
FROM releases
WHERE status = 'published' AND as_of_date > :as_of_date

-- name: list_expired
-- Published releases beyond the newest ones by date; the current release always stays.
SELECT release_id
FROM releases
WHERE status = 'published'
    AND NOT is_current
    AND release_id NOT IN (
        SELECT release_id
        FROM releases
        WHERE status = 'published'
        ORDER BY as_of_date DESC
        LIMIT :keep
    )

-- name: expire_releases
UPDATE releases
SET status = 'expired', withdrawn_at = :moment
WHERE release_id = ANY (CAST(:expired AS bigint[]))

-- name: reject_abandoned
-- Since the gates last looked: one that was rejected, and passed after days, was staged again by that.
UPDATE releases
SET status = 'rejected', reason = 'Staged and never published.'
WHERE status = 'staged'
    AND greatest(
        staged_at, (SELECT max(checked_at) FROM release_checks AS checks WHERE checks.release_id = releases.release_id)
    ) < clock_timestamp() - make_interval(secs => :abandoned_after)

-- name: list_droppable
-- Releases that no view shows, also not to a transaction that began before they were withdrawn, if it is younger
-- than the grace. Those that their gates have rejected stay to be looked into.
SELECT release_id
FROM releases
WHERE (
        status IN ('superseded', 'rolled_back', 'expired')
        AND (withdrawn_at IS NULL OR withdrawn_at <= clock_timestamp() - make_interval(secs => :grace))
    )
    OR (
        status = 'rejected'
        AND (
            dropped_at IS NOT NULL
            OR staged_at <= clock_timestamp() - make_interval(days => :keep_rejected)
            OR NOT EXISTS (
                SELECT
                FROM release_checks AS checks
                WHERE checks.release_id = releases.release_id AND checks.severity = 'critical' AND NOT checks.passed
            )
        )
    )

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
