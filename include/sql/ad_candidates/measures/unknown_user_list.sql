-- The rows that the list of the user '' is asked to have, and those that it has of them.
SELECT least(coalesce(max(size), 0), {asked}) AS part, {asked}::bigint AS whole
FROM {found}
WHERE user_id = ''
