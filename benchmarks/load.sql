-- A plain table with the columns of item_similarities that a load sends, for loads beside each other.
CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS bench.similar;
CREATE TABLE bench.similar (
    item_id         text COLLATE "C" NOT NULL,
    rank            integer          NOT NULL,
    similar_item_id text COLLATE "C" NOT NULL,
    score           real             NOT NULL,
    co_buyers       integer          NOT NULL
);
