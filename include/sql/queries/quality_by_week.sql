-- How good was each contender's list, evaluation by evaluation? Change what is `asked` for another metric.
-- One row per as-of date and contender: how well its lists met what users newly bought in the next days, with the 95%
-- interval.
WITH asked AS (
    SELECT
        'ndcg'::text AS metric,
        'new'::text AS purchases,
        'known'::text AS segment,
        7 AS test_days
)

SELECT
    metrics.as_of_date,
    metrics.contender,
    metrics.kind,
    metrics.metric || ' at ' || metrics.k AS measured,
    ROUND(metrics.value::numeric, 4) AS value,
    ROUND(metrics.low::numeric, 4) AS low,
    ROUND(metrics.high::numeric, 4) AS high,
    metrics.users
FROM completejourney.offline_metrics AS metrics
INNER JOIN asked USING (metric, purchases, segment, test_days)
WHERE metrics.split = 'all' AND metrics.category = ''
ORDER BY metrics.as_of_date DESC, metrics.value DESC NULLS LAST, metrics.contender, metrics.k
LIMIT 1000;
