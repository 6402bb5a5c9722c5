-- Grain: one row per release, model, user and rank. Readers use the views; this is the store behind them.
-- Each release is a partition and each model a partition of that, with the primary key (user_id, rank).
-- Ids compare and sort by code point (COLLATE "C"), as the models sort them, whatever the database's locale.
CREATE TABLE IF NOT EXISTS user_recommendations_rows (
    release_id      bigint           NOT NULL,
    model           text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    because_item_id text COLLATE "C",

    rank            integer          NOT NULL,
    score           real             NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE user_recommendations_rows IS 'Recommendations of every release, published or not: the store behind user_recommendations.';
COMMENT ON COLUMN user_recommendations_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN user_recommendations_rows.model IS 'The model that recommends, by the name that models of the advertiser''s YAML has.';
COMMENT ON COLUMN user_recommendations_rows.user_id IS 'The user to whom the item is recommended.';
COMMENT ON COLUMN user_recommendations_rows.item_id IS 'The recommended item.';
COMMENT ON COLUMN user_recommendations_rows.because_item_id IS 'The bought item that is the reason; null where the model has none.';
COMMENT ON COLUMN user_recommendations_rows.rank IS 'Place in the user''s list: 1 is the best, without gaps.';
COMMENT ON COLUMN user_recommendations_rows.score IS 'The model''s score, higher is better; comparable within one model and release only.';
COMMENT ON COLUMN user_recommendations_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
