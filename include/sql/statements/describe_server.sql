SELECT
    current_setting('server_version') AS version,
    current_database() AS database,
    current_user AS username,
    pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS is_read_only
