-- Grain: one row per check of the release; the failed ones first.
SELECT table_name, model, check_name, severity, passed, observed, expected
FROM release_checks
WHERE release_id = :release_id
ORDER BY passed, table_name, model, check_name;
