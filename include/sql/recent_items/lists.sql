-- Grain: one row per user and event type, with what the checks ask of the user's list.
-- All in one pass over the rows, in the order of their primary key, where there is one.
CREATE UNLOGGED TABLE {lists} AS
SELECT
    -- First, because PostgreSQL reads the rows in the order that the first aggregate asks for.
    array_agg(occurred_at ORDER BY rank) = array_agg(occurred_at ORDER BY occurred_at DESC) AS newest_first,
    user_id,
    event_type,
    count(*) AS size,
    count(DISTINCT item_id) AS different_items,
    min(rank) AS first_rank,
    max(rank) AS last_rank
FROM {leaf}
GROUP BY user_id, event_type
