-- The as-of dates that some run is staging now: its lock is known by its hash alone.
SELECT asked.day::date AS as_of_date
FROM generate_series(date '1990-01-01', date '2100-01-01', interval '1 day') AS asked(day)
JOIN pg_locks AS held
    ON (held.classid::bigint << 32) | held.objid::bigint
        = hashtextextended(format('dangol stage %s %s', CAST(:schema AS text), asked.day::date), 0)
WHERE held.locktype = 'advisory'
    AND held.objsubid = 1
    AND held.granted
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY as_of_date
