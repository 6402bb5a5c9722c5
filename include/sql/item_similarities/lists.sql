-- Grain: one row per item, with what the checks ask of its list of neighbours.
-- All in one pass over the rows, in the order of their primary key, where there is one.
CREATE UNLOGGED TABLE {lists} AS
SELECT
    -- First, because PostgreSQL reads the rows in the order that the first aggregate asks for.
    array_agg(score ORDER BY rank) = array_agg(score ORDER BY score DESC) AS scores_fall,
    {model} AS model,
    item_id,
    count(*) AS size,
    count(DISTINCT similar_item_id) AS different_items,
    min(rank) AS first_rank,
    max(rank) AS last_rank,
    min(score) AS lowest_score,
    max(score) AS highest_score,
    min(co_buyers) AS lowest_co_buyers,
    bool_or(similar_item_id = item_id) AS has_itself
FROM {leaf}
GROUP BY item_id
