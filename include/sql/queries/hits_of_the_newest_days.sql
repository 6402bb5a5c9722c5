-- Did the ad lists meet what was bought on the newest days, and were they better than best sellers and those before?
-- One row per judged day and metric, the newest first: the share that the ads of that day had, beside the others'.
SELECT
    as_of_date,
    metric || ' at ' || k AS measured,
    ROUND(MAX(value) FILTER (WHERE contender = 'ads')::numeric, 4) AS ads,
    ROUND(MAX(value) FILTER (WHERE contender = 'popular')::numeric, 4) AS popular,
    ROUND(MAX(value) FILTER (WHERE contender = 'before')::numeric, 4) AS lists_before,
    MAX(lists_as_of) FILTER (WHERE contender = 'ads') AS lists_as_of,
    MAX(purchases) AS purchases,
    MAX(users) AS users
FROM completejourney.release_metrics
GROUP BY as_of_date, metric, k
ORDER BY as_of_date DESC, metric, k
LIMIT 1000;
