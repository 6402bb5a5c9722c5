SELECT count(*) AS checks, count(*) FILTER (WHERE severity = 'critical' AND NOT passed) AS failed
FROM release_checks
WHERE release_id = :release_id
