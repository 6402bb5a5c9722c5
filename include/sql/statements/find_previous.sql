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
