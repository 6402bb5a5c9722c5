-- What is better than today's ad list, and is that sure? The challenger comes first, where there is one.
-- One row per contender and kind of purchases, of the newest evaluation: the same users and days as the ad list's.
WITH asked AS (
    SELECT
        'ndcg'::text AS metric,
        'known'::text AS segment,
        7 AS test_days
),

newest AS (
    SELECT MAX(as_of_date) AS as_of_date
    FROM completejourney.offline_metrics
)

SELECT
    metrics.purchases,
    metrics.contender,
    metrics.kind,
    ROUND((metrics.value - metrics.difference)::numeric, 4) AS ad_list,
    ROUND(metrics.value::numeric, 4) AS value,
    ROUND(metrics.difference::numeric, 4) AS difference,
    ROUND(metrics.difference_low::numeric, 4) AS difference_low,
    ROUND(metrics.difference_high::numeric, 4) AS difference_high,
    CASE
        WHEN metrics.difference_low > 0 THEN 'better'
        WHEN metrics.difference_high < 0 THEN 'worse'
        ELSE 'nobody can tell'
    END AS verdict,
    metrics.users
FROM completejourney.offline_metrics AS metrics
INNER JOIN newest USING (as_of_date)
INNER JOIN asked USING (metric, segment, test_days)
WHERE metrics.split = 'all' AND metrics.category = '' AND metrics.contender <> metrics.incumbent
ORDER BY
    metrics.purchases <> 'new', metrics.purchases, metrics.kind = 'ads' DESC, metrics.difference DESC NULLS LAST,
    metrics.contender
LIMIT 1000;
