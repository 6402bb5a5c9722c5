SELECT table_name, model, check_name, severity, passed, observed, expected
FROM release_checks
WHERE release_id = :release_id
ORDER BY table_name, model, check_name
