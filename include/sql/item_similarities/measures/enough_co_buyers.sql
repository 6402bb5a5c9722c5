-- The neighbours, and those that enough users bought with the item.
SELECT count(*) FILTER (WHERE co_buyers >= {least}) AS part, count(*) AS whole
FROM (SELECT unnest(co_buyers) AS co_buyers FROM {leaf}) AS neighbours
