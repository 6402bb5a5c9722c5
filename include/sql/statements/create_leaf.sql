-- The rows of one release, loaded without the columns whose value is the same in all of them.
CREATE TABLE {leaf} (
    LIKE {parent} INCLUDING CONSTRAINTS,
    CONSTRAINT of_release CHECK (release_id = {release_id}),
    CONSTRAINT of_date CHECK (as_of_date = {as_of_date})
);
ALTER TABLE {leaf}
    ALTER COLUMN release_id SET DEFAULT {release_id},
    ALTER COLUMN as_of_date SET DEFAULT {as_of_date};
