-- One release of a table. The CHECKs, made before ATTACH, spare it a scan and let the planner leave out partitions.
CREATE TABLE {partition} (
    LIKE {parent} INCLUDING CONSTRAINTS,
    CONSTRAINT of_release CHECK (release_id = {release_id}),
    CONSTRAINT of_date CHECK (as_of_date = {as_of_date})
) PARTITION BY LIST (model)
