-- Grain: one row per judged day and metric, of the newest three days.
SELECT
    as_of_date,
    metric || '@' || k AS measured,
    max(value) FILTER (WHERE contender = 'ads') AS ads,
    max(value) FILTER (WHERE contender = 'popular') AS popular,
    max(value) FILTER (WHERE contender = 'before') AS before,
    max(users) AS users
FROM release_metrics
WHERE as_of_date IN (SELECT DISTINCT as_of_date FROM release_metrics ORDER BY as_of_date DESC LIMIT 3)
GROUP BY as_of_date, metric, k
ORDER BY as_of_date DESC, metric, k;
