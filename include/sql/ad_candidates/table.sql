-- Grain: one row per release, user and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (user_id, rank).
CREATE TABLE IF NOT EXISTS ad_candidates_rows (
    release_id      bigint           NOT NULL,
    user_id         text COLLATE "C" NOT NULL,
    item_id         text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    because_item_id text COLLATE "C",

    rank            integer          NOT NULL,
    score           real             NOT NULL,

    as_of_date      date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE ad_candidates_rows IS 'Ad candidates of every release, published or not: the store behind ad_candidates.';
COMMENT ON COLUMN ad_candidates_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN ad_candidates_rows.user_id IS 'The user to whom the ad is shown.';
COMMENT ON COLUMN ad_candidates_rows.item_id IS 'The item to show; once per user.';
COMMENT ON COLUMN ad_candidates_rows.source IS 'The candidate source that proposed the item, such as cosine, als or best_sellers.';
COMMENT ON COLUMN ad_candidates_rows.because_item_id IS 'The user''s own item that is the reason; null where the source has none.';
COMMENT ON COLUMN ad_candidates_rows.rank IS 'Place in the user''s list: 1 is shown first, without gaps.';
COMMENT ON COLUMN ad_candidates_rows.score IS 'The source''s own score; comparable within one source only.';
COMMENT ON COLUMN ad_candidates_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
