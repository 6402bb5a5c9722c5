-- A constant that is added to loaded rows is kept once for the table and in none of them: a fifth less to write.
-- The CHECKs, made before ATTACH, spare it a scan and let the planner leave out partitions.
ALTER TABLE {leaf}
    ADD COLUMN release_id bigint NOT NULL DEFAULT {release_id},
    ADD COLUMN model text COLLATE "C" NOT NULL DEFAULT {model},
    ADD COLUMN as_of_date date NOT NULL DEFAULT {as_of_date};
ALTER TABLE {leaf}
    ADD CONSTRAINT of_release CHECK (release_id = {release_id}),
    ADD CONSTRAINT of_model CHECK (model = {model}),
    ADD CONSTRAINT of_date CHECK (as_of_date = {as_of_date})
