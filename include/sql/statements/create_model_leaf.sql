-- The rows of one release and model; what is the same in all of them comes with complete_model_leaf.
CREATE TABLE {leaf} (LIKE {parent});
ALTER TABLE {leaf} DROP COLUMN release_id, DROP COLUMN model, DROP COLUMN as_of_date
