-- Dates after this one that are published, each of which is kept before it.
SELECT count(*)
FROM releases
WHERE status = 'published' AND as_of_date > :as_of_date
