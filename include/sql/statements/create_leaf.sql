-- The rows of one release of a table without models; what is the same in all of them comes with complete_leaf.
CREATE TABLE {leaf} (LIKE {parent});
ALTER TABLE {leaf} DROP COLUMN release_id, DROP COLUMN as_of_date
