-- The lists of known users, and those of them that are full.
SELECT count(*) FILTER (WHERE size >= {asked}) AS part, count(*) AS whole
FROM {found}
WHERE user_id <> ''
