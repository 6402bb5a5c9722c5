-- From a row for each entry of a list, in `<table>_<release>[_<model>]` below `<table>_rows`, to a row for each list.

-- name: list_row_storage
-- What is left of version 1, by the pattern of its names; tables of ids and of the gates are no part of it.
SELECT
    relation.relname AS name,
    relation.relkind = 'p' AS is_partitioned,
    relation.relispartition AS is_attached,
    EXISTS (SELECT FROM pg_index WHERE indrelid = relation.oid AND indisprimary) AS has_key
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store AND relation.relkind IN ('r', 'p') AND relation.relname ~ :pattern
ORDER BY relation.relkind, relation.relname

-- name: list_gate_tables
-- What the gates of version 1 knew of each list, under the names of the tables of lists.
SELECT relation.relname
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store AND relation.relpersistence = 'u' AND relation.relname ~ '_lists_[0-9]+(_.+)?$'

-- name: list_convertible
-- Releases that somebody sees, or will see once they are published.
SELECT release_id, as_of_date, status
FROM releases
WHERE status IN ('staged', 'published') OR withdrawn_at > clock_timestamp() - make_interval(secs => :grace)

-- name: mark_unstored
-- Rejected releases, whose lists are not stored anew: what is left of them is not to be gated again.
UPDATE releases
SET dropped_at = clock_timestamp()
WHERE status = 'rejected' AND dropped_at IS NULL

-- name: gather_lists
-- The entries in the order of their ranks; a list whose ranks do not run 1, 2, 3 … cannot be stored and stays out.
INSERT INTO {lists} ({owner}, {entries})
SELECT {owner}, {arrays}
FROM {rows}
GROUP BY {owner}
HAVING min(rank) = 1 AND max(rank) = count(*)

-- name: count_gathered
SELECT
    (SELECT coalesce(sum(cardinality({entry})), 0)::bigint FROM {lists}) AS gathered,
    (SELECT count(*) FROM {rows}) AS rows

-- name: list_staging_before_lists
-- Runs of an earlier version that stage a release at this moment hold an advisory lock with the hash of its name.
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

-- name: keep_partitions
LOCK TABLE ONLY {rows} IN SHARE UPDATE EXCLUSIVE MODE
