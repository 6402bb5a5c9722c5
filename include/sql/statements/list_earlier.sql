-- The newest releases of dates before this one's that were published and not replaced or rolled back, the newest first.
SELECT *
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
