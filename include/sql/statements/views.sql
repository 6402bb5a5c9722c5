-- The views of a published table: the rows of its lists, and what people read.

-- name: show_rows
-- The lists of every release as rows: entries keep their order in the arrays, and a rank is the place in it. Arrays of
-- texts are gone through, for a place in one is only found from its beginning; of numbers, which are found at once, a
-- query reads those columns that it names.
CREATE OR REPLACE VIEW {rows} AS
SELECT {before}, entry.rank::integer AS rank, {entries}, lists.as_of_date
FROM {parent} AS lists
CROSS JOIN LATERAL unnest({arrays}) WITH ORDINALITY AS entry ({texts}, rank)

-- name: show_published
-- Which releases are to be seen is settled in releases/view.sql. The subqueries run once. That of the current release
-- leaves out every other partition before it is scanned, and a stated as_of_date does, by the CHECK of each partition;
-- a join with releases would scan them all.
CREATE OR REPLACE VIEW {view} AS
SELECT as_of_date, {columns}
FROM {rows}
WHERE release_id = ANY ((SELECT published FROM changes_seen)::bigint[])

-- name: show_current
CREATE OR REPLACE VIEW {view} AS
SELECT as_of_date, {columns}
FROM {rows}
WHERE release_id = (SELECT current_release FROM changes_seen)

-- name: show_available
-- Of the current release. Left out are items that the catalogue calls unavailable, and those it does not name where
-- releases.absent_items says so: the rule by which ad_candidates were made. A subquery for each row, by the catalogue's
-- key: for one list a join would read the whole catalogue, because what is the current release is not known when the
-- query is planned.
CREATE OR REPLACE VIEW {view} AS
SELECT as_of_date, {columns}
FROM {rows} AS listed
WHERE release_id = (SELECT current_release FROM changes_seen)
    AND coalesce(
        (
            SELECT products.is_available IS NOT FALSE
            FROM {products} AS products
            WHERE products.release_id = (SELECT current_release FROM changes_seen)
                AND products.item_id = listed.{item}
        ),
        (SELECT absent_items = 'available' FROM releases_current)
    )

-- name: show_rejected
-- What the gates have rejected, for whoever asks why, until retention drops it.
CREATE OR REPLACE VIEW {view} AS
SELECT release_id, as_of_date, {columns}
FROM {rows}
WHERE release_id = ANY (ARRAY (SELECT release_id FROM releases WHERE status = 'rejected'))

-- name: hold_view
-- Changes nothing, and keeps readers out. They hold the views that they name before what these stand on, so whoever
-- changes both takes them in that order.
ALTER VIEW IF EXISTS {view} OWNER TO CURRENT_USER

-- name: drop_view
-- A view whose columns change cannot be replaced, only made anew.
DROP VIEW IF EXISTS {view}

-- name: comment_view
COMMENT ON VIEW {view} IS {meaning}

-- name: comment_column
COMMENT ON COLUMN {column} IS {meaning}
