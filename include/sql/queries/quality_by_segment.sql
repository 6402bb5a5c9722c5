-- For whom is which list good? Change what is `asked` for another metric.
-- One row per contender, of the newest evaluation: a column for each segment of users.
WITH asked AS (
    SELECT
        'ndcg'::text AS metric,
        'all'::text AS purchases,
        7 AS test_days
),

newest AS (
    SELECT MAX(as_of_date) AS as_of_date
    FROM completejourney.offline_metrics
)

SELECT
    metrics.contender,
    metrics.kind,
    ROUND(MAX(metrics.value) FILTER (WHERE metrics.segment = 'known')::numeric, 4) AS known_users,
    ROUND(MAX(metrics.value) FILTER (WHERE metrics.segment = 'light')::numeric, 4) AS light_users,
    ROUND(MAX(metrics.value) FILTER (WHERE metrics.segment = 'heavy')::numeric, 4) AS heavy_users,
    ROUND(MAX(metrics.value) FILTER (WHERE metrics.segment = 'new')::numeric, 4) AS new_users
FROM completejourney.offline_metrics AS metrics
INNER JOIN newest USING (as_of_date)
INNER JOIN asked USING (metric, purchases, test_days)
WHERE metrics.split = 'all' AND metrics.category = ''
GROUP BY metrics.contender, metrics.kind
ORDER BY known_users DESC NULLS LAST, metrics.contender
LIMIT 1000;
