-- Which lines did the mall deliver that we could not use, and why?
-- One row per day, feed and reason. A line with two reasons counts in both, so `lines` may sum to more than the
-- day's quarantined lines beside it.
SELECT
    quality.day,
    quality.feed,
    quality.reason,
    quality.unexpected_rows AS lines,
    ROUND(quality.unexpected_percent::numeric, 3) AS percent_of_lines,
    partitions.quarantined_rows AS quarantined_that_day,
    partitions.accepted_rows AS accepted_that_day
FROM completejourney.data_quality AS quality
INNER JOIN completejourney.partitions AS partitions USING (feed, day)
WHERE quality.severity = 'row' AND quality.unexpected_rows > 0
ORDER BY quality.day DESC, quality.feed, lines DESC, quality.reason
LIMIT 1000;
