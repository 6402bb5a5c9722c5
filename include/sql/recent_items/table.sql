-- Grain: one row per release, user, event type and rank. Readers use the views; this is the store behind them.
-- Each release is a partition with the primary key (user_id, event_type, rank).
CREATE TABLE IF NOT EXISTS recent_items_rows (
    release_id  bigint           NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    event_type  text COLLATE "C" NOT NULL,
    item_id     text COLLATE "C" NOT NULL,

    rank        integer          NOT NULL,

    occurred_at timestamptz      NOT NULL,
    as_of_date  date             NOT NULL
) PARTITION BY LIST (release_id);

COMMENT ON TABLE recent_items_rows IS 'Recent items of every release, published or not: the store behind recent_items.';
COMMENT ON COLUMN recent_items_rows.release_id IS 'The release the row belongs to (releases.release_id).';
COMMENT ON COLUMN recent_items_rows.user_id IS 'The user who acted.';
COMMENT ON COLUMN recent_items_rows.event_type IS 'What the user did with the item: purchase, or view, cart and the like where the mall delivers such a feed.';
COMMENT ON COLUMN recent_items_rows.item_id IS 'The item; once per user and event type.';
COMMENT ON COLUMN recent_items_rows.rank IS 'Place in the user''s list: 1 is the newest, without gaps.';
COMMENT ON COLUMN recent_items_rows.occurred_at IS 'When the user last did so within the window.';
COMMENT ON COLUMN recent_items_rows.as_of_date IS 'The last day of the window, in the advertiser''s time zone.';
