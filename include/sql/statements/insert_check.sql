INSERT INTO release_checks (release_id, table_name, model, check_name, severity, passed, observed, expected)
VALUES (:release_id, :table_name, :model, :check_name, :severity, :passed, :observed, :expected)
