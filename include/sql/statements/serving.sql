-- What an ad shows at this moment: the list of the current release less what has happened since it was made.

-- name: show_now
-- Two subqueries for each row, by the keys of two small tables. A join would be planned without knowing how long a list
-- is, and for one list read the whole of blocked_items.
CREATE OR REPLACE VIEW {view} AS
SELECT as_of_date, {columns}
FROM {rows} AS listed
WHERE release_id = (SELECT current_release FROM changes_seen)
    AND (
        SELECT blocked.item_id
        FROM {blocked} AS blocked
        WHERE blocked.item_id = listed.item_id AND (blocked.until IS NULL OR blocked.until > now())
    ) IS NULL
    AND (
        SELECT bought.item_id
        FROM {bought} AS bought
        WHERE bought.user_id = listed.user_id AND bought.item_id = listed.item_id
    ) IS NULL

-- name: serve_now
-- Whom the release does not know has the list of user '', less what this user has just bought. It reads what its
-- caller may read, and is planned as a part of the query that calls it.
CREATE OR REPLACE FUNCTION {function} (asked text) RETURNS SETOF {view} LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT as_of_date, {columns}
FROM {current} AS listed
WHERE user_id = (
        SELECT CASE WHEN EXISTS (SELECT FROM {current} WHERE user_id = asked) THEN asked ELSE '' END
    )
    AND (
        SELECT blocked.item_id
        FROM {blocked} AS blocked
        WHERE blocked.item_id = listed.item_id AND (blocked.until IS NULL OR blocked.until > now())
    ) IS NULL
    AND (
        SELECT bought.item_id
        FROM {bought} AS bought
        WHERE bought.user_id = asked AND bought.item_id = listed.item_id
    ) IS NULL
ORDER BY rank
$$

-- name: comment_function
COMMENT ON FUNCTION {function} (text) IS {meaning}

-- name: drop_function
DROP FUNCTION IF EXISTS {function} (text)

-- name: block_items
-- Of several rows of an item the latest, and of those the last. What is there as late already stays as it is.
INSERT INTO blocked_items AS stored (item_id, reason, blocked_at, until)
SELECT DISTINCT ON (item_id COLLATE "C") item_id, reason, blocked_at, until
FROM unnest(
    CAST(:item_id AS text[]),
    CAST(:reason AS text[]),
    CAST(:blocked_at AS timestamptz[]),
    CAST(:until AS timestamptz[])
) WITH ORDINALITY AS given (item_id, reason, blocked_at, until, place)
ORDER BY item_id COLLATE "C", blocked_at DESC, place DESC
ON CONFLICT (item_id) DO UPDATE
SET reason = excluded.reason, blocked_at = excluded.blocked_at, until = excluded.until
WHERE excluded.blocked_at >= stored.blocked_at
    AND (excluded.reason, excluded.blocked_at, excluded.until)
        IS DISTINCT FROM (stored.reason, stored.blocked_at, stored.until)

-- name: record_just_bought
INSERT INTO just_bought AS stored (user_id, item_id, bought_at)
SELECT user_id, item_id, max(bought_at)
FROM unnest(CAST(:user_id AS text[]), CAST(:item_id AS text[]), CAST(:bought_at AS timestamptz[]))
    AS given (user_id, item_id, bought_at)
GROUP BY user_id, item_id
ORDER BY user_id COLLATE "C", item_id COLLATE "C"
ON CONFLICT (user_id, item_id) DO UPDATE
SET bought_at = excluded.bought_at
WHERE excluded.bought_at > stored.bought_at

-- name: delete_just_bought
DELETE FROM just_bought
WHERE bought_at < :before

-- name: delete_unblocked
-- Those that ads may show again; a while later, so that a file which still has the block adds nothing anew.
DELETE FROM blocked_items
WHERE until < :before

-- name: unblock_item
DELETE FROM blocked_items
WHERE item_id = :item_id
