-- At most one release of a date is published, and one of all is current.
CREATE UNIQUE INDEX IF NOT EXISTS releases_one_published_per_date ON releases (as_of_date) WHERE status = 'published';
CREATE UNIQUE INDEX IF NOT EXISTS releases_one_current ON releases (is_current) WHERE is_current;
