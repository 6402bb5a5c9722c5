-- What was released when, how large was it, and which gates failed?
-- One row per attempt to publish an as-of date, the newest first.
SELECT
    releases.release_id,
    releases.as_of_date,
    releases.status,
    releases.is_current,
    releases.published_at,
    releases.purchases,
    releases.users,
    releases.items,
    COUNT(checks.check_name) AS gates,
    COUNT(checks.check_name) FILTER (WHERE NOT checks.passed AND checks.severity = 'critical') AS failed,
    COUNT(checks.check_name) FILTER (WHERE NOT checks.passed AND checks.severity = 'warning') AS warnings,
    STRING_AGG(
        CONCAT_WS(' ', checks.table_name, NULLIF(checks.model, ''), checks.check_name || ':', checks.observed),
        '; ' ORDER BY checks.severity, checks.table_name, checks.model, checks.check_name
    ) FILTER (WHERE NOT checks.passed) AS what_failed
FROM completejourney.releases AS releases
LEFT JOIN completejourney.release_checks AS checks USING (release_id)
GROUP BY releases.release_id
ORDER BY releases.release_id DESC
LIMIT 1000;
