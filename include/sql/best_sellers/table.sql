-- Grain: one row per release, category and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (category, rank); '' is the whole mall.
CREATE TABLE IF NOT EXISTS best_sellers_rows (
    release_id bigint           NOT NULL,
    category   text COLLATE "C" NOT NULL,
    item_id    text COLLATE "C" NOT NULL,

    rank       integer          NOT NULL,
    buyers     integer          NOT NULL,
    purchases  integer          NOT NULL,
    revenue    double precision NOT NULL,

    as_of_date date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE best_sellers_rows IS 'Best sellers of every release, published or not: the store behind best_sellers.';
COMMENT ON COLUMN best_sellers_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN best_sellers_rows.category IS 'The category ranked; the empty text is the whole mall.';
COMMENT ON COLUMN best_sellers_rows.item_id IS 'The item sold.';
COMMENT ON COLUMN best_sellers_rows.rank IS 'Place in the category by buyers, then purchases: 1 sells best, without gaps.';
COMMENT ON COLUMN best_sellers_rows.buyers IS 'Users who bought the item in the window.';
COMMENT ON COLUMN best_sellers_rows.purchases IS 'Purchase lines of the item in the window that no cancellation removed.';
COMMENT ON COLUMN best_sellers_rows.revenue IS 'Sum of quantity × price over those lines, in the advertiser''s currency.';
COMMENT ON COLUMN best_sellers_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
