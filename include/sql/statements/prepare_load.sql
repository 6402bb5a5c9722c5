-- For the primary keys: enough to sort much at once, and little beside the other processes of a small machine.
SELECT set_config('maintenance_work_mem', '256MB', true)
