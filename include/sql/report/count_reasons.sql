-- Grain: one row per feed and reason. A line that breaks two rules counts under both.
SELECT
    feed,
    reason,
    sum(unexpected_rows) AS lines
FROM data_quality
WHERE day BETWEEN :first AND :last AND severity = 'row' AND unexpected_rows > 0
GROUP BY feed, reason
ORDER BY feed DESC, lines DESC, reason;
