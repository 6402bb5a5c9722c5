-- Grain: one row per release, model, item and rank. Readers use the views; this is the store behind them.
-- Each release is a partition and each model a partition of that, with the primary key (item_id, rank).
-- Ids compare and sort by code point (COLLATE "C"), as the models sort them, whatever the database's locale.
CREATE TABLE IF NOT EXISTS item_similarities_rows (
    release_id      bigint           NOT NULL,
    model           text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    similar_item_id text COLLATE "C" NOT NULL,

    rank            integer          NOT NULL,
    score           real             NOT NULL,
    co_buyers       integer          NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE item_similarities_rows IS 'Similar items of every release, published or not: the store behind item_similarities.';
COMMENT ON COLUMN item_similarities_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN item_similarities_rows.model IS 'The model that found the neighbour, by the name that models of the advertiser''s YAML has.';
COMMENT ON COLUMN item_similarities_rows.item_id IS 'The item whose neighbours these are.';
COMMENT ON COLUMN item_similarities_rows.similar_item_id IS 'The neighbour; never the item itself.';
COMMENT ON COLUMN item_similarities_rows.rank IS 'Place of the neighbour in the item''s list: 1 is the most similar, without gaps.';
COMMENT ON COLUMN item_similarities_rows.score IS 'Similarity as the model defines it (docs/models), higher is more alike; comparable within one model and release only.';
COMMENT ON COLUMN item_similarities_rows.co_buyers IS 'Users who bought both items in the window.';
COMMENT ON COLUMN item_similarities_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
