-- Grain: one row per user, with what the checks ask of the user's list.
-- All in one pass over the rows, in the order of their primary key, where there is one.
CREATE UNLOGGED TABLE {lists} AS
SELECT
    -- First, because PostgreSQL reads the rows in the order that the first aggregate asks for.
    array_agg(score ORDER BY rank) = array_agg(score ORDER BY score DESC) AS scores_fall,
    user_id,
    count(*) AS size,
    count(DISTINCT item_id) AS different_items,
    min(rank) AS first_rank,
    max(rank) AS last_rank,
    min(score) AS lowest_score,
    max(score) AS highest_score,
    min(item_id) FILTER (WHERE item_id = because_item_id) AS item_that_is_its_reason
FROM {leaf}
GROUP BY user_id
