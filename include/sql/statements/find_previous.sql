-- What the published release of the date before held, as its gates counted it.
SELECT checks.table_name, checks.model, CAST(checks.observed AS bigint) AS rows, checks.release_id
FROM release_checks AS checks
WHERE checks.check_name = 'row_count'
    AND checks.release_id = (
        SELECT earlier.release_id
        FROM releases AS earlier
        WHERE earlier.status = 'published'
            AND earlier.as_of_date < (SELECT as_of_date FROM releases WHERE release_id = :release_id)
        ORDER BY earlier.as_of_date DESC
        LIMIT 1
    )
