-- The ids of the window, which the gates compare with; dropped when the release is published or rejected.
CREATE TABLE {table} (id text COLLATE "C" PRIMARY KEY)
