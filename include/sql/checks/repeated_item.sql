-- Of one list: whether it has each item once.
SELECT count(DISTINCT item) = count(item) FROM unnest({item}) AS listed(item)
