-- Of one list: whether none of its values is the one beside it.
SELECT count(*) = 0 FROM (SELECT unnest({column}) AS value, unnest({other}) AS beside) AS pairs WHERE value = beside
