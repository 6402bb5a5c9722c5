-- For the primary keys: enough to sort much at once, and little beside the other processes of a small machine.
SELECT
    set_config(
        'maintenance_work_mem',
        greatest(pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes('256MB')) || 'B',
        true
    )
