-- What the gates ask of a staged release and of those before it, and what they record.

-- name: prepare_pass
-- A pass over millions of rows takes longer when it is compiled.
SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)

-- name: find_facts
SELECT purchases, users, items, facts, window_end - window_start + 1 AS days
FROM releases
WHERE release_id = :release_id

-- name: list_earlier
-- The newest releases of dates before this one's that were published and not replaced or rolled back, the newest first.
SELECT
    as_of_date, purchases, users, days_with_lines, known_item_share, facts, is_comparable
FROM (
    SELECT DISTINCT ON (earlier.as_of_date)
        earlier.purchases,
        earlier.users,
        earlier.days_with_lines,
        earlier.known_item_share,
        earlier.facts,
        earlier.as_of_date,
        NOT earlier.is_young
            AND earlier.window_end - earlier.window_start = this.window_end - this.window_start AS is_comparable
    FROM releases AS this
    JOIN releases AS earlier ON earlier.as_of_date < this.as_of_date
    WHERE this.release_id = :release_id AND earlier.status IN ('published', 'expired')
    ORDER BY earlier.as_of_date DESC, earlier.release_id DESC
) AS by_date
ORDER BY as_of_date DESC
LIMIT 7

-- name: find_previous
-- What the published release of the date before held, as its gates counted it, and whether its window was as long.
SELECT
    checks.table_name,
    checks.model,
    CAST(checks.observed AS bigint) AS rows,
    checks.release_id,
    NOT earlier.is_young
        AND earlier.window_end - earlier.window_start = this.window_end - this.window_start AS is_comparable
FROM releases AS this
JOIN releases AS earlier
    ON earlier.release_id = (
        SELECT release_id
        FROM releases
        WHERE status = 'published' AND as_of_date < this.as_of_date
        ORDER BY as_of_date DESC
        LIMIT 1
    )
JOIN release_checks AS checks ON checks.release_id = earlier.release_id AND checks.check_name = 'row_count'
WHERE this.release_id = :release_id

-- name: delete_checks
DELETE FROM release_checks
WHERE release_id = :release_id

-- name: insert_check
INSERT INTO release_checks (release_id, table_name, model, check_name, severity, passed, observed, expected)
VALUES (:release_id, :table_name, :model, :check_name, :severity, :passed, :observed, :expected)

-- name: list_checks
SELECT table_name, model, check_name, severity, passed, observed, expected
FROM release_checks
WHERE release_id = :release_id
ORDER BY table_name, model, check_name

-- name: count_checks
SELECT count(*) AS checks, count(*) FILTER (WHERE severity = 'critical' AND NOT passed) AS failed
FROM release_checks
WHERE release_id = :release_id

-- name: count_shown
-- In how many lists each item is, by the source that proposed it: one pass, for all that is measured of them.
CREATE TEMPORARY TABLE shown ON COMMIT DROP AS
SELECT entry.item_id, entry.source, count(*) AS lists
FROM {leaf} AS ads
CROSS JOIN LATERAL unnest(ads.item_id, ads.source) AS entry(item_id, source)
GROUP BY entry.item_id, entry.source

-- name: list_rerank_counts
-- What each re-rank step did, as the candidates step counted it, and each of its counts.
SELECT step.key AS step, counted.key AS what, CAST(counted.value AS bigint) AS number
FROM releases
CROSS JOIN LATERAL jsonb_each(CAST(stages AS jsonb) -> 'candidates' -> 'rerank') AS step
CROSS JOIN LATERAL jsonb_each_text(step.value) AS counted
WHERE release_id = :release_id
ORDER BY step.key, counted.key
