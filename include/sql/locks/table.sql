-- Grain: one row per thing that one process does at a time, which holds the row locked meanwhile.
-- Advisory locks would be open to whoever connects; this table is closed to readers.
CREATE TABLE IF NOT EXISTS locks (
    name text PRIMARY KEY
);

COMMENT ON TABLE locks IS 'What one process does at a time: publish, schema, or stage and an as-of date.';
COMMENT ON COLUMN locks.name IS 'What is done.';

INSERT INTO locks VALUES ('publish'), ('schema') ON CONFLICT DO NOTHING;
