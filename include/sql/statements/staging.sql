-- A release on its way into the store, where nobody sees it.

-- name: list_staged
SELECT release_id
FROM releases
WHERE as_of_date = :as_of_date AND status = 'staged'
ORDER BY release_id DESC

-- name: prepare_load
-- For the primary keys: enough to sort much at once, and little beside the other processes of a small machine.
SELECT
    set_config(
        'maintenance_work_mem',
        greatest(pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes('256MB')) || 'B',
        true
    )

-- name: create_window_ids
-- The ids of the window, which the gates compare with; dropped when the release is published, or with it.
CREATE TABLE {table} (id text COLLATE "C" PRIMARY KEY)

-- name: create_partition
-- One release of a table. The CHECKs, made before ATTACH, spare it a scan and let the planner leave out partitions.
CREATE TABLE {partition} (
    LIKE {parent} INCLUDING CONSTRAINTS,
    CONSTRAINT of_release CHECK (release_id = {release_id}),
    CONSTRAINT of_date CHECK (as_of_date = {as_of_date})
) PARTITION BY LIST (model)

-- name: create_leaf
-- One release of a table without models; what is the same in all rows comes with complete_leaf. A row up to the
-- size of a page stays in the table as it is: a list that were compressed or moved out would cost more to read.
CREATE TABLE {leaf} (LIKE {parent}) WITH (toast_tuple_target = 8160);
ALTER TABLE {leaf} DROP COLUMN release_id, DROP COLUMN as_of_date

-- name: create_model_leaf
-- One release and model; what is the same in all rows comes with complete_model_leaf.
CREATE TABLE {leaf} (LIKE {parent}) WITH (toast_tuple_target = 8160);
ALTER TABLE {leaf} DROP COLUMN release_id, DROP COLUMN model, DROP COLUMN as_of_date

-- name: list_types
-- No rows, only the columns' types.
SELECT {columns}
FROM {table}
LIMIT 0

-- name: copy_rows
COPY {table} ({columns}) FROM STDIN (FORMAT binary, FREEZE {freeze})

-- name: complete_leaf
-- A constant that is added to loaded rows is kept once for the table and in none of them: a fifth less to write.
-- The CHECKs, made before ATTACH, spare it a scan and let the planner leave out partitions.
ALTER TABLE {leaf}
    ADD COLUMN release_id bigint NOT NULL DEFAULT {release_id},
    ADD COLUMN as_of_date date NOT NULL DEFAULT {as_of_date};
ALTER TABLE {leaf}
    ADD CONSTRAINT of_release CHECK (release_id = {release_id}),
    ADD CONSTRAINT of_date CHECK (as_of_date = {as_of_date})

-- name: complete_model_leaf
-- A constant that is added to loaded rows is kept once for the table and in none of them: a fifth less to write.
-- The CHECKs, made before ATTACH, spare it a scan and let the planner leave out partitions.
ALTER TABLE {leaf}
    ADD COLUMN release_id bigint NOT NULL DEFAULT {release_id},
    ADD COLUMN model text COLLATE "C" NOT NULL DEFAULT {model},
    ADD COLUMN as_of_date date NOT NULL DEFAULT {as_of_date};
ALTER TABLE {leaf}
    ADD CONSTRAINT of_release CHECK (release_id = {release_id}),
    ADD CONSTRAINT of_model CHECK (model = {model}),
    ADD CONSTRAINT of_date CHECK (as_of_date = {as_of_date})

-- name: add_primary_key
ALTER TABLE {leaf} ADD PRIMARY KEY ({key})

-- name: count_rows
-- Said of a leaf when it is loaded, because nobody counts the entries of a million lists for a summary.
COMMENT ON TABLE {leaf} IS {rows}

-- name: analyze
ANALYZE {table}

-- name: analyze_lists
-- An owner has one row, and a constant is the same in all: a planner that does not know it takes a condition on
-- release_id to leave a few. Of arrays it asks only how long they are, which a few tell: to count the elements of many
-- takes as long as to load them.
SET LOCAL default_statistics_target = 10;
ANALYZE {table} ({owner}, {constants});
SET LOCAL default_statistics_target = 1;
ANALYZE {table} ({entries});
SET LOCAL default_statistics_target TO DEFAULT

-- name: attach
ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES IN ({value})

-- name: list_store
-- The tables of the store that belong to releases; a partition of a partition goes with the one above it.
SELECT
    relation.relname AS name,
    relation.relkind = 'p' AS is_partitioned,
    relation.relispartition AS is_attached
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = :store
    AND relation.relkind IN ('r', 'p')
ORDER BY relation.relkind = 'p' DESC, relation.relname

-- name: drop_table
DROP TABLE IF EXISTS {table}
