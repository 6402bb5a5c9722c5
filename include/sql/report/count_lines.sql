-- Grain: one row per feed, over the days of the window.
SELECT
    feed,
    count(*) AS days,
    sum(accepted_rows + quarantined_rows + duplicate_rows) AS lines,
    sum(accepted_rows) AS accepted,
    sum(quarantined_rows) AS quarantined,
    sum(duplicate_rows) AS duplicates
FROM partitions
WHERE day BETWEEN :first AND :last
GROUP BY feed
ORDER BY feed DESC;
