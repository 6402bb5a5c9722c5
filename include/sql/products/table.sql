-- Grain: one row per release and item. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (item_id).
CREATE TABLE IF NOT EXISTS products_rows (
    release_id   bigint           NOT NULL,
    item_id      text COLLATE "C" NOT NULL,
    title        text,
    category     text COLLATE "C",
    brand        text,

    price        double precision,
    is_available boolean,

    as_of_date   date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE products_rows IS 'The catalogue of every release, published or not: the store behind products.';
COMMENT ON COLUMN products_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN products_rows.item_id IS 'The item.';
COMMENT ON COLUMN products_rows.title IS 'The product''s name as the mall shows it; null where it delivers none.';
COMMENT ON COLUMN products_rows.category IS 'The mall''s category; null where it delivers none.';
COMMENT ON COLUMN products_rows.brand IS 'The brand; null where the mall delivers none.';
COMMENT ON COLUMN products_rows.price IS 'Price of one unit in the advertiser''s currency; null where the mall delivers none.';
COMMENT ON COLUMN products_rows.is_available IS 'Whether the item can be bought; null where the mall does not say.';
COMMENT ON COLUMN products_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
